// Puts the page together: the one place where its parts meet.
import { request } from "./api.js";
import { Chat } from "./chat.js";
import { Composer } from "./composer.js";
import { byId } from "./dom.js";
import { Events } from "./events.js";
import { Log } from "./log.js";
import { Network } from "./network.js";
import { Panel } from "./panel.js";
import { PASSKEY_TEXTS } from "./passkeys/texts.js";
import { PUSH_TEXTS } from "./push/texts.js";
import { Saving } from "./saving.js";
import { SessionLife } from "./session-life.js";
import { Session } from "./session.js";
import { SSO_TEXTS } from "./sso/texts.js";
import { addTexts, fillTexts, locale, text } from "./texts.js";

const SECURITY_PAGE = "/security";
const FORGOTTEN = "#forgotten";
const CONTINUE = "#continue=";

class Page {
  #session = new Session();
  #tenants = [];
  #asked = new URLSearchParams(location.search).get("tenant");

  constructor() {
    const session = this.#session;
    this.log = new Log({
      ask: (words) => this.chat.say(words),
      choose: (choice) => this.chat.choose(choice),
      signIn: () => this.#signIn(),
      enterCode: (challenge) => this.chat.reopen(challenge),
    });
    this.composer = new Composer({
      onSend: (words) => this.chat.say(words),
      onTooLong: (words) => this.log.announce(words),
    });
    this.panel = new Panel(session, {
      onPassed: (answer, challenge) => this.#passed(answer, challenge),
      onSignedIn: (answer) => this.#enrol(answer),
      onCancelled: ({ id }) => this.#cancelled(id),
      onOver: ({ id }, state) => this.log.settle(id, state),
      onChanged: ({ id, expires_in: seconds }) => this.log.settleIn(id, seconds),
    });
    const network = new Network(session);
    const { log, composer, panel } = this;
    this.chat = new Chat({ session, log, composer, panel, network });
    this.saving = new Saving(session, (tenant) => this.#nameOf(tenant));
    this.life = new SessionLife(session, byId("chat"), {
      nameOf: (tenant) => this.#nameOf(tenant),
      onSignIn: () => this.#signIn(),
      onExtended: () => this.#extended(),
      clear: () => this.#clear(),
      begin: () => this.begin(),
    });
    this.events = new Events(session, {
      onMessage: (message) => this.log.addOther(message),
      onChallenge: (challenge) => this.#challenged(challenge),
      onReset: () => this.#readAnew(),
    });
    session.addEventListener("replaced", () => this.#replaced());
    addEventListener("hashchange", () => this.#openLink());
  }

  /** Load the organisations and the session, then show the conversation. */
  async begin() {
    try {
      this.#tenants = await request("GET", "/api/tenants");
      this.panel.offer(this.#tenants, this.#asked);
      await this.#session.start(this.#nameOf(this.#asked) && this.#asked);
    } catch (problem) {
      this.life.showUnreachable(problem, () => this.begin());
      return;
    }
    this.life.open();
    this.composer.focus();
    // What a link leads to stands below what was said before.
    if (!location.hash.startsWith(CONTINUE)) this.#openLink();
    await this.#recall();
    if (location.hash.startsWith(CONTINUE)) await this.#openLink();
  }

  /** Show the conversation, and what is added to it by other windows from then on. */
  async #recall() {
    const { epoch } = this.#session;
    const messages = await this.chat.recall();
    if (epoch === this.#session.epoch) this.events.start(messages);
  }

  /** Open what the address asks for, and take it out, so that the same link works once more. */
  async #openLink() {
    const { hash, pathname, search } = location;
    if (hash !== FORGOTTEN && !hash.startsWith(CONTINUE)) return;
    history.replaceState(null, "", pathname + search);
    if (hash === FORGOTTEN)
      return this.panel.openRecover({ tenant: this.#session.view?.tenant ?? this.#asked ?? "" });
    const { Onward } = await import("./onward/main.js");
    this.onward ??= new Onward(this.#session, this.log, {
      signIn: () => this.#signIn(),
      receive: (messages) => this.chat.receive(messages),
    });
    this.onward.open(hash.slice(CONTINUE.length));
  }

  async #replaced() {
    this.panel.reset();
    await this.#readAnew();
    this.log.addNotice(text("session.changed"));
  }

  async #readAnew() {
    this.events.stop();
    this.log.clear();
    await this.#recall();
  }

  /** How a challenge stands that may have been answered, or voided, in another window. */
  #challenged({ id, state, expires_in: seconds }) {
    if (state === "open") return this.log.settleIn(id, seconds);
    if (state === "locked") return;
    this.log.settle(id, state === "void" ? "over" : state);
    if (state !== "expired" && this.panel.waiting?.id === id) this.panel.dropCode();
  }

  #nameOf(tenant) {
    return this.#tenants.find(({ id }) => id === tenant)?.name ?? "";
  }

  #signIn() {
    this.panel.openSignIn(this.#session.view?.tenant);
  }

  #passed(answer, challenge) {
    const was = this.#session.view?.user;
    const messages = answer.messages ?? [];
    this.#session.adoptProof(answer);
    const done = messages.some(({ card }) => card?.kind === "receipt");
    this.log.settle(challenge.id, done ? "done" : "passed");
    this.log.settle("sign_in", "signInDone");
    const { user } = this.#session.view;
    if (!was && user) this.log.addNotice(text("session.signedIn", { name: user.name }));
    this.composer.focus();
    this.chat.receive(messages);
    const words = challenge.method === "recovery" ? "session.enrolAgain" : "session.enrol";
    if (answer.enrol) this.log.addOwn({ text: text(words), enrol: true });
  }

  /** Without a second way to show who one is, nothing personal is open: go and set one up. */
  #enrol(answer) {
    this.#session.adoptProof(answer);
    this.log.settle("sign_in", "signInDone");
    this.log.addOwn({ text: text("session.enrol"), enrol: true });
    location.assign(SECURITY_PAGE);
  }

  #cancelled(id) {
    this.log.settle(id, "cancelled");
    this.composer.focus();
  }

  #extended() {
    this.log.announce(text("expiry.extended"));
    if (!this.panel.isOpen) this.composer.focus();
  }

  #clear() {
    this.panel.reset();
    this.log.clear();
    this.composer.clear();
  }
}

document.documentElement.lang = locale;
addTexts(PASSKEY_TEXTS);
addTexts(SSO_TEXTS);
addTexts(PUSH_TEXTS);
fillTexts(document);
for (const template of document.querySelectorAll("template")) fillTexts(template.content);
new Page().begin();
