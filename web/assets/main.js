// Puts the page together: the one place where its parts meet.
import { request } from "./api.js";
import { Chat } from "./chat.js";
import { Composer } from "./composer.js";
import { byId } from "./dom.js";
import { Log } from "./log.js";
import { Panel } from "./panel.js";
import { Countdown, ExpiryWarning, Header } from "./session-view.js";
import { Session } from "./session.js";
import { fillTexts, locale, text } from "./texts.js";

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
      onOver: ({ id }) => this.log.settle(id, "proof.over"),
    });
    this.chat = new Chat({ session, log: this.log, composer: this.composer, panel: this.panel });
    this.header = new Header({
      onSignIn: () => this.#signIn(),
      onSignOut: () => this.#signOut(),
    });
    this.expiry = new ExpiryWarning({ onExtend: () => this.#extend() });
    this.countdown = new Countdown({
      onTick: (seconds) => this.#tick(seconds),
      onWarning: () => this.#warn(),
      onOver: () => this.#over(),
    });
    this.#listen();
  }

  /** Load the organisations and the session, then show the conversation. */
  async begin() {
    try {
      this.#tenants = await request("GET", "/api/tenants");
      this.panel.offer(this.#tenants, this.#asked);
      await this.#session.start(this.#nameOf(this.#asked) && this.#asked);
    } catch (problem) {
      this.#showEnd("unreachable", problem.sentence, () => this.begin());
      return;
    }
    byId("ended").hidden = true;
    byId("chat").hidden = false;
    this.composer.focus();
    await this.chat.recall();
  }

  #listen() {
    this.#session.addEventListener("change", () => this.#showSession());
    this.#session.addEventListener("end", (event) => this.#ended(event.detail));
    this.#session.addEventListener("replaced", async () => {
      this.panel.reset();
      this.log.clear();
      await this.chat.recall();
      this.log.addNotice(text("session.changed"));
    });
  }

  #nameOf(tenant) {
    return this.#tenants.find(({ id }) => id === tenant)?.name ?? "";
  }

  #showSession() {
    const { view } = this.#session;
    this.header.show(view, this.#nameOf(view.tenant) || (view.tenant ?? ""));
    this.countdown.follow(view);
  }

  #signIn() {
    this.panel.openSignIn(this.#session.view?.tenant);
  }

  #passed(answer, challenge) {
    const was = this.#session.view?.user;
    this.#session.adoptProof(answer);
    this.log.settle(challenge.id, "proof.passed");
    this.log.settle("sign_in", "proof.signInDone");
    const { user } = this.#session.view;
    if (!was && user) this.log.addNotice(text("session.signedIn", { name: user.name }));
    this.composer.focus();
    this.chat.receive(answer.messages ?? []);
  }

  #enrol(answer) {
    this.#session.adoptProof(answer);
    this.log.settle("sign_in", "proof.signInDone");
    this.log.addNotice(text("session.enrol"));
    this.composer.focus();
  }

  #cancelled(id) {
    this.log.settle(id, "proof.cancelled");
    this.composer.focus();
  }

  #tick(seconds) {
    this.header.tick(seconds);
    this.expiry.tick(seconds);
  }

  async #warn() {
    // Another window may have extended the session meanwhile.
    await this.#session.refresh().catch(() => {});
    const { left } = this.countdown;
    if (left && left.seconds <= 60) this.expiry.show(left);
  }

  async #over() {
    try {
      await this.#session.refresh();
    } catch {
      this.#session.finish("expired");
    }
  }

  async #extend() {
    this.expiry.busy(true);
    try {
      await this.#session.extend();
      this.expiry.hide();
      this.log.announce(text("expiry.extended"));
      if (!this.panel.isOpen) this.composer.focus();
    } catch (problem) {
      this.expiry.fail(problem.sentence);
    }
  }

  async #signOut() {
    try {
      await this.#session.signOut();
      this.#showEnd("signedOut", text("ended.signedOutText"), () => this.begin());
    } catch (problem) {
      const reason = text("ended.stillInText", { reason: problem.sentence });
      this.#showEnd("stillIn", reason, () => this.#signOut());
    }
  }

  #ended(reason) {
    // Until the server has answered there is no way on: the session could still be alive.
    if (reason === "signed-out") this.#showEnd("signingOut", text("ended.signedOutText"), null);
    else this.#showEnd("expired", text("ended.expiredText"), () => this.begin());
  }

  /** Clear the screen, say why, and offer the one thing to do next. */
  #showEnd(key, words, act) {
    this.countdown.stop();
    this.expiry.hide();
    this.panel.reset();
    this.log.clear();
    this.composer.clear();
    this.header.show(null, "");
    byId("chat").hidden = true;
    byId("ended").hidden = false;
    byId("ended-title").textContent = text(`ended.${key}Title`);
    byId("ended-text").textContent = words;
    const button = byId("restart");
    button.textContent = text(key === "unreachable" || key === "stillIn" ? "ended.again" : "ended.start");
    button.hidden = act === null;
    button.onclick = act;
    byId("ended-title").focus();
  }
}

document.documentElement.lang = locale;
fillTexts(document);
for (const template of document.querySelectorAll("template")) fillTexts(template.content);
new Page().begin();
