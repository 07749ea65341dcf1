// A session on the screen, the same on each page: its holder, its countdown, its end.
import { byId } from "./dom.js";
import { Countdown, ExpiryWarning, Header } from "./session-view.js";
import { text } from "./texts.js";

export class SessionLife {
  #session;
  #hooks;
  #main;

  /**
   * `main` is what a session shows. `hooks`: `nameOf(tenant)`, `onSignIn()`, `onExtended()`,
   * `header` where it is not the usual one, `clear()` leaves nothing of the session on the screen, `begin()` starts anew.
   */
  constructor(session, main, hooks) {
    this.#session = session;
    this.#main = main;
    this.#hooks = hooks;
    this.header = hooks.header ?? new Header({ onSignIn: hooks.onSignIn, onSignOut: () => this.#signOut() });
    this.expiry = new ExpiryWarning({ onExtend: () => this.#extend() });
    this.countdown = new Countdown({
      onTick: (seconds) => this.#tick(seconds),
      onWarning: () => this.#warn(),
      onOver: () => this.#over(),
    });
    session.addEventListener("change", () => this.#show());
    session.addEventListener("end", (event) => this.#ended(event.detail));
  }

  /** Show the page of a session that lives. */
  open() {
    byId("skip").hidden = false;
    byId("ended").hidden = true;
    this.#main.hidden = false;
  }

  /** Clear the screen, say why, and offer the one thing to do next: its label, what it does. */
  showEnd(title, words, label, act) {
    this.countdown.stop();
    this.expiry.hide();
    this.#hooks.clear();
    this.header.show(null, "");
    // There is nothing left to skip to.
    byId("skip").hidden = this.#main.hidden = true;
    byId("ended").hidden = false;
    byId("ended-title").textContent = title;
    byId("ended-text").textContent = words;
    const button = byId("restart");
    button.textContent = label;
    button.hidden = act === null;
    button.onclick = act;
    byId("ended-title").focus();
  }

  /** The start failed; `again` tries once more. */
  showUnreachable(problem, again) {
    this.showEnd(text("ended.unreachableTitle"), problem.sentence, text("ended.again"), again);
  }

  #show() {
    const { view } = this.#session;
    this.header.show(view, this.#hooks.nameOf(view.tenant) || (view.tenant ?? ""));
    this.countdown.follow(view);
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
      this.#hooks.onExtended();
    } catch (problem) {
      this.expiry.fail(problem.sentence);
    }
  }

  async #signOut() {
    try {
      await this.#session.signOut();
      this.#showSignedOut("ended.signedOutTitle", () => this.#hooks.begin());
    } catch (problem) {
      const reason = text("ended.stillInText", { reason: problem.sentence });
      const again = () => this.#signOut();
      this.showEnd(text("ended.stillInTitle"), reason, text("ended.again"), again);
    }
  }

  #ended(reason) {
    const begin = () => this.#hooks.begin();
    // Until the server has answered there is no way on: the session could still be alive.
    if (reason === "signed-out") return this.#showSignedOut("ended.signingOutTitle", null);
    const words = text("ended.expiredText");
    this.showEnd(text("ended.expiredTitle"), words, text("ended.start"), begin);
  }

  #showSignedOut(title, act) {
    this.showEnd(text(title), text("ended.signedOutText"), text("ended.start"), act);
  }
}
