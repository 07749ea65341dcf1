// The message field: Enter sends, Shift+Enter makes a new line, at most 1,000 characters.
import { byId, disable, isDisabled } from "./dom.js";
import { counted } from "./texts.js";

const LONGEST = 1000;
const COUNT_FROM = 850;

export class Composer {
  #form = byId("composer");
  #field = byId("words");
  #send = byId("send");
  #counter = byId("counter");

  /** `onSend(words)` gets words that are neither blank nor too long. */
  constructor({ onSend, onTooLong }) {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit(onSend, onTooLong);
    });
    this.#field.addEventListener("input", () => this.#count());
    this.#field.addEventListener("keydown", (event) => {
      // While an input method composes, Enter belongs to it.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#form.requestSubmit();
    });
    this.#count();
  }

  focus() {
    this.#field.focus();
  }

  clear() {
    this.#field.value = "";
    this.#count();
  }

  /** Give words back that could not be sent; words typed since then stay. */
  restore(words) {
    this.#field.value = [words, this.#field.value].filter(Boolean).join("\n");
    this.#count();
    this.focus();
  }

  #submit(onSend, onTooLong) {
    const words = this.#field.value.trim();
    if (this.#over > 0) onTooLong(this.#counter.textContent);
    else if (words !== "" && !isDisabled(this.#send)) {
      this.clear();
      onSend(words);
    }
    this.focus();
  }

  /** Characters beyond the limit, counted as the server counts: code points. */
  get #over() {
    return [...this.#field.value.trim()].length - LONGEST;
  }

  #count() {
    const over = this.#over;
    const length = over + LONGEST;
    this.#counter.classList.toggle("over", over > 0);
    this.#field.setAttribute("aria-invalid", String(over > 0));
    disable(this.#send, length === 0 || over > 0);
    if (over > 0) this.#counter.textContent = counted("composer.over", over);
    else this.#counter.textContent = length < COUNT_FROM ? "" : counted("composer.left", -over);
  }
}
