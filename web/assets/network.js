// The connection: whether it holds, in words, and when to try again.
import { byId, onPress } from "./dom.js";
import { text } from "./texts.js";

const FIRST_MS = 1000;
const LONGEST_MS = 30_000;

export class Network {
  #box = byId("network");
  #words = byId("network-text");
  #wake = () => {};

  /** Nothing waits longer than the session lives, or than the browser says that it is offline. */
  constructor(session) {
    for (const type of ["end", "replaced"]) session.addEventListener(type, () => this.wake());
    addEventListener("online", () => this.wake());
    onPress(byId("network-again"), () => this.wake());
  }

  /** Wait before the attempt after `failures` failed ones: longer each time, with some chance. */
  pause(failures) {
    const usual = Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, usual * (0.75 + Math.random() / 2));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Try again at once. */
  wake() {
    this.#wake();
  }

  /** Say what is wrong, a code of `Problem`; returns the words. */
  showBroken(code) {
    this.#words.textContent = text(`network.${code}`);
    this.#box.hidden = false;
    return this.#words.textContent;
  }

  /** All is well again; returns whether the keyboard was here. */
  hide() {
    const focused = this.#box.contains(document.activeElement);
    this.#box.hidden = true;
    return focused;
  }
}
