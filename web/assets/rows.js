// Label and value, row by row: what is approved, or what was done.
import { make } from "./dom.js";

/** The end of a number, "•••• 1234", stays on one line. */
function unbroken(value) {
  return value.replace(/(•+) (?=\w)/g, "$1\u00a0");
}

/** Draw `[{label, value}]`. */
export function drawRows(rows) {
  const list = make("dl", { class: "rows" });
  for (const { label, value } of rows) {
    if (typeof label !== "string" || typeof value !== "string") throw new TypeError("words");
    list.append(
      make("div", {}, make("dt", {}, label), make("dd", { dir: "auto" }, unbroken(value))),
    );
  }
  return list;
}
