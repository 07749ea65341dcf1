// What the panel shows of one person: facts, live sessions, and what can be done.
import { byId, make, makeButton } from "../dom.js";
import { dayAndTime } from "../format.js";
import { drawRows } from "../rows.js";
import { drawItem, Part } from "../security/lists.js";
import { hasText, text } from "../texts.js";
import { roleName } from "./people.js";

const PATH = "/api/admin/users";

export class PersonView {
  node = byId("person-view");
  #session;
  #hooks;
  #person = null;

  /** `hooks`: `begin(path, body)`, `ask(form)`, and the forms `roleChange`, `resetting`. */
  constructor(session, hooks) {
    this.#session = session;
    this.#hooks = hooks;
  }

  show(person, second, roles) {
    this.#person = person;
    const parts = [drawRows(factsOf(person))];
    if (person.me) parts.push(make("p", { class: "note" }, text("person.own")));
    else if (person.second)
      parts.push(make("p", { class: "note" }, text(second ? "person.second" : "person.secondMissing")));
    this.node.replaceChildren(...parts, ...(person.me ? [] : this.#drawTools(person, roles, second)));
  }

  clear() {
    this.#person = null;
    this.node.replaceChildren();
  }

  #drawTools(person, roles, second) {
    const title = make("h3", {}, text("person.sessions"));
    const box = make("div", {});
    const path = this.#path("/sessions");
    new Part(box, () => this.#session.read(path), (list) => this.#drawSessions(list)).load();
    const tools = this.#actions(person, roles, second).map(([key, act]) =>
      makeButton("button quiet", text(`person.${key}`), act),
    );
    const heading = make("h3", {}, text("person.actions"));
    return [title, box, heading, make("div", { class: "adds" }, ...tools)];
  }

  #actions(person, roles, second) {
    const begin = (what, body = {}) => () => this.#hooks.begin(this.#path(`/${what}`), body);
    const { disabled, paused, invited } = person;
    const list = [["roleChange", () => this.#hooks.ask(this.#hooks.roleChange(person, roles))]];
    if (paused.length) list.push(["unlock", begin("unlock")]);
    if (invited && !disabled) list.push(["invite", begin("invite")]);
    if (!disabled) list.push(["reset", () => this.#hooks.ask(this.#hooks.resetting(person, second))]);
    list.push(disabled ? ["enable", begin("enable")] : ["disable", begin("disable")]);
    return list;
  }

  #drawSessions(sessions) {
    if (sessions.length === 0) return [make("p", { class: "lead" }, text("person.noSessions"))];
    const items = sessions.map((one) => this.#drawSession(one));
    const all = makeButton("button quiet", text("person.endSessions"), () => this.#end({}));
    return [make("ul", { class: "items" }, ...items), make("p", { class: "adds" }, all)];
  }

  #drawSession({ ref, device, channel, assurance, signed_in_at: since, last_seen_at: seen }) {
    const level = hasText(`assurance.${assurance}`) ? text(`assurance.${assurance}`) : assurance;
    const facts = [
      text("person.session", { channel: text(`channel.${channel}`), assurance: level }),
      text("sessions.since", { time: dayAndTime(since) }),
      text("sessions.seen", { time: dayAndTime(seen) }),
    ];
    const end = makeButton("button quiet", text("person.endSession"), () => this.#end({ session: ref }));
    end.setAttribute("aria-label", text("person.endSessionLabel", { device }));
    return drawItem([device || text(`channel.${channel}`)], facts, end);
  }

  #end(body) {
    this.#hooks.begin(this.#path("/sessions"), body);
  }

  #path(rest) {
    return `${PATH}/${encodeURIComponent(this.#person.ref)}${rest}`;
  }
}

function factsOf({ username, roles, methods, last_sign_in: last }) {
  const ways = methods.map((one) => text(`way.${one}`)).join(", ");
  return [
    { label: text("person.username"), value: username },
    { label: text("person.roles"), value: roles.map(roleName).join(", ") || text("people.noRole") },
    { label: text("person.ways"), value: ways || text("person.noWays") },
    { label: text("person.last"), value: last ? dayAndTime(last) : text("person.never") },
  ];
}
