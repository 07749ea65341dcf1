// Figures of the last hour, day or week: three charts, and why things were denied.
import { byId, make, makeButton } from "../dom.js";
import { Part } from "../security/lists.js";
import { text } from "../texts.js";
import { drawBars, drawLines } from "./charts.js";
import { drawTable } from "./choices.js";
import { asked, remember } from "./query.js";

const SPANS = ["hour", "day", "week"];
const AGAIN_MS = 60_000;

export class Figures {
  #span;
  #part;
  #timer = null;

  constructor(session) {
    const { span } = asked(["span"]);
    this.#span = SPANS.includes(span) ? span : "hour";
    const read = () => session.read(`/api/audit/figures?span=${this.#span}`);
    this.#part = new Part(byId("figures"), read, (figures) => draw(figures));
    this.#offer();
  }

  async load() {
    clearTimeout(this.#timer);
    const figures = await this.#part.load();
    // Nobody's table is drawn anew while they read it.
    if (figures) this.#timer = setTimeout(() => this.#again(), AGAIN_MS);
  }

  clear() {
    clearTimeout(this.#timer);
    this.#part.clear();
  }

  #again() {
    const reads = byId("figures").querySelector("details[open]") || document.hidden;
    if (reads) this.#timer = setTimeout(() => this.#again(), AGAIN_MS);
    else this.load();
  }

  #offer() {
    const buttons = SPANS.map((span) => {
      const button = makeButton("button quiet", text(`figures.${span}`), () => {
        this.#span = span;
        remember({ span });
        for (const one of buttons) one.setAttribute("aria-pressed", String(one === button));
        this.load();
      });
      button.setAttribute("aria-pressed", String(span === this.#span));
      return button;
    });
    byId("spans").replaceChildren(...buttons);
  }
}

function draw({ buckets, reasons, complete }) {
  const named = (...keys) => keys.map(([words, key]) => [text(`figures.${words}`), key]);
  const charts = make(
    "div",
    { class: "charts" },
    drawLines(text("figures.rates"), buckets, named(["records", "records"], ["failed", "failed_sign_ins"])),
    drawBars(text("figures.decisions"), buckets, named(["allowed", "allowed"], ["denied", "denied"])),
    drawLines(text("figures.latency"), buckets, named(["p50", "p50_ms"], ["p95", "p95_ms"])),
  );
  const parts = [charts];
  if (!complete) parts.unshift(make("p", { class: "error" }, text("figures.partly")));
  const rows = Object.entries(reasons).map(([reason, count]) => [reason, String(count)]);
  if (rows.length) {
    const heads = [text("figures.reason"), text("figures.number")];
    parts.push(make("h3", {}, text("figures.reasons")), drawTable(text("figures.reasons"), heads, rows));
  }
  return parts;
}
