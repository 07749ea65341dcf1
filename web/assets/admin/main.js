// Puts the administrators' page together: the people, what waits for a second one, or a stranger.
import { request } from "../api.js";
import { byId, make } from "../dom.js";
import { PASSKEY_TEXTS } from "../passkeys/texts.js";
import { PUSH_TEXTS } from "../push/texts.js";
import { TEXTS as SECURITY_TEXTS } from "../security/texts.js";
import { SessionLife } from "../session-life.js";
import { Session } from "../session.js";
import { addTexts, fillTexts, locale, text } from "../texts.js";
import { ActionFlow } from "./action-flow.js";
import { People } from "./people.js";
import { TEXTS } from "./texts.js";
import { Waiting } from "./waiting.js";

const ADMIN = "admin";

class Page {
  #session = new Session();
  #tenants = [];

  constructor() {
    const session = this.#session;
    const announce = (words) => byId("polite").replaceChildren(make("p", {}, words));
    this.flow = new ActionFlow(session, {
      onDone: () => this.#load(),
      onClosed: () => this.#refocus(),
    });
    this.people = new People(session, {
      manage: (person, second) => this.flow.manage(person, second, this.people.roles),
      add: () => this.flow.add(this.people.roles),
    });
    this.waiting = new Waiting(session, {
      approve: (action) => this.flow.begin("POST", `/api/admin/actions/${action.ref}/approve`),
      announce,
    });
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

  /** Show the people to an administrator; anyone else is told where to sign in. */
  async begin() {
    try {
      this.#tenants = await request("GET", "/api/tenants");
      await this.#session.resume();
    } catch (problem) {
      if (problem.code === "session_expired") return this.#showStranger("admin.stranger");
      return this.life.showUnreachable(problem, () => this.begin());
    }
    const { user } = this.#session.view;
    if (!user) return this.#showStranger("admin.stranger");
    if (!user.roles?.includes(ADMIN)) return this.#showStranger("admin.notAdmin");
    byId("stranger").hidden = true;
    this.life.open();
    await this.#load();
  }

  #load() {
    return Promise.all([this.people.load(), this.waiting.load()]);
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
    setTimeout(() => document.activeElement === document.body && byId("people-title").focus());
  }

  #clear() {
    this.flow.close();
    this.people.clear();
    this.waiting.clear();
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
