// Small helpers to build the page. Words enter it as text nodes only, never as markup.

/** Return the element called `id`; a missing one is a fault of the page itself. */
export function byId(id) {
  const node = document.getElementById(id);
  if (node === null) throw new Error(`no element #${id}`);
  return node;
}

/** Make an element: `make("p", { class: "note" }, "words", child)`. */
export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

/** Make an element of a drawing. */
export function makeSvg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

export function clone(templateId) {
  return byId(templateId).content.firstElementChild.cloneNode(true);
}

/** Return the element under `root` that a template calls `name`. */
export function part(root, name) {
  return root.querySelector(`[data-part="${name}"]`);
}

/** Switch a button off for everyone while leaving it where the keyboard is. */
export function disable(button, off = true) {
  if (off) button.setAttribute("aria-disabled", "true");
  else button.removeAttribute("aria-disabled");
}

export function isDisabled(button) {
  return button.getAttribute("aria-disabled") === "true";
}

/** Call `act` on a click, unless the button is switched off. */
export function onPress(button, act) {
  button.addEventListener("click", (event) => {
    if (isDisabled(button)) event.preventDefault();
    else act(event);
  });
}

/** Make a button that calls `act`: `make("button", …)` and `onPress` in one. */
export function makeButton(look, words, act) {
  const button = make("button", { type: "button", class: look }, words);
  onPress(button, act);
  return button;
}

const HELD_MS = 45_000;

/** Hand the person a file called `name`. */
export function saveFile(blob, name) {
  const href = URL.createObjectURL(blob);
  make("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), HELD_MS);
}
