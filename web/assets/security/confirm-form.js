// The last step of a new way: it shows a code, and so proves that it works.
import { CodeField } from "../code-field.js";
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

  /** Ask for the first code of `change`. */
  start(change) {
    const error = new FormError();
    const field = new CodeField("confirm-code");
    field.expect("totp", text(`confirm.${change.kind}.hint`));
    const submit = make("button", { type: "submit", class: "button primary" }, text("code.submit"));
    const again = makeButton("button quiet", text("code.again.change"), this.#hooks.onAgain);
    const actions = make("div", { class: "actions" }, submit, again);
    const lead = change.totp ? drawTotp(change.totp) : drawSent(change);
    this.form.replaceChildren(...lead, error.node, field.node, actions);
    this.#open = { change, error, field, submit };
    field.focus();
    byId("panel-body").scrollTop = 0;
  }

  /** Leave no secret behind. */
  wipe() {
    this.form.replaceChildren();
    this.#open = null;
  }

  async #send(open) {
    const { change, error, field, submit } = open;
    const { code, complaint } = field;
    if (code === null) return refuse(open, complaint);
    disable(submit);
    try {
      const path = `/api/authenticators/changes/${encodeURIComponent(change.ref)}/confirm`;
      const answer = await this.#session.send("POST", path, { code });
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
      disable(submit, false);
    }
  }
}

function refuse({ error, field }, sentence) {
  error.say(sentence);
  field.refuse();
}

function withAttempts({ sentence, attemptsLeft }) {
  return attemptsLeft === null ? sentence : `${sentence} ${counted("code.attempts", attemptsLeft)}.`;
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
