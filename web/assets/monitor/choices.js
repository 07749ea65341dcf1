// Fields that choose out of a list, and the table that several parts of the page draw.
import { make } from "../dom.js";
import { text } from "../texts.js";

const PURPOSES = ["review", "incident", "regulator", "person"];

/** Fill a `select` with `names` and their words; `all` are those of the empty choice. */
export function fill(select, names, wordsOf, all = null) {
  const options = names.map((name) => make("option", { value: name }, wordsOf(name)));
  if (all !== null) options.unshift(make("option", { value: "" }, all));
  select.replaceChildren(...options);
}

/** Fill a `select` with what people's records may be asked for. */
export function fillPurposes(select) {
  fill(select, PURPOSES, (name) => text(`purpose.${name}`));
}

/** Draw a table of words: `heads`, and rows whose first cell names the row. */
export function drawTable(label, heads, rows) {
  const head = make("tr", {}, ...heads.map((words) => make("th", { scope: "col" }, words)));
  const body = make("tbody", {}, ...rows.map(drawRow));
  const table = make("table", { class: "figures-table" }, make("thead", {}, head), body);
  table.setAttribute("aria-label", label);
  // What scrolls can be scrolled with the keyboard.
  return make("div", { class: "scrolled", tabindex: "0", role: "group", "aria-label": label }, table);
}

export function drawRow([first, ...cells]) {
  const row = make("tr", {}, make("th", { scope: "row" }, first));
  row.append(...cells.map((cell) => (cell instanceof Element && cell.matches("td") ? cell : make("td", {}, cell))));
  return row;
}
