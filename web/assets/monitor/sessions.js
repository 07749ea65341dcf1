// Live sessions of the organisation: without names, and to be ended by an approval.
import { byId, disable, make, makeButton } from "../dom.js";
import { dayAndTime } from "../format.js";
import { badge, drawItem, Part } from "../security/lists.js";
import { counted, text } from "../texts.js";
import { withQuery } from "./query.js";

const PATH = "/api/audit/sessions";

export class Sessions {
  #read;
  #hooks;
  #part;

  /** `read(path)` tells of people; `hooks`: `end(session)`. */
  constructor(session, read, hooks) {
    this.#read = read;
    this.#hooks = hooks;
    this.#part = new Part(byId("sessions"), () => this.#page(), (page) => this.#draw(page));
  }

  load() {
    return this.#part.load();
  }

  clear() {
    this.#part.clear();
  }

  #page(after = null) {
    return this.#read(withQuery(PATH, { after }));
  }

  #draw({ sessions, next }) {
    if (sessions.length === 0) return [make("p", { class: "lead" }, text("live.none"))];
    const list = make("ul", { class: "items" }, ...sessions.map((one) => this.#drawOne(one)));
    return [list, ...this.#drawMore(next, list)];
  }

  #drawMore(next, list) {
    if (!next) return [];
    const line = make("p", { class: "adds" });
    const more = makeButton("button quiet", text("live.more"), async () => {
      disable(more);
      try {
        const page = await this.#page(next);
        list.append(...page.sessions.map((one) => this.#drawOne(one)));
        line.replaceWith(...this.#drawMore(page.next, list));
      } catch (problem) {
        line.replaceChildren(make("span", { class: "error", role: "alert" }, problem.sentence), more);
        disable(more, false);
      }
    });
    line.append(more);
    return [line];
  }

  #drawOne(session) {
    const { person, roles, device, channel, assurance, began_at: began, last_seen_at: seen } = session;
    const facts = [
      text("live.facts", {
        roles: roles.join(", "),
        channel: text(`channel.${channel}`),
        assurance: text(`assurance.${assurance}`),
      }),
      device,
      text("sessions.since", { time: dayAndTime(began) }),
      text("sessions.seen", { time: dayAndTime(seen) }),
    ].filter(Boolean);
    const title = [person];
    if (session.me) title.push(" ", badge(text("live.me")));
    if (session.alerts) title.push(" ", badge(counted("live.alerts", session.alerts), "warn"));
    if (session.me) return drawItem(title, facts);
    const end = makeButton("button quiet", text("live.end"), () => this.#hooks.end(session));
    end.setAttribute("aria-label", text("live.endLabel", { name: person, device }));
    return drawItem(title, facts, end);
  }
}
