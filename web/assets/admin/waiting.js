// What waits for a second administrator: approved, declined or withdrawn here.
import { byId, make, makeButton } from "../dom.js";
import { dayAndTime } from "../format.js";
import { drawRows } from "../rows.js";
import { Part } from "../security/lists.js";
import { text } from "../texts.js";

const PATH = "/api/admin/actions";

export class Waiting {
  #session;
  #hooks;
  #part;

  /** `hooks`: `approve(action)`, `announce(words)`. */
  constructor(session, hooks) {
    this.#session = session;
    this.#hooks = hooks;
    this.#part = new Part(byId("waiting"), () => session.read(PATH), (list) => this.#draw(list));
  }

  async load() {
    const list = await this.#part.load();
    byId("waiting-part").hidden = list === null || list.length === 0;
  }

  clear() {
    this.#part.clear();
    byId("waiting-part").hidden = true;
  }

  #draw(list) {
    return [make("ul", { class: "items" }, ...list.map((one) => this.#drawOne(one)))];
  }

  #drawOne(action) {
    const { words, details, asked_by: name, asked_at: at, expires_at: until, mine } = action;
    const facts = [
      text("waiting.by", { name, time: dayAndTime(at) }),
      text("waiting.until", { time: dayAndTime(until) }),
    ];
    const told = make("div", { class: "item-words" }, make("p", { class: "item-title" }, words));
    if (details.length) told.append(drawRows(details));
    told.append(...facts.map((fact) => make("p", { class: "item-fact" }, fact)));
    const stop = this.#button(mine ? "withdraw" : "decline", words, () => this.#stop(action));
    const approve = this.#button("approve", words, () => this.#hooks.approve(action));
    return make("li", { class: "item" }, told, ...(mine ? [stop] : [approve, stop]));
  }

  #button(key, words, act) {
    const button = makeButton("button quiet", text(`waiting.${key}`), act);
    button.setAttribute("aria-label", text(`waiting.${key}Label`, { words }));
    return button;
  }

  async #stop({ ref }) {
    try {
      await this.#session.send("DELETE", `${PATH}/${encodeURIComponent(ref)}`);
      this.#hooks.announce(text("waiting.gone"));
    } catch (problem) {
      this.#hooks.announce(problem.sentence);
    }
    await this.load();
    byId(byId("waiting-part").hidden ? "people-title" : "waiting-title").focus();
  }
}
