// The secure panel of the chat: password, code and recovery, apart from the chat, wiped when it
// closes.
import { CodeForm } from "./code-form.js";
import { byId } from "./dom.js";
import { PasswordForm } from "./password-form.js";
import { RecoverForm } from "./recover-form.js";
import { Sheet } from "./sheet.js";
import { text } from "./texts.js";

export class Panel {
  #sheet;
  #password;
  #code;
  #recover;

  /**
   * `hooks`: `onPassed(answer, challenge)`, `onSignedIn(answer)` where no factor is enrolled,
   * `onCancelled(challenge)`, `onOver(challenge, state)` for one that is spent or expired,
   * `onChanged(challenge)` for one that has other limits now.
   */
  constructor(session, hooks) {
    this.#password = new PasswordForm(session, {
      onChallenge: (challenge) => this.openCode(challenge),
      onPasskey: (challenge) => {
        this.openCode(challenge);
        this.#code.usePasskey();
      },
      onSignedIn: (answer) => this.#leave(() => hooks.onSignedIn(answer)),
      onCancel: () => this.close(),
      onForgotten: (known) => this.openRecover(known),
    });
    this.#code = new CodeForm(byId("code-form"), session, {
      onPassed: (answer, challenge) => this.#leave(() => hooks.onPassed(answer, challenge)),
      onCancelled: (challenge) => this.#leave(() => hooks.onCancelled(challenge)),
      onOver: (challenge, state) => hooks.onOver(challenge, state),
      onChanged: (challenge) => hooks.onChanged(challenge),
      onAgain: (challenge) => (challenge.purpose === "sign_in" ? this.openSignIn() : this.close()),
    });
    this.#recover = new RecoverForm({ onBack: () => this.#backToSignIn() });
    const steps = [this.#password, this.#code, this.#recover].map(({ form }) => form);
    this.#sheet = new Sheet(steps, { onClosed: () => this.#wipe() });
  }

  get isOpen() {
    return this.#sheet.isOpen;
  }

  /** The challenge that still waits for its code, or null. */
  get waiting() {
    return this.#code.waiting;
  }

  /** Offer the organisations `[{id, name}]`. */
  offer(tenants, chosen) {
    this.#password.offer(tenants, chosen);
    this.#recover.offer(tenants);
  }

  /** Open at the password; or at the code, where a sign-in already waits for one. */
  openSignIn(tenant) {
    if (this.waiting?.purpose === "sign_in") return this.openCode(this.waiting);
    this.#sheet.show(this.#password.form, text("password.title"));
    this.#password.start(tenant);
  }

  /** Open at a challenge; `code` is one that was typed into the chat by mistake. */
  openCode(challenge, code = "") {
    const confirms = challenge.purpose === "confirm";
    const asked = ["passkey", "push"].includes(challenge.method) ? `${challenge.method}.title` : `code.title.${challenge.purpose}`;
    const title = confirms ? challenge.binding : text(asked);
    this.#sheet.show(this.#code.form, title);
    this.#code.start(challenge, code);
  }

  /** The challenge is void: leave its code step, without a word. */
  dropCode() {
    this.#code.forget();
    if (!this.#code.form.hidden) this.close();
  }

  /** Open at the forgotten password; `known` is `{tenant?, username?}`. */
  openRecover(known = {}) {
    this.#password.wipe();
    this.#sheet.show(this.#recover.form, text("recover.title"));
    this.#recover.start(known);
  }

  close() {
    this.#sheet.close();
  }

  /** Close and forget everything, also a challenge that waits. */
  reset() {
    this.#code.forget();
    this.#password.forget();
    this.close();
  }

  #backToSignIn() {
    this.#recover.wipe();
    this.openSignIn();
  }

  #leave(then) {
    this.close();
    then();
  }

  #wipe() {
    this.#password.wipe();
    this.#code.wipe();
    this.#recover.wipe();
  }
}
