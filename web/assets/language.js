// The language of the page: which one it is, and the words of a key in it.

/** Languages by their tag; a page's catalogue adds its words to them. */
const CATALOGUES = { en: {} };
const FALLBACK = "en";

/** The language tag of the page, with the reader's region where it is known: "en-GB". */
export const locale =
  navigator.languages.find((tag) => tag.split("-")[0] in CATALOGUES) ?? FALLBACK;

const language = locale.split("-")[0];
const plurals = new Intl.PluralRules(locale);

/** Add the words of a page, of the same shape as here. */
export function addTexts(catalogues) {
  for (const [tag, words] of Object.entries(catalogues)) Object.assign(CATALOGUES[tag], words);
}

/** Tell whether there are words for `key`. */
export function hasText(key) {
  return key in CATALOGUES[FALLBACK];
}

/** Return the words for `key`, with `{name}` replaced by `values.name`. */
export function text(key, values = {}) {
  const words = CATALOGUES[language][key] ?? CATALOGUES[FALLBACK][key];
  if (words === undefined) throw new Error(`no words for ${key}`);
  return words.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** Return the words for `count` things: "1 attempt left", "3 attempts left". */
export function counted(key, count) {
  const form = `${key}.${plurals.select(count)}`;
  return text(hasText(form) ? form : `${key}.other`, { count });
}

/** Fill every element under `root` that names its words or its label. */
export function fillTexts(root) {
  for (const node of root.querySelectorAll("[data-text]")) node.textContent = text(node.dataset.text);
  for (const node of root.querySelectorAll("[data-label]"))
    node.setAttribute("aria-label", text(node.dataset.label));
  for (const node of root.querySelectorAll("[data-placeholder]"))
    node.setAttribute("placeholder", text(node.dataset.placeholder));
}
