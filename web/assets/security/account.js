// What the page shows of a person's account, and what can be done there.
import { byId, make, makeButton, onPress } from "../dom.js";
import { dayAndTime, dayOf } from "../format.js";
import { knowsPasskeys } from "../passkeys/browser.js";
import { canBeDevice } from "../push/device.js";
import { counted, hasText, text } from "../texts.js";
import { addition, linking, removal } from "./change-flow.js";
import { badge, drawItem, Part } from "./lists.js";

/** What can be added, and the method of the way that it becomes: one of each, but for these. */
const ADDED = new Map([
  ["passkey", "passkey"],
  ["push", "push"],
  ["totp", "totp"],
  ["phone", "sms"],
  ["email", "email"],
]);

const SEVERAL = new Set(["passkey", "push"]);

export class Account {
  #session;
  #hooks;
  #ways;
  #sessions;
  #signIns;
  #methods = new Set();
  /** The providers `[{id, name}]` at which somebody without a password proves who they are. */
  insteadOfPassword = [];

  /** `hooks`: `change(change, enrolling)` begins one, `announce(words)`, `providers()`. */
  constructor(session, hooks) {
    this.#session = session;
    this.#hooks = hooks;
    const part = (id, path, draw) => new Part(byId(id), () => session.read(path), draw);
    this.#ways = part("ways", "/api/authenticators", (data) => this.#drawWays(data));
    this.#sessions = part("sessions", "/api/sessions", (data) => this.#drawSessions(data));
    this.#signIns = part("sign-ins", "/api/sign-ins", drawSignIns);
    for (const kind of ADDED.keys())
      onPress(byId(`add-${kind}`), () => this.#begin(addition(kind, this.#has(kind))));
    byId("add-passkey").hidden = !knowsPasskeys();
    byId("add-push").hidden = !canBeDevice();
    onPress(byId("change-password"), () => this.#begin(addition("password")));
    onPress(byId("setup-start"), () => this.#begin(addition("totp")));
  }

  enrolling = false;

  /** Read everything; returns whether a way has to be added now. */
  async load() {
    const [ways] = await Promise.all([
      this.loadWays(),
      this.#sessions.load(),
      this.#signIns.load(),
    ]);
    return ways;
  }

  async loadWays() {
    const data = await this.#ways.load();
    if (data === null) return false;
    this.enrolling = data.enrol === true;
    byId("setup").hidden = !this.enrolling;
    byId("change-password").parentElement.parentElement.hidden = this.enrolling;
    return this.enrolling;
  }

  loadSessions() {
    return this.#sessions.load();
  }

  clear() {
    for (const part of [this.#ways, this.#sessions, this.#signIns]) part.clear();
    byId("setup").hidden = true;
  }

  /** While a first way has to be added, nothing else can be begun, and no password is asked. */
  #begin(change) {
    this.#hooks.change(change, this.enrolling);
  }

  #has(kind) {
    return !SEVERAL.has(kind) && this.#methods.has(ADDED.get(kind));
  }

  /** Offer to link the accounts that are not linked yet. `providers`: `[{id, name}]`. */
  #offerLinks(authenticators) {
    const there = authenticators.filter(({ method }) => method === "sso").map(({ hint }) => hint);
    const open = this.#hooks.providers().filter(({ name }) => !there.includes(name));
    const buttons = open.map((one) => {
      const change = linking(one);
      return makeButton("button quiet", change.title, () => this.#begin(change));
    });
    byId("add-sso").replaceChildren(...buttons);
  }

  #drawWays({ authenticators, recovery_codes_left: left, enrol, no_password: none }) {
    const there = authenticators.filter(({ method }) => method === "sso").map(({ hint }) => hint);
    this.insteadOfPassword = none
      ? this.#hooks.providers().filter(({ name }) => there.includes(name))
      : [];
    this.#methods = new Set(authenticators.map(({ method }) => method));
    for (const kind of ADDED.keys())
      byId(`add-${kind}`).textContent = addition(kind, this.#has(kind)).title;
    this.#offerLinks(authenticators);
    const items = authenticators.map((one) => this.#drawWay(one));
    if (!enrol) items.push(this.#drawCodes(left));
    if (items.length === 0) return [make("p", { class: "lead" }, text("ways.none"))];
    return [make("ul", { class: "items" }, ...items)];
  }

  #drawWay({ ref, method, hint, added_at: added, paused }) {
    const name = [text(`ways.${method}`), hint].filter(Boolean).join(" ");
    const title = paused ? [name, " ", badge(text("ways.paused"), "warn")] : [name];
    const facts = added ? [text("ways.added", { day: dayOf(added) })] : [];
    if (paused) facts.push(text("ways.pausedText"));
    const remove = makeButton("button quiet", text("ways.remove"), () =>
      this.#begin(removal(ref, name)),
    );
    remove.setAttribute("aria-label", text("ways.removeLabel", { name }));
    return drawItem(title, facts, remove);
  }

  #drawCodes(left) {
    const none = badge(text("ways.codesNone"), "warn");
    const title = [text("ways.recovery"), ...(left === 0 ? [" ", none] : [])];
    const facts = left === 0 ? [] : [counted("ways.codesLeft", left)];
    const renew = makeButton("button quiet", text("ways.codesNew"), () =>
      this.#begin(addition("recovery")),
    );
    return drawItem(title, [...facts, text("ways.codesText")], renew);
  }

  #drawSessions(sessions) {
    const hereFirst = sessions.toSorted((one, other) => other.current - one.current);
    const items = hereFirst.map((one) => this.#drawSession(one));
    const list = make("ul", { class: "items" }, ...items);
    if (sessions.every(({ current }) => current)) return [list];
    const others = makeButton("button quiet", text("sessions.endOthers"), () => this.#end("others"));
    return [list, make("p", { class: "adds" }, others)];
  }

  #drawSession({ ref, current, device, signed_in_at: since, last_seen_at: seen }) {
    const title = current ? [device, " ", badge(text("sessions.current"))] : [device];
    const facts = [
      text("sessions.since", { time: dayAndTime(since) }),
      text("sessions.seen", { time: dayAndTime(seen) }),
    ];
    if (current) return drawItem(title, facts);
    const end = makeButton("button quiet", text("sessions.end"), () => this.#end(ref));
    end.setAttribute("aria-label", text("sessions.endLabel", { device }));
    return drawItem(title, facts, end);
  }

  async #end(ref) {
    let words = text(ref === "others" ? "sessions.endedOthers" : "sessions.ended");
    try {
      await this.#session.send("DELETE", `/api/sessions/${encodeURIComponent(ref)}`);
    } catch (problem) {
      if (!this.#session.open) return;
      words = problem.sentence;
    }
    await this.loadSessions();
    this.#hooks.announce(words);
    byId("sessions-title").focus();
  }
}

function drawSignIns(signIns) {
  const items = signIns.map(({ at, device, outcome, method }) => {
    const passed = outcome === "passed";
    const look = badge(text(passed ? "signIns.passed" : "signIns.failed"), passed ? "" : "warn");
    const key = `signIns.by.${method}`;
    const facts = [dayAndTime(at), ...(method && hasText(key) ? [text(key)] : [])];
    return drawItem([device, " ", look], facts);
  });
  if (items.length === 0) return [make("p", { class: "lead" }, text("signIns.none"))];
  return [make("ul", { class: "items" }, ...items)];
}
