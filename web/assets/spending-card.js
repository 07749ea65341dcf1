// The card of a spending summary: bars by category and by month, each with its words and amount.
import { make, makeSvg } from "./dom.js";
import { money } from "./format.js";
import { text } from "./texts.js";

function word(value) {
  if (typeof value !== "string") throw new TypeError("a card carries words");
  return value;
}

/** Draw `{title, currency, total, categories, months}`; a bar is `{label, amount, share}`. */
export function drawSpending(card) {
  const currency = word(card.currency);
  const head = make(
    "div",
    { class: "spending-head" },
    make("p", { class: "spending-title" }, word(card.title)),
    make("p", { class: "spending-total" }, money(word(card.total), currency)),
  );
  const parts = [
    drawBars("card.byCategory", card.categories, currency),
    drawBars("card.byMonth", card.months, currency),
  ];
  return make("section", { class: "card spending", "aria-label": card.title }, head, ...parts.flat());
}

function drawBars(title, bars, currency) {
  if (bars.length === 0) return [];
  const list = make("ul", { class: "bars", role: "list", "aria-label": text(title) });
  list.append(...bars.map((bar) => drawBar(bar, currency)));
  return [make("p", { class: "bars-title" }, text(title)), list];
}

// The picture is for the eye alone: label and amount stand beside it as words.
function drawBar({ label, amount, share }, currency) {
  return make(
    "li",
    { class: "spent" },
    make("span", { class: "bar-label" }, word(label)),
    make("span", { class: "bar-amount" }, money(word(amount), currency)),
    picture(share),
  );
}

function picture(share) {
  if (!Number.isInteger(share) || share < 0 || share > 100) throw new TypeError("no share");
  const box = (kind, width) => makeSvg("rect", { class: kind, width, height: 6 });
  return makeSvg(
    "svg",
    { class: "bar-picture", viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" },
    box("bar-track", 100),
    box("bar-filled", Math.max(share, 1)),
  );
}
