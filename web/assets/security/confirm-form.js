// The last step of a new way: it shows a code, and so proves that it works.
import { CodeField } from "../code-field.js";
import { makePasskey } from "../passkeys/browser.js";
import { dropDevice, keepDevice, makeDevice, shownFor } from "../push/device.js";
import { byId, disable, isDisabled, make, makeButton } from "../dom.js";
import { counted, text } from "../texts.js";
import { copyButton } from "./copy.js";
import { FormError } from "./fields.js";
import { drawQr } from "./qr.js";

/** Codes of problems after which only a new start helps. */
const SPENT = new Set(["expired", "unknown_change", "locked"]);

export class ConfirmForm {
  form = byId("confirm-form");
  #session;
  #hooks;
  #open = null;

  /** `hooks`: `onConfirmed(change)`, `onAgain()`, `onCancel()`. */
  constructor(session, hooks) {
    this.#session = session;
    this.#hooks = hooks;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#open && !isDisabled(this.#open.submit)) this.#send(this.#open);
    });
  }

  /** Ask for the first code of `change`, or to make a passkey. */
  start(change) {
    const error = new FormError();
    const field = new CodeField("confirm-code");
    const made = change.passkey || change.push;
    field.expect("totp", made ? "" : text(`confirm.${change.kind}.hint`));
    field.node.hidden = Boolean(made);
    const label = text(made ? `confirm.${change.kind}.make` : "code.submit");
    const submit = make("button", { type: "submit", class: "button primary" }, label);
    const again = makeButton("button quiet", text("code.again.change"), this.#hooks.onAgain);
    const actions = make("div", { class: "actions" }, submit, again);
    const lead = leadOf(change);
    this.form.replaceChildren(...lead, error.node, field.node, actions);
    this.#open = { change, error, field, submit, asking: new AbortController() };
    if (made) submit.focus();
    else field.focus();
    byId("panel-body").scrollTop = 0;
  }

  /** Leave no secret behind, and no question of the browser. */
  wipe() {
    this.#open?.asking.abort();
    this.form.replaceChildren();
    this.#open = null;
  }

  async #send(open) {
    const { change, error, field, submit } = open;
    disable(submit);
    try {
      const { proof, complaint } = await proofOf(open);
      if (open !== this.#open) return;
      if (complaint) return refuse(open, complaint);
      const path = `/api/authenticators/changes/${encodeURIComponent(change.ref)}/confirm`;
      const answer = await this.#session.send("POST", path, proof);
      open.device = null;
      if (open === this.#open) this.#hooks.onConfirmed(answer);
    } catch (problem) {
      if (open !== this.#open || !this.#session.open) return;
      field.clear();
      if (SPENT.has(problem.code)) {
        field.node.hidden = submit.hidden = true;
        error.say(problem.sentence);
        this.form.querySelector(".actions .quiet").focus();
      } else refuse(open, withAttempts(problem));
    } finally {
      // A key that the server does not know would answer for nobody.
      if (open.device) await dropDevice(open.device.key);
      open.device = null;
      disable(submit, false);
    }
  }
}

/** What shows that the new way works, `{proof}`, or why there is nothing to show, `{complaint}`. */
async function proofOf(open) {
  const { change, field, error, asking } = open;
  error.clear();
  if (change.push) return deviceOf(open);
  if (!change.passkey) {
    const { code, complaint } = field;
    return code === null ? { complaint } : { proof: { code } };
  }
  const { credential, trouble } = await makePasskey(change.passkey, asking.signal);
  return trouble ? { complaint: text(`passkey.${trouble}`) } : { proof: { credential } };
}

/** Make this browser a device: its key is kept before the server knows it, not after. */
async function deviceOf(open) {
  try {
    open.device = await makeDevice(open.change.push.name);
    await keepDevice(open.device);
    return { proof: { device: await shownFor(open.device, open.change.push) } };
  } catch {
    return { complaint: text("confirm.push.failed") };
  }
}

function refuse({ change, error, field, submit }, sentence) {
  error.say(sentence);
  if (change.passkey || change.push) submit.focus();
  else field.refuse();
}

function withAttempts({ sentence, attemptsLeft }) {
  return attemptsLeft === null ? sentence : `${sentence} ${counted("code.attempts", attemptsLeft)}.`;
}

function leadOf(change) {
  if (change.passkey || change.push)
    return [make("p", {}, text(`confirm.${change.kind}.text`))];
  return change.totp ? drawTotp(change.totp) : drawSent(change);
}

function drawTotp({ secret, uri, qr }) {
  const steps = ["confirm.totp.step1", "confirm.totp.step2"].map((key) => make("li", {}, text(key)));
  const drawn = drawQr(qr, text("confirm.totp.qr"));
  const groups = secret.match(/.{1,4}/g).join(" ");
  const byHand = make(
    "details",
    { class: "by-hand" },
    make("summary", {}, text("confirm.totp.byHand")),
    make("p", { class: "field-hint" }, text("confirm.totp.byHandHint")),
    make("code", { class: "secret" }, groups),
    make("div", { class: "copying" }, ...copyButton(text("confirm.totp.copy"), secret)),
  );
  const parts = [make("ol", { class: "how" }, ...steps), byHand];
  if (drawn) parts.splice(1, 0, drawn);
  else byHand.open = true;
  // On a phone nobody can scan the screen that they hold.
  if (uri.startsWith("otpauth://"))
    parts.push(make("p", {}, make("a", { class: "app-link", href: uri }, text("confirm.totp.open"))));
  return parts;
}

function drawSent({ kind, destination_hint: hint }) {
  const destination = hint ?? text(kind === "phone" ? "code.place.sms" : "code.place.email");
  const key = kind === "phone" ? "code.sms.sent" : "code.email.sent";
  return [make("p", { role: "status" }, text(key, { destination }))];
}
