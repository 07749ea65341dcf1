// Step one of the panel: organisation, user name, password.
import { byId, disable, isDisabled, make, onPress } from "./dom.js";
import { knowsPasskeys } from "./passkeys/browser.js";
import { leave, offerWays } from "./sso/going.js";
import { chooseTenant, offerTenants } from "./tenants.js";
import { text } from "./texts.js";

export class PasswordForm {
  form = byId("password-form");
  #error = byId("password-error");
  #tenant = byId("tenant");
  #username = byId("username");
  #password = byId("password");
  #reveal = byId("reveal");
  #submit = byId("password-submit");
  #sso = make("div", { class: "ways", hidden: "" });
  #tenants = [];
  #session;
  #hooks;

  /**
   * `hooks`: `onChallenge(challenge)`, `onPasskey(challenge)`, `onSignedIn(answer)`, `onCancel()`,
   * `onForgotten(known)`.
   */
  constructor(session, hooks) {
    this.#session = session;
    this.#hooks = hooks;
    onPress(byId("password-cancel"), hooks.onCancel);
    byId("passkey-way").hidden = !knowsPasskeys();
    onPress(byId("passkey-sign-in"), () => this.#askForPasskey());
    onPress(byId("password-forgotten"), () =>
      hooks.onForgotten({ tenant: this.#tenant.value, username: this.#username.value.trim() }),
    );
    onPress(this.#reveal, () => this.#show(this.#password.type === "password"));
    this.#tenant.addEventListener("change", () => this.#offerSso());
    byId("passkey-way").before(this.#sso);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!isDisabled(this.#submit)) this.#send();
    });
  }

  /** Offer the organisations, `[{id, name}]`, with the one of id `chosen` selected. */
  offer(tenants, chosen) {
    this.#tenants = tenants;
    offerTenants(this.#tenant, tenants);
    chooseTenant(this.#tenant, chosen);
    this.#offerSso();
  }

  /** Begin, with an organisation chosen where one is known. */
  start(tenant) {
    this.#say("");
    chooseTenant(this.#tenant, tenant);
    this.#offerSso();
    (this.#empty()?.field ?? this.#password).focus();
  }

  /** Leave no password behind, neither in the field nor in view. */
  wipe() {
    this.#password.value = "";
    this.#show(false);
    this.#say("");
  }

  /** Leave no user name behind either. */
  forget() {
    this.wipe();
    this.#username.value = "";
  }

  async #send() {
    const missing = this.#empty();
    if (missing) return this.#refuse(text(missing.words), missing.field);
    const credentials = {
      tenant: this.#tenant.value,
      username: this.#username.value.trim(),
      password: this.#password.value,
    };
    this.#busy(true);
    try {
      const answer = await this.#session.send("POST", "/api/session/password", credentials);
      this.wipe();
      if (answer.challenge) this.#hooks.onChallenge(answer.challenge);
      else this.#hooks.onSignedIn(answer);
    } catch (problem) {
      this.#fail(problem);
    } finally {
      this.#busy(false);
    }
  }

  /** Nobody is named and nothing is typed: the passkey says whose it is. */
  async #askForPasskey() {
    if (this.form.getAttribute("aria-busy") === "true") return;
    this.#say("");
    this.#busy(true);
    try {
      const { challenge } = await this.#session.send("POST", "/api/session/passkey", {});
      // Closed meanwhile, it is not opened again.
      if (this.form.hidden || !this.form.closest("dialog").open) return;
      this.wipe();
      this.#hooks.onPasskey(challenge);
    } catch (problem) {
      if (this.#session.open) this.#say(problem.sentence);
    } finally {
      this.#busy(false);
    }
  }

  /** The chosen organisation may have a sign-in of its own. */
  #offerSso() {
    const tenant = this.#tenant.value;
    const ways = this.#tenants.find(({ id }) => id === tenant)?.sso ?? [];
    offerWays(this.#sso, ways, (provider) => this.#leave({ tenant, provider }));
  }

  async #leave(asked) {
    if (this.form.getAttribute("aria-busy") === "true") return;
    this.#say("");
    this.#busy(true);
    try {
      await leave(this.#session, asked);
      this.wipe();
    } catch (problem) {
      if (this.#session.open) this.#say(problem.sentence);
    } finally {
      this.#busy(false);
    }
  }

  #fail(problem) {
    if (!this.#session.open) return;
    if (problem.status === 401) this.wipe();
    this.#refuse(problem.sentence, this.#password);
  }

  #empty() {
    const fields = [
      { field: this.#tenant, words: "password.missingTenant" },
      { field: this.#username, words: "password.missingUsername" },
      { field: this.#password, words: "password.missingPassword" },
    ];
    return fields.find(({ field }) => field.value.trim() === "");
  }

  #refuse(sentence, field) {
    this.#say(sentence);
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", this.#error.id);
    field.focus();
  }

  #say(sentence) {
    this.#error.textContent = sentence;
    for (const field of [this.#tenant, this.#username, this.#password]) {
      field.removeAttribute("aria-invalid");
      field.removeAttribute("aria-describedby");
    }
  }

  #show(visible) {
    this.#password.type = visible ? "text" : "password";
    this.#reveal.textContent = text(visible ? "password.hide" : "password.show");
    this.#reveal.setAttribute("aria-label", text(`password.${visible ? "hide" : "show"}Label`));
  }

  #busy(on) {
    disable(this.#submit, on);
    this.form.setAttribute("aria-busy", String(on));
  }
}
