// The words of a text message or a mail, with their codes and links.
import { make, makeButton } from "../dom.js";
import { text } from "../texts.js";

// Not the last line of a text message, "@localhost #123456", which is for phones.
const CODE_OR_LINK = /(?<![#\d])\d{6}(?!\d)|https:\/\/\S*[^\s.,;:!?)>]/g;

/**
 * Words as nodes: codes are marked, links to this very site are links. `hooks`: `onCode(code)`
 * makes each code a button, `onLink(url)` is called in place of following a link.
 */
export function drawWords(words, hooks = {}) {
  const parts = [];
  let from = 0;
  for (const { 0: found, index } of words.matchAll(CODE_OR_LINK)) {
    parts.push(words.slice(from, index), drawFound(found, hooks));
    from = index + found.length;
  }
  return [...parts, words.slice(from)];
}

function drawFound(found, { onCode, onLink }) {
  if (!found.startsWith("https://")) return drawCode(found, onCode);
  if (!found.startsWith(`${location.origin}/`)) return found;
  const link = make("a", { href: found }, found);
  if (onLink)
    link.addEventListener("click", (event) => {
      if (onLink(new URL(found))) event.preventDefault();
    });
  return link;
}

function drawCode(code, onCode) {
  if (!onCode) return make("strong", { class: "note-code" }, code);
  const button = makeButton("note-code", code, () => onCode(code));
  button.setAttribute("aria-label", text("phone.useCode", { code }));
  return button;
}

/** The six digits in a text message, or null. */
export function codeIn(words) {
  return words.match(/(?<![#\d])\d{6}(?!\d)/)?.[0] ?? null;
}
