// Cards of work: facts, lists, the way back into an account, and a document that is opened once.
import { Problem, download } from "./api.js";
import { disable, make, makeButton } from "./dom.js";
import { drawRows } from "./rows.js";
import { text } from "./texts.js";

function word(value) {
  if (typeof value !== "string") throw new TypeError("a card carries words");
  return value;
}

/** Draw `{title, rows: [{label, value}]}`. */
export function drawFacts(card) {
  const title = make("p", { class: "approval-title" }, word(card.title));
  return make("div", { class: "card receipt" }, title, drawRows(card.rows));
}

/** Draw `{title, rows: [{title, text, state, note?}]}`. */
export function drawList(card) {
  const title = make("p", { class: "approval-title" }, word(card.title));
  const list = make("ul", { class: "listed", role: "list" });
  list.append(...card.rows.map(drawEntry));
  return make("div", { class: "card receipt" }, title, list);
}

function drawEntry(row) {
  const parts = [
    make("p", { class: "listed-title", dir: "auto" }, word(row.title)),
    make("p", { class: "listed-text" }, `${word(row.text)} · ${word(row.state)}`),
  ];
  if (row.note) parts.push(make("p", { class: "listed-note", dir: "auto" }, word(row.note)));
  return make("li", {}, ...parts);
}

/** Draw the way to prove who one is, for somebody who cannot sign in. */
export function drawRecover() {
  const link = make("a", { class: "button primary", href: "/#forgotten" }, text("recover.open"));
  return make("div", { class: "card receipt" }, make("p", {}, link));
}

/** Draw `{title, href, expires_in}`: a button that saves the document, once. */
export function drawDocument(card) {
  const href = word(card.href);
  if (!/^\/api\/documents\/[A-Za-z0-9_-]{1,128}$/.test(href)) throw new TypeError("no document");
  const state = make("p", { role: "status" }, text("document.once"));
  const button = makeButton("button primary", text("document.open"), () => open());
  const over = setTimeout(() => close("document.over"), card.expires_in * 1000);

  function close(key, words = text(key)) {
    clearTimeout(over);
    disable(button);
    state.textContent = words;
  }

  async function open() {
    close("document.opening");
    try {
      await download(href);
      state.textContent = text("document.saved");
    } catch (problem) {
      state.textContent = problem instanceof Problem ? problem.sentence : text("document.over");
    }
  }

  const title = make("p", { class: "approval-title" }, word(card.title));
  return make("div", { class: "card receipt" }, title, make("p", {}, button), state);
}
