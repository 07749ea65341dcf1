// The cards of an approval: what waits for the person, and what was done then.
import { make, makeSvg, part } from "./dom.js";
import { drawRows } from "./rows.js";
import { text } from "./texts.js";

const STATES = ["waiting", "done", "cancelled", "expired"];

function mark(...paths) {
  return makeSvg(
    "svg",
    { viewBox: "0 0 24 24", "aria-hidden": "true" },
    ...paths.map((d) => makeSvg("path", { d })),
  );
}

function word(value) {
  if (typeof value !== "string") throw new TypeError("a card carries words");
  return value;
}

/** Draw `{title, rows, state}`; its foot takes the button that opens the panel. */
export function drawConfirmation(card) {
  const state = STATES.includes(card.state) ? card.state : "closed";
  const drawn = make(
    "div",
    { class: "card approval" },
    make("p", { class: "approval-title" }, word(card.title)),
    drawRows(card.rows),
    make("div", { class: "approval-foot", "data-part": "foot" }, make("p", { "data-part": "state" })),
  );
  showState(drawn, state, text(`card.state.${state}`));
  return drawn;
}

/** Say how a confirmation stands: `state` decides its look. */
export function showState(drawn, state, words) {
  drawn.dataset.state = state;
  part(drawn, "state").textContent = words;
}

/** Draw `{title, rows}` of something that was done. */
export function drawReceipt(card) {
  const title = make("p", { class: "approval-title" }, mark("m5 12.5 4.5 4.5L19 7.5"), word(card.title));
  return make("div", { class: "card receipt" }, title, drawRows(card.rows));
}
