// Labelled fields, and an error that belongs to a form.
import { make, makeButton } from "../dom.js";
import { text } from "../texts.js";

/** A labelled field: `{node, input}`; `hint` is a sentence or "". */
export function textField({ id, label, hint = "", ...attributes }) {
  const input = make("input", { id, type: "text", required: "", spellcheck: "false", ...attributes });
  const node = make("div", { class: "field" }, make("label", { for: id }, label));
  if (hint) {
    node.append(make("p", { id: `${id}-hint`, class: "field-hint" }, hint));
    input.setAttribute("aria-describedby", `${id}-hint`);
  }
  node.append(input);
  return { node, input };
}

/** A labelled password that can be looked at. */
export function passwordField({ id, label, hint, autocomplete }) {
  const { node, input } = textField({ id, label, hint, type: "password", autocomplete, maxlength: "256" });
  const reveal = makeButton("inner-button", text("password.show"), () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    reveal.textContent = text(shown ? "password.hide" : "password.show");
    reveal.setAttribute("aria-label", labelOf(shown));
  });
  const labelOf = (shown) => `${text(`password.${shown ? "hide" : "show"}Label`)}: ${label}`;
  reveal.setAttribute("aria-label", labelOf(false));
  const row = make("div", { class: "with-button" });
  input.replaceWith(row);
  row.append(input, reveal);
  return { node, input };
}

/** What went wrong in a form, read aloud at once; suggestions become a list. */
export class FormError {
  node = make("div", { class: "error", role: "alert" });

  say(sentence, field = null, suggestions = []) {
    this.clear();
    this.node.replaceChildren(make("p", {}, sentence));
    const items = suggestions.filter((one) => typeof one === "string").slice(0, 5);
    if (items.length)
      this.node.append(make("ul", {}, ...items.map((words) => make("li", {}, words))));
    this.field = field;
    field?.setAttribute("aria-invalid", "true");
    field?.focus();
  }

  clear() {
    this.node.replaceChildren();
    this.field?.removeAttribute("aria-invalid");
    this.field = null;
  }
}
