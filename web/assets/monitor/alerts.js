// Alerts of the watch: what was seen, what to do, and what was made of it.
import { byId, disable, make, makeButton } from "../dom.js";
import { dayAndTime } from "../format.js";
import { badge, drawItem, Part } from "../security/lists.js";
import { text } from "../texts.js";
import { fill } from "./choices.js";
import { asked, remember, withQuery } from "./query.js";

export const ALERTS = "/api/alerts";
const STATES = ["open", "acknowledged", "closed"];
const LEVELS = ["critical", "high", "medium", "low", "informational"];
const BAD = new Set(["high", "critical"]);

export class Alerts {
  #session;
  #read;
  #hooks;
  #part;
  #wanted;

  /** `read(path)` tells of people; `hooks`: `look(alert)`, `announce(words)`. */
  constructor(session, read, hooks) {
    this.#session = session;
    this.#read = read;
    this.#hooks = hooks;
    this.#part = new Part(byId("alerts"), () => this.#page(), (page) => this.#draw(page));
    const { alerts, level } = asked(["alerts", "level"]);
    this.#wanted = {
      state: STATES.includes(alerts) ? alerts : alerts === "all" ? "" : "open",
      level: LEVELS.includes(level) ? level : "",
    };
    this.#choose("state", STATES, (name) => text(`state.${name}`));
    this.#choose("level", LEVELS, (name) => text(`level.${name}`));
  }

  load() {
    return this.#part.load();
  }

  clear() {
    this.#part.clear();
  }

  #choose(name, names, wordsOf) {
    const select = byId(`alert-${name}`);
    fill(select, names, wordsOf, text("alerts.any"));
    select.value = this.#wanted[name];
    select.addEventListener("change", () => {
      this.#wanted[name] = select.value;
      const { state, level } = this.#wanted;
      remember({ alerts: state === "open" ? "" : state || "all", level });
      this.load();
    });
  }

  #page(after = null) {
    return this.#read(withQuery(ALERTS, { ...this.#wanted, after }));
  }

  #draw({ alerts, next }) {
    if (alerts.length === 0) return [make("p", { class: "lead" }, text("alerts.none"))];
    const list = make("ul", { class: "items" }, ...alerts.map((one) => this.#drawOne(one)));
    return [list, ...this.#drawMore(next, list)];
  }

  #drawMore(next, list) {
    if (!next) return [];
    const line = make("p", { class: "adds" });
    const more = makeButton("button quiet", text("alerts.more"), async () => {
      disable(more);
      try {
        const page = await this.#page(next);
        const items = page.alerts.map((one) => this.#drawOne(one));
        list.append(...items);
        line.replaceWith(...this.#drawMore(page.next, list));
        items[0]?.querySelector("button")?.focus();
      } catch (problem) {
        line.replaceChildren(make("span", { class: "error", role: "alert" }, problem.sentence), more);
        disable(more, false);
      }
    });
    line.append(more);
    return [line];
  }

  #drawOne(alert) {
    const { title, level, at, state, reason, steps, person } = alert;
    const facts = [text("alerts.about", { level: text(`level.${level}`), time: dayAndTime(at) }), steps];
    if (person) facts.splice(1, 0, text("alerts.whom", { name: person }));
    if (state === "closed" && reason)
      facts.push(text("alert.closed", { reason: text(`reason.${reason}`) }));
    const marks = [badge(text(`state.${state}`), BAD.has(level) && state !== "closed" ? "bad" : "")];
    const tools = make("div", { class: "tools-of-item" }, ...this.#tools(alert));
    return drawItem([title, ...marks.flatMap((one) => [" ", one])], facts, tools);
  }

  #tools(alert) {
    const look = this.#button("look", alert, () => this.#hooks.look(alert));
    if (alert.state === "closed")
      return [look, this.#button("reopen", alert, () => this.#move(alert, "open"))];
    if (alert.state === "acknowledged") return [look];
    return [look, this.#button("acknowledge", alert, () => this.#move(alert, "acknowledged"))];
  }

  #button(key, { title, at }, act) {
    const button = makeButton("button quiet", text(`alerts.${key}`), act);
    button.setAttribute("aria-label", text(`alerts.${key}Label`, { title, time: dayAndTime(at) }));
    return button;
  }

  async #move({ ref }, state) {
    try {
      await this.#session.send("POST", `${ALERTS}/${encodeURIComponent(ref)}`, { state });
      this.#hooks.announce(text("alerts.moved"));
    } catch (problem) {
      this.#hooks.announce(problem.sentence);
    }
    await this.load();
    byId("alerts-title").focus();
  }
}
