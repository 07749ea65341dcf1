// What the audit trail holds of what has just happened.
import { request } from "../../api.js";
import { make } from "../../dom.js";
import { timeOfDay } from "../../format.js";
import { text } from "../../texts.js";

const READ_EVERY_MS = 3000;
const MOST_SHOWN = 100;

/** Draw records `[{sequence, at, tag, …}]` as a list. */
export function drawTrail(records) {
  const list = make("ol", { class: "trail", "aria-label": text("trail.label") });
  list.append(...records.map(drawRecord));
  return list;
}

function drawRecord({ sequence, at, tag, decision, ...more }) {
  const refused = decision === "deny" || /:(fail|refuse|deny|pause|limit|reuse)$/.test(tag);
  const facts = [more.operation, more.reason, more.method, more.assurance, more.purpose, more.tenant];
  const head = make("p", { class: "record-head" }, make("span", { class: "record-number" }, `${sequence}`));
  head.append(" ", make("code", {}, tag), " ", make("time", { datetime: at }, timeOfDay(new Date(at))));
  const item = make("li", { class: refused ? "record refused" : "record" }, head);
  const words = [decision && text(`trail.${decision}`), ...facts].filter(Boolean).join(" · ");
  if (words) item.append(make("p", { class: "record-facts" }, words));
  return item;
}

export class Trail {
  node = make("div", { class: "trail-panel" });
  #list = make("div");
  #since = null;
  #seen = "";
  #shown = false;

  constructor() {
    const lead = make("p", { class: "small" }, text("trail.lead"));
    this.node.append(lead, make("p", { class: "small" }, text("trail.more")), this.#list);
    this.#look();
    setInterval(() => this.#shown && !document.hidden && this.#look(), READ_EVERY_MS);
  }

  /** Look at it while it is shown. */
  show(on) {
    this.#shown = on;
    if (on) this.#look();
  }

  async #look() {
    try {
      const records = await request("GET", "/demo/trail");
      const last = records.at(-1)?.sequence ?? 0;
      this.#since ??= last;
      this.#draw(records.filter(({ sequence }) => sequence > this.#since));
    } catch (problem) {
      this.#say(text("trail.failed", { reason: problem.sentence }));
    }
  }

  #draw(records) {
    if (!records.length) return this.#say(text("trail.empty"));
    const seen = String(records.at(-1).sequence);
    if (seen === this.#seen) return;
    this.#seen = seen;
    this.#list.replaceChildren(drawTrail(records.slice(-MOST_SHOWN).reverse()));
  }

  #say(words) {
    this.#seen = "";
    this.#list.replaceChildren(make("p", { class: "state" }, words));
  }
}
