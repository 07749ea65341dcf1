// Cards of the shop: the way of an order, and a list of orders.
import { make } from "./dom.js";
import { calendarDay, dayAndTime, money } from "./format.js";
import { text } from "./texts.js";

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const STATES = new Set(["done", "now", "ahead"]);

function word(value) {
  if (typeof value !== "string") throw new TypeError("a card carries words");
  return value;
}

/** Draw the steps of an order, oldest first. What each step is stands in words as well. */
export function drawTimeline(card) {
  const head = make(
    "div",
    { class: "order-head" },
    make("p", { class: "order-title" }, word(card.title)),
    make("p", { class: "order-state" }, word(card.state)),
    make("p", { class: "order-text", dir: "auto" }, word(card.text)),
  );
  const steps = make("ol", { class: "steps", role: "list" });
  steps.append(...card.steps.map(drawStep));
  return make("section", { class: "card timeline", "aria-label": word(card.title) }, head, steps);
}

function drawStep({ label, at, place, state }) {
  if (!STATES.has(state)) throw new TypeError("a step of another state");
  const when = make("time", { datetime: word(at) }, DAY.test(at) ? calendarDay(at) : dayAndTime(at));
  const where = place === undefined ? [] : [` · ${word(place)}`];
  const name = make("p", { class: "step-label" }, word(label));
  if (state !== "done") name.append(make("span", { class: "hidden" }, ` (${text(`card.step.${state}`)})`));
  const attributes = { class: `step ${state}` };
  if (state === "now") attributes["aria-current"] = "step";
  return make("li", attributes, name, make("p", { class: "step-when" }, when, ...where));
}

/** Draw several orders, newest first. */
export function drawOrders(card) {
  const list = make("ul", { class: "card orders", role: "list", "aria-label": text("card.orders") });
  list.append(...card.rows.map(drawOrder));
  return list;
}

function drawOrder(row) {
  const day = make("time", { datetime: word(row.date) }, calendarDay(row.date));
  const amount = money(word(row.amount), word(row.currency));
  return make(
    "li",
    { class: "order" },
    make("p", { class: "order-title" }, word(row.number)),
    make("p", { class: "order-state" }, word(row.state)),
    make("p", { class: "order-text", dir: "auto" }, word(row.text)),
    make("p", { class: "order-figures" }, day, " · ", amount),
  );
}
