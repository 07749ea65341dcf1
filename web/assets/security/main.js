// Puts the security page together: an account, a stranger, or the end of a recovery.
import { request } from "../api.js";
import { byId, make } from "../dom.js";
import { PASSKEY_TEXTS } from "../passkeys/texts.js";
import { PUSH_TEXTS } from "../push/texts.js";
import { SessionLife } from "../session-life.js";
import { Session } from "../session.js";
import { SSO_TEXTS } from "../sso/texts.js";
import { addTexts, fillTexts, locale, text } from "../texts.js";
import { Account } from "./account.js";
import { addition, ChangeFlow } from "./change-flow.js";
import { showInvited, takeInvitation } from "./invited.js";
import { OwnData } from "./own-data.js";
import { showRecovery, takeToken } from "./recovery.js";
import { TEXTS } from "./texts.js";

class Page {
  #session = new Session();
  #tenants = [];

  constructor() {
    const session = this.#session;
    this.flow = new ChangeFlow(session, {
      onDone: (kind) => (kind === "erase" ? this.life.countdown.stop() : this.account.load()),
      onClosed: () => this.#refocus(),
      insteadOfPassword: () => this.account.insteadOfPassword,
    });
    this.account = new Account(session, {
      change: (change, enrolling) => this.flow.start(change, enrolling),
      providers: () => this.#tenants.find(({ id }) => id === this.#session.view?.tenant)?.sso ?? [],
      announce: (words) => byId("polite").replaceChildren(make("p", {}, words)),
    });
    this.data = new OwnData(session, {
      change: (change) => this.flow.start(change),
      prove: (challenge, title, then) => this.flow.prove(challenge, title, then),
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

  /** Show the account of the session that is signed in; anyone else is told where to sign in. */
  async begin() {
    try {
      this.#tenants = await request("GET", "/api/tenants");
      await this.#session.resume();
    } catch (problem) {
      if (problem.code === "session_expired") return this.#showStranger();
      return this.life.showUnreachable(problem, () => this.begin());
    }
    if (!this.#session.view.user) return this.#showStranger();
    byId("stranger").hidden = true;
    const { roles = [] } = this.#session.view.user;
    byId("people-link").hidden = !roles.includes("admin");
    byId("monitor-link").hidden = !roles.includes("auditor");
    this.life.open();
    const enrolling = await this.account.load();
    if (enrolling) this.flow.start(addition("totp"), true);
  }

  #showStranger() {
    this.life.countdown.stop();
    byId("account").hidden = byId("skip").hidden = true;
    byId("stranger").hidden = false;
  }

  /** A dialog gives the focus back to what opened it, unless that was drawn anew meanwhile. */
  #refocus() {
    if (!this.#session.open) return;
    setTimeout(() => document.activeElement === document.body && byId("ways-title").focus());
  }

  #clear() {
    this.flow.close();
    this.account.clear();
    this.data.clear();
    byId("polite").replaceChildren();
  }
}

function start() {
  const token = takeToken();
  const invited = takeInvitation();
  if (token !== null) showRecovery(token);
  else if (invited !== null) showInvited(invited);
  else new Page().begin();
}

addTexts(PASSKEY_TEXTS);
addTexts(SSO_TEXTS);
addTexts(PUSH_TEXTS);
addTexts(TEXTS);
document.documentElement.lang = locale;
fillTexts(document);
// A link that is opened in this very window changes the address only.
addEventListener("hashchange", () => /^#(recover|invited)/.test(location.hash) && location.reload());
start();
