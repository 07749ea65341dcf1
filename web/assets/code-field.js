// The one field that a code is typed or pasted into: six digits, or a recovery code.
import { make } from "./dom.js";
import { text } from "./texts.js";

const CODE = /^\d{6}$/;
const RECOVERY = /^[a-z\d]{12}$/;

export class CodeField {
  /** What the page shows. */
  node;
  #label;
  #hint;
  #input;
  #recovery = false;

  /** `id` is the field's; `describedBy` names what else is read with it. */
  constructor(id, describedBy = "") {
    this.#label = make("label", { for: id });
    this.#hint = make("p", { id: `${id}-hint`, class: "field-hint" });
    this.#input = make("input", {
      id,
      name: "code",
      type: "text",
      required: "",
      spellcheck: "false",
      autocapitalize: "none",
      autocomplete: "one-time-code",
      "aria-describedby": `${describedBy} ${id}-hint`.trim(),
    });
    this.#input.addEventListener("input", () => this.#tidy());
    this.node = make("div", { class: "field" }, this.#label, this.#hint, this.#input);
    this.expect("totp", "");
  }

  /** Set up for codes of `method`; `hint` says where the person finds one. */
  expect(method, hint) {
    const recovery = method === "recovery";
    if (recovery !== this.#recovery) this.clear();
    this.#recovery = recovery;
    this.#label.textContent = text(recovery ? "code.labelRecovery" : "code.label");
    this.#hint.textContent = hint;
    this.#hint.hidden = hint === "";
    this.#input.className = recovery ? "code words" : "code";
    this.#input.inputMode = recovery ? "text" : "numeric";
    this.#input.autocomplete = recovery ? "off" : "one-time-code";
    if (recovery) this.#input.removeAttribute("pattern");
    else this.#input.setAttribute("pattern", "[0-9]{6}");
  }

  /** The code as it is sent, or null where it cannot be one. */
  get code() {
    if (!this.#recovery) return CODE.test(this.#input.value) ? this.#input.value : null;
    const letters = this.#input.value.replace(/[\s\u00a0-]/g, "").toLowerCase();
    return RECOVERY.test(letters) ? letters.match(/.{4}/g).join("-") : null;
  }

  /** Why `code` is null, in words. */
  get complaint() {
    return text(this.#recovery ? "code.malformedRecovery" : "code.malformed");
  }

  fill(words) {
    this.#input.value = words;
  }

  clear() {
    this.#input.value = "";
    this.accept();
  }

  focus() {
    this.#input.focus();
  }

  /** Mark what was typed as wrong, and go there. */
  refuse() {
    this.#input.setAttribute("aria-invalid", "true");
    this.#input.focus();
  }

  accept() {
    this.#input.removeAttribute("aria-invalid");
  }

  // A paste may bring spaces, a line break, or "123-456".
  #tidy() {
    if (this.#recovery) return;
    const digits = this.#input.value.replace(/\D/g, "").slice(0, 6);
    if (digits !== this.#input.value) this.#input.value = digits;
  }
}
