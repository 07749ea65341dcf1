// A forgotten password: ask for a link by email. What is said tells nobody who exists.
import { request } from "./api.js";
import { byId, disable, isDisabled, make, makeButton } from "./dom.js";
import { chooseTenant, offerTenants } from "./tenants.js";
import { text } from "./texts.js";

/** Its fields are on the page only while it is open. */
export class RecoverForm {
  form = byId("recover-form");
  #tenants = [];
  #parts = null;
  #onBack;

  constructor({ onBack }) {
    this.#onBack = onBack;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#parts && !isDisabled(this.#parts.submit)) this.#send(this.#parts);
    });
  }

  /** Offer the organisations, `[{id, name}]`. */
  offer(tenants) {
    this.#tenants = tenants;
  }

  /** Begin, with what the person has typed already. */
  start({ tenant = "", username = "" }) {
    const parts = drawParts(this.#onBack);
    offerTenants(parts.tenant, this.#tenants);
    chooseTenant(parts.tenant, tenant);
    parts.username.value = username;
    this.#parts = parts;
    const { error, entry, submit, back } = parts;
    this.form.replaceChildren(error, entry, make("div", { class: "actions" }, submit, back));
    (parts.tenant.value ? parts.username : parts.tenant).focus();
  }

  /** Leave no user name behind. */
  wipe() {
    this.#parts = null;
    this.form.replaceChildren();
  }

  async #send(parts) {
    const body = { tenant: parts.tenant.value, username: parts.username.value.trim() };
    if (!body.tenant) return refuse(parts, text("password.missingTenant"), parts.tenant);
    if (!body.username) return refuse(parts, text("password.missingUsername"), parts.username);
    disable(parts.submit);
    try {
      await request("POST", "/api/recover", { body });
    } catch (problem) {
      disable(parts.submit, false);
      return refuse(parts, problem.sentence, parts.username);
    }
    if (parts === this.#parts) this.#sent(parts.back);
  }

  #sent(back) {
    const words = make("p", { class: "said", tabindex: "-1" }, text("recover.sent"));
    this.form.replaceChildren(words, make("div", { class: "actions" }, back));
    words.focus();
  }
}

function drawParts(onBack) {
  const tenant = make("select", { id: "recover-tenant", required: "" });
  const username = make("input", {
    id: "recover-username",
    type: "text",
    autocomplete: "username",
    autocapitalize: "none",
    spellcheck: "false",
    required: "",
    maxlength: "128",
  });
  const said = make("p", {}, text("recover.text"));
  const fields = [labelled(tenant, "password.tenant"), labelled(username, "password.username")];
  const submit = make("button", { type: "submit", class: "button primary" }, text("recover.submit"));
  const back = makeButton("button quiet", text("recover.back"), onBack);
  const error = make("p", { class: "error", role: "alert" });
  return { tenant, username, submit, back, error, entry: make("div", { class: "entry" }, said, ...fields) };
}

function labelled(field, key) {
  return make("div", { class: "field" }, make("label", { for: field.id }, text(key)), field);
}

function refuse({ error, tenant, username }, sentence, field) {
  error.textContent = sentence;
  for (const one of [tenant, username]) one.removeAttribute("aria-invalid");
  field.setAttribute("aria-invalid", "true");
  field.focus();
}
