// The secure panel as a frame: a modal sheet that shows one step at a time.
import { byId, onPress } from "./dom.js";

export class Sheet {
  #dialog = byId("panel");
  #title = byId("panel-title");
  #steps;

  /** `steps` are the elements of which one is shown; `onClosed()` after each closing. */
  constructor(steps, { onClosed }) {
    this.#steps = steps;
    onPress(byId("panel-close"), () => this.close());
    // The event comes late: the sheet may be open again by then.
    this.#dialog.addEventListener("close", () => this.#dialog.open || onClosed());
    this.onClosed = onClosed;
  }

  get isOpen() {
    return this.#dialog.open;
  }

  /** Show `step` under the heading `title`. */
  show(step, title) {
    for (const one of this.#steps) one.hidden = one !== step;
    this.#title.textContent = title;
    if (this.#dialog.open) return;
    this.#dialog.showModal();
    this.#dialog.dispatchEvent(new Event("opened"));
  }

  close() {
    this.#dialog.close();
    this.onClosed();
  }
}
