// The secure panel: a password step and a code step, apart from the chat, wiped when it closes.
import { CodeForm } from "./code-form.js";
import { byId, onPress } from "./dom.js";
import { PasswordForm } from "./password-form.js";
import { text } from "./texts.js";

export class Panel {
  #dialog = byId("panel");
  #title = byId("panel-title");
  #password;
  #code;

  /**
   * `hooks`: `onPassed(answer, challenge)`, `onSignedIn(answer)` where no factor is enrolled,
   * `onCancelled(challenge)`, `onOver(challenge)` for one that is spent or expired.
   */
  constructor(session, hooks) {
    this.#password = new PasswordForm(session, {
      onChallenge: (challenge) => this.openCode(challenge),
      onSignedIn: (answer) => this.#leave(() => hooks.onSignedIn(answer)),
      onCancel: () => this.close(),
    });
    this.#code = new CodeForm(session, {
      onPassed: (answer, challenge) => this.#leave(() => hooks.onPassed(answer, challenge)),
      onCancelled: (challenge) => this.#leave(() => hooks.onCancelled(challenge)),
      onOver: (challenge) => hooks.onOver(challenge),
      onAgain: (challenge) => (challenge.purpose === "sign_in" ? this.openSignIn() : this.close()),
    });
    onPress(byId("panel-close"), () => this.close());
    this.#dialog.addEventListener("close", () => this.#dialog.open || this.#wipe());
  }

  get isOpen() {
    return this.#dialog.open;
  }

  /** The challenge that still waits for its code, or null. */
  get waiting() {
    return this.#code.waiting;
  }

  /** Offer the organisations `[{id, name}]`. */
  offer(tenants, chosen) {
    this.#password.offer(tenants, chosen);
  }

  /** Open at the password; or at the code, where a sign-in already waits for one. */
  openSignIn(tenant) {
    if (this.waiting?.purpose === "sign_in") return this.openCode(this.waiting);
    this.#show(this.#password, "password.title");
    this.#password.start(tenant);
  }

  /** Open at a challenge; `code` is one that was typed into the chat by mistake. */
  openCode(challenge, code = "") {
    const title = challenge.purpose === "sign_in" ? "code.titleSignIn" : "code.titleStepUp";
    this.#show(this.#code, title);
    this.#code.start(challenge, code);
  }

  close() {
    this.#dialog.close();
    this.#wipe();
  }

  /** Close and forget everything, also a challenge that waits. */
  reset() {
    this.#code.forget();
    this.#password.forget();
    this.close();
  }

  #show(step, title) {
    for (const one of [this.#password, this.#code]) one.form.hidden = one !== step;
    this.#title.textContent = text(title);
    if (this.#dialog.open) return;
    this.#dialog.showModal();
    this.#dialog.dispatchEvent(new Event("opened"));
  }

  #leave(then) {
    this.close();
    then();
  }

  #wipe() {
    this.#password.wipe();
    this.#code.wipe();
  }
}
