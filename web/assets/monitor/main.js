// Puts the auditors' page together: what names nobody at once, the rest after a proof.
import { request } from "../api.js";
import { byId, make } from "../dom.js";
import { PASSKEY_TEXTS } from "../passkeys/texts.js";
import { PUSH_TEXTS } from "../push/texts.js";
import { TEXTS as SECURITY_TEXTS } from "../security/texts.js";
import { SessionLife } from "../session-life.js";
import { Session } from "../session.js";
import { addTexts, fillTexts, locale, text } from "../texts.js";
import { Alerts } from "./alerts.js";
import { Figures } from "./figures.js";
import { LogState } from "./log-state.js";
import { Panel } from "./panel.js";
import { Proof } from "./proof.js";
import { Records } from "./records.js";
import { Report } from "./report.js";
import { Sessions } from "./sessions.js";
import { TEXTS } from "./texts.js";

const AUDITOR = "auditor";

class Page {
  #session = new Session();
  #tenants = [];

  constructor() {
    const session = this.#session;
    const announce = (words) => byId("polite").replaceChildren(make("p", {}, words));
    this.panel = new Panel(session, {
      onMoved: () => this.alerts.load(),
      onEnded: () => this.sessions.load(),
      onClosed: () => this.#refocus(),
      onStale: () => this.proof.ask(),
    });
    this.proof = new Proof(session, {
      prove: (challenge, then) => this.panel.prove(challenge, then),
      onReady: () => this.#loadPeople(),
      onStale: () => this.records.pause(),
    });
    // A proof that has become too old shows where it is noticed: the page asks for a new one.
    const read = (path) => this.proof.read(path);
    this.log = new LogState(session);
    this.figures = new Figures(session);
    this.alerts = new Alerts(session, read, { look: (alert) => this.panel.look(alert), announce });
    this.records = new Records(session, read, { announce });
    this.sessions = new Sessions(session, read, { end: (one) => this.panel.end(one) });
    this.report = new Report(session, { stale: (problem) => this.proof.notice(problem) });
    this.life = new SessionLife(session, byId("account"), {
      nameOf: (tenant) => this.#tenants.find(({ id }) => id === tenant)?.name ?? "",
      onSignIn: () => {},
      onExtended: () => {},
      clear: () => this.#clear(),
      begin: () => location.assign("/"),
    });
    session.addEventListener("replaced", () => {
      this.#clear();
      this.begin();
    });
  }

  /** Show the page to an auditor; anyone else is told where to sign in. */
  async begin() {
    try {
      this.#tenants = await request("GET", "/api/tenants");
      await this.#session.resume();
    } catch (problem) {
      if (problem.code === "session_expired") return this.#showStranger("monitor.stranger");
      return this.life.showUnreachable(problem, () => this.begin());
    }
    const { user } = this.#session.view;
    if (!user) return this.#showStranger("monitor.stranger");
    if (!user.roles?.includes(AUDITOR)) return this.#showStranger("monitor.notAuditor");
    byId("stranger").hidden = true;
    this.life.open();
    await Promise.all([this.log.load(), this.figures.load(), this.proof.look()]);
  }

  #loadPeople() {
    return Promise.all([this.alerts.load(), this.records.load(), this.sessions.load()]);
  }

  #showStranger(key) {
    this.life.countdown.stop();
    byId("account").hidden = byId("skip").hidden = true;
    byId("stranger-text").textContent = text(key);
    byId("stranger").hidden = false;
  }

  /** A dialog gives the focus back to what opened it, unless that was drawn anew meanwhile. */
  #refocus() {
    if (!this.#session.open) return;
    setTimeout(() => document.activeElement === document.body && byId("alerts-title").focus());
  }

  #clear() {
    this.panel.close();
    for (const part of [this.log, this.figures, this.proof, this.alerts, this.records, this.sessions])
      part.clear();
    byId("polite").replaceChildren();
  }
}

addTexts(PASSKEY_TEXTS);
addTexts(PUSH_TEXTS);
addTexts(SECURITY_TEXTS);
addTexts(TEXTS);
document.documentElement.lang = locale;
fillTexts(document);
new Page().begin();
