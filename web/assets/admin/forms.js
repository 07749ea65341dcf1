// What an administrator fills in: somebody new, other roles, a reset.
import { byId, disable, isDisabled, make, makeButton } from "../dom.js";
import { FormError, textField } from "../security/fields.js";
import { text } from "../texts.js";
import { roleName } from "./people.js";

const PATH = "/api/admin/users";
const SENT = ["email", "sms", "shown"];

/** Each form is `{title, lead, path, parts, body()}`; `body` gives `{complaint, field}` where it must. */
export function addition(roles) {
  const name = textField({ id: "new-name", label: text("form.name"), autocomplete: "off", maxlength: "200" });
  const username = plainField("new-username", "form.username", "form.usernameHint", 64);
  const email = plainField("new-email", "form.email", "", 128);
  const phone = plainField("new-phone", "form.phone", "form.phoneHint", 40);
  for (const { input } of [email, phone]) input.required = false;
  const given = group("checkbox", "form.roles", roles.map((role) => [role, roleName(role)]), []);
  const send = sendGroup(SENT, "form.send", "email");
  const body = () => {
    const typed = [name, username, email, phone].map(({ input }) => input.value.trim());
    if (!typed[0] || !typed[1])
      return { complaint: "form.missing", field: typed[0] ? username.input : name.input };
    if (given.chosen.length === 0) return { complaint: "form.missingRole", field: given.first };
    const whole = { name: typed[0], username: typed[1], roles: given.chosen, send: send.chosen[0] };
    if (typed[2]) whole.email = typed[2];
    if (typed[3]) whole.phone = typed[3];
    return whole;
  };
  const parts = [name.node, username.node, email.node, phone.node, given.node, send.node];
  return { title: text("form.addTitle"), path: PATH, parts, body };
}

export function roleChange({ ref, name, roles: held }, known) {
  const all = [...new Set([...known, ...held])].sort();
  const chosen = group("checkbox", "form.roles", all.map((role) => [role, roleName(role)]), held);
  const body = () => {
    const give = chosen.chosen.filter((role) => !held.includes(role));
    const take = held.filter((role) => !chosen.chosen.includes(role));
    if (give.length + take.length === 0) return { complaint: "form.unchanged", field: chosen.first };
    return { give, take };
  };
  const title = text("form.rolesTitle", { name });
  return { title, path: pathOf(ref, "roles"), parts: [chosen.node], body };
}

/** `second`: where there is another administrator, they approve a password that is shown. */
export function resetting({ ref, name, methods }, second) {
  const ways = SENT.filter((one) => one === "shown" || methods.includes(one));
  const send = sendGroup(ways, "form.resetSend", ways[0], second || ways.length > 1);
  const title = text("form.resetTitle", { name });
  const body = () => ({ send: send.chosen[0] });
  return { title, lead: text("form.resetText"), path: pathOf(ref, "reset"), parts: [send.node], body };
}

export class ActionForm {
  form = byId("action-form");
  #hooks;
  #open = null;

  /** `hooks`: `onSubmit(path, body)`, which throws `Problem`, and `onCancel()`. */
  constructor(hooks) {
    this.#hooks = hooks;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#open && !isDisabled(this.#open.submit)) this.#send(this.#open);
    });
  }

  start(form) {
    const error = new FormError();
    const submit = make("button", { type: "submit", class: "button primary" }, text("form.next"));
    const cancel = makeButton("button quiet", text("panel.notNow"), this.#hooks.onCancel);
    const lead = form.lead ? [make("p", { class: "note" }, form.lead)] : [];
    const actions = make("div", { class: "actions" }, submit, cancel);
    this.form.replaceChildren(...lead, error.node, ...form.parts, actions);
    this.#open = { ...form, error, submit };
    this.form.querySelector("input")?.focus();
  }

  wipe() {
    this.form.replaceChildren();
    this.#open = null;
  }

  async #send({ path, body, error, submit }) {
    const said = body();
    if (said.complaint) return error.say(text(said.complaint), said.field);
    disable(submit);
    try {
      await this.#hooks.onSubmit(path, said);
    } catch ({ code, sentence, details = {} }) {
      error.say(complaintOf(code, details) ?? sentence);
    } finally {
      disable(submit, false);
    }
  }
}

function complaintOf(code, { field }) {
  if (code === "invalid_arguments" && field === "name") return text("form.badName");
  if (code === "invalid_address" && field === "send") return text("form.badAddress");
  return null;
}

function plainField(id, label, hint, most) {
  const words = { id, label: text(label), hint: hint ? text(hint) : "" };
  return textField({ ...words, autocomplete: "off", autocapitalize: "none", maxlength: String(most) });
}

/** `byTwo`: a password is shown only by two administrators. */
function sendGroup(ways, legend, chosen, byTwo = false) {
  const words = (one) => text(`form.send.${one}${byTwo && one === "shown" ? "ByTwo" : ""}`);
  return group("radio", legend, ways.map((one) => [one, words(one)]), [chosen]);
}

/** A group of choices: `{node, first, chosen}`. */
function group(type, legend, choices, checked) {
  const name = legend.replace(/\W/g, "-");
  const inputs = choices.map(([value]) => {
    const input = make("input", { type, name, value, id: `${name}-${value}` });
    input.checked = checked.includes(value);
    return input;
  });
  const rows = choices.map(([, words], at) =>
    make("div", { class: "check" }, inputs[at], make("label", { for: inputs[at].id }, words)),
  );
  const node = make("fieldset", {}, make("legend", {}, text(legend)), ...rows);
  const get = () => inputs.filter((one) => one.checked).map((one) => one.value);
  return { node, first: inputs[0], get chosen() { return get(); } };
}

function pathOf(ref, what) {
  return `${PATH}/${encodeURIComponent(ref)}/${what}`;
}
