// The first step of a change: what is wanted, and the password.
import { byId, disable, isDisabled, make, makeButton } from "../dom.js";
import { leave } from "../sso/going.js";
import { text } from "../texts.js";
import { FormError, passwordField, textField } from "./fields.js";

const FORGOTTEN = "/#forgotten";
/** The one thing that some changes need to know: the member of the body, and its field. */
const ASKED = new Map([
  ["passkey", { name: "name", autocapitalize: "sentences", maxlength: "40" }],
  ["push", { name: "name", autocapitalize: "sentences", maxlength: "40" }],
  ["phone", { name: "phone", type: "tel", autocomplete: "tel", inputmode: "tel", maxlength: "32" }],
  ["email", { name: "email", type: "email", autocomplete: "email", maxlength: "254" }],
  ["password", { name: "new_password", autocomplete: "new-password" }],
]);

export class StartForm {
  form = byId("start-form");
  #session;
  #hooks;
  #open = null;

  /**
   * `hooks`: `onStarted(answer)` with the change as the gateway keeps it, `onCancel()`,
   * `insteadOfPassword()`: the providers `[{id, name}]` where somebody without one signs in anew.
   */
  constructor(session, hooks) {
    this.#session = session;
    this.#hooks = hooks;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#open && !isDisabled(this.#open.submit)) this.#send(this.#open);
    });
  }

  /** Ask for what `change`, `{kind, method, path, words}`, needs; `proof`: the password as well. */
  start(change, proof) {
    const asked = ASKED.get(change.kind);
    const wanted = asked ? wantedField(change.kind, asked) : null;
    const password = passwordField({
      id: "current-password",
      label: text("change.currentPassword"),
      autocomplete: "current-password",
    });
    const error = new FormError();
    const submit = make("button", { type: "submit", class: "button primary" }, text("change.next"));
    const cancel = makeButton("button quiet", text("panel.notNow"), this.#hooks.onCancel);
    const fields = [wanted?.node, password.node].filter(Boolean);
    const elsewhere = make("div", { class: "actions" });
    const actions = make("div", { class: "actions" }, submit, cancel);
    const lead = make("p", { class: "note" }, change.words);
    this.form.replaceChildren(lead, error.node, ...fields, elsewhere, actions);
    this.#open = { change, asked, wanted, password, error, submit, proof, elsewhere };
    // Who has no password has perhaps just signed in at their organisation: the gateway says
    // whether that is to be done anew.
    const asks = proof && this.#hooks.insteadOfPassword().length === 0;
    this.#askForProof(asks);
    (wanted?.input ?? (asks ? password.input : submit)).focus();
  }

  /** Leave no password and no address behind. */
  wipe() {
    this.form.replaceChildren();
    this.#open = null;
  }

  #askForProof(on) {
    this.#open.proof = on;
    const ways = this.#hooks.insteadOfPassword();
    const { password, elsewhere, submit } = this.#open;
    password.node.hidden = !on || ways.length > 0;
    submit.hidden = on && ways.length > 0;
    elsewhere.replaceChildren(...(on ? ways : []).map((one) => this.#wayTo(one)));
  }

  /** Instead of the password: once more at the organisation, and back here. */
  #wayTo({ id: provider, name }) {
    return makeButton("button primary", text("change.signInThere", { name }), async () => {
      const { error } = this.#open;
      try {
        const { tenant } = this.#session.view;
        await leave(this.#session, { tenant, provider, reauthenticate: true });
      } catch (problem) {
        if (this.#session.open) error.say(problem.sentence, null);
      }
    });
  }

  async #send(open) {
    const { wanted, password, error } = open;
    const value = wanted?.input.value.trim();
    if (value === "") return error.say(text(`change.${open.change.kind}.missing`), wanted.input);
    if (open.proof && password.input.value === "")
      return error.say(text("password.missingPassword"), password.input);
    this.#busy(open, true);
    try {
      await this.#deliver(open);
    } catch (problem) {
      if (open === this.#open && this.#session.open) this.#fail(open, problem);
    } finally {
      this.#busy(open, false);
    }
  }

  async #deliver(open) {
    const { change, asked, wanted, password } = open;
    if (open.proof) {
      const body = { password: password.input.value };
      this.#session.adopt(await this.#session.send("POST", "/api/session/reauthenticate", body));
      password.input.value = "";
      // Said once is enough, also where what was wanted has to be corrected.
      this.#askForProof(false);
    }
    const raw = asked?.name === "new_password" ? wanted.input.value : wanted?.input.value.trim();
    const given = asked ? { [asked.name]: raw } : (change.body ?? {});
    const body = change.method === "DELETE" ? undefined : given;
    const answer = await this.#session.send(change.method, change.path, body);
    if (open === this.#open) this.#hooks.onStarted(answer);
  }

  #fail(open, problem) {
    const { wanted, password, error } = open;
    const { code, sentence, details } = problem;
    if (code === "invalid_credentials") {
      password.input.value = "";
      return error.say(text("change.wrongPassword"), password.input);
    }
    if (code === "reauthentication_required") {
      this.#askForProof(true);
      return error.say(sentence, password.input);
    }
    const suggestions = Array.isArray(details.suggestions) ? details.suggestions : [];
    error.say(sentence, wanted?.input ?? null, suggestions);
    if (code === "no_way_to_confirm")
      error.node.append(make("p", {}, make("a", { href: FORGOTTEN }, text("change.toRecovery"))));
  }

  #busy({ submit }, on) {
    disable(submit, on);
    this.form.setAttribute("aria-busy", String(on));
  }
}

function wantedField(kind, { name, ...attributes }) {
  const field = { id: name, label: text(`change.${kind}.label`), hint: text(`change.${kind}.hint`) };
  if (kind === "password") return passwordField({ ...field, ...attributes });
  return textField({ ...field, autocapitalize: "none", ...attributes });
}
