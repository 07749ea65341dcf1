// What the panel asks for beside a code, such as a new PIN: each typed twice, hidden, wiped.
import { make } from "./dom.js";
import { text } from "./texts.js";

export class EntryFields {
  /** What the page shows; hidden where nothing is asked for. */
  node = make("div", { class: "entries", hidden: "" });
  #fields = [];

  /** Set up for `[{name, label, form, min_length, max_length}]`, or for nothing. */
  expect(wanted = []) {
    this.#fields = wanted.map((one) => new EntryPair(one));
    this.node.replaceChildren(...this.#fields.map(({ node }) => node));
    this.node.hidden = this.#fields.length === 0;
  }

  get isEmpty() {
    return this.#fields.length === 0;
  }

  /** What was typed, by name; undefined where nothing is asked for. */
  get values() {
    if (this.isEmpty) return undefined;
    return Object.fromEntries(this.#fields.map(({ name, value }) => [name, value]));
  }

  /** Why it cannot be sent, in words; null if it can. */
  get complaint() {
    return this.#fields.map(({ complaint }) => complaint).find((words) => words !== null) ?? null;
  }

  /** Why it cannot be sent, in words, with the focus where it is to be mended; null if it can. */
  complain() {
    const faulty = this.#fields.find((field) => field.complaint !== null);
    if (!faulty) return null;
    const words = faulty.complaint;
    faulty.refuse();
    return words;
  }

  /** The server refused the field of this name: it is typed anew. */
  refuse(name) {
    const field = this.#fields.find((one) => one.name === name) ?? this.#fields[0];
    field?.clear();
    field?.refuse();
  }

  accept() {
    for (const field of this.#fields) field.accept();
  }

  clear() {
    for (const field of this.#fields) field.clear();
  }

  focus() {
    this.#fields[0]?.focus();
  }
}

/** One thing to be typed, and the same once more. */
class EntryPair {
  name;
  node;
  #first;
  #again;
  #show;
  #least;
  #most;

  constructor({ name, label, min_length: least, max_length: most }) {
    this.name = name;
    this.#least = least;
    this.#most = most;
    const id = `entry-${name}`;
    this.#first = this.#input(id, `${id}-hint`);
    this.#again = this.#input(`${id}-again`, `${id}-hint`);
    const look = { type: "button", class: "inner-button", "aria-label": text("entry.showLabel") };
    this.#show = make("button", look, text("password.show"));
    this.#show.addEventListener("click", () => this.#reveal(this.#first.type === "password"));
    const hint = make("p", { id: `${id}-hint`, class: "field-hint" }, this.#rule());
    const first = make("label", { for: id }, label);
    const again = make("label", { for: `${id}-again` }, text("entry.again", { label }));
    this.node = make(
      "div",
      { class: "entry" },
      make("div", { class: "field" }, first, hint, make("div", { class: "with-button" }, this.#first, this.#show)),
      make("div", { class: "field" }, again, this.#again),
    );
  }

  get value() {
    return this.#first.value;
  }

  /** Why it cannot be sent, in words, or null. */
  get complaint() {
    const { length } = this.value;
    if (length < this.#least || length > this.#most) return text("entry.malformed", this.#lengths());
    return this.value === this.#again.value ? null : text("entry.mismatch");
  }

  refuse() {
    const { length } = this.value;
    const right = length >= this.#least && length <= this.#most;
    const wrong = right ? this.#again : this.#first;
    if (right) this.#again.value = "";
    wrong.setAttribute("aria-invalid", "true");
    wrong.focus();
  }

  accept() {
    for (const input of [this.#first, this.#again]) input.removeAttribute("aria-invalid");
  }

  clear() {
    this.#first.value = this.#again.value = "";
    this.#reveal(false);
    this.accept();
  }

  focus() {
    this.#first.focus();
  }

  #input(id, describedBy) {
    const input = make("input", {
      id,
      type: "password",
      class: "code pin",
      required: "",
      inputmode: "numeric",
      pattern: `[0-9]{${this.#least},${this.#most}}`,
      autocomplete: "off",
      autocapitalize: "none",
      spellcheck: "false",
      "aria-describedby": describedBy,
    });
    input.addEventListener("input", () => {
      const digits = input.value.replace(/\D/g, "").slice(0, this.#most);
      if (digits !== input.value) input.value = digits;
      input.removeAttribute("aria-invalid");
    });
    return input;
  }

  #rule() {
    return text("entry.hint", this.#lengths());
  }

  #lengths() {
    return { least: this.#least, most: this.#most };
  }

  #reveal(on) {
    this.#first.type = this.#again.type = on ? "text" : "password";
    this.#show.textContent = text(on ? "password.hide" : "password.show");
    this.#show.setAttribute("aria-label", text(on ? "entry.hideLabel" : "entry.showLabel"));
  }
}
