// The parts of the code form, and how they are put together. What they do is in code-form.js.
import { CodeField } from "./code-field.js";
import { EntryFields } from "./entry-fields.js";
import { isSent } from "./challenge.js";
import { make } from "./dom.js";
import { minutesAndSeconds } from "./format.js";
import { drawRows } from "./rows.js";
import { counted, text } from "./texts.js";

const FLOATING = { role: "timer", "aria-live": "off" };

export class CodeParts {
  error = make("p", { class: "error", role: "alert" });
  entries = new EntryFields();
  field = new CodeField("code", "binding code-where attempts");
  submit = make("button", { type: "submit", class: "button primary" });
  again = make("button", { type: "button", class: "button primary", hidden: "" });
  cancel = make("button", { type: "button", class: "button quiet" });
  resend = make("button", { type: "button", class: "link-button" });
  #binding = make("div", { id: "binding", class: "binding" });
  #number = make("p", { class: "number", hidden: "" });
  #where = make("p", { id: "code-where", class: "where", role: "status" });
  #paused = make("p", { class: "where", hidden: "" });
  #attempts = make("span", { id: "attempts" });
  #time = make("span", FLOATING);
  #entry;
  #actions;
  #label = make("p", { class: "binding-label" });
  #rows = false;
  #others = make("div", { class: "ways", role: "group", "aria-label": text("code.others") });

  /** Fill `form`. */
  constructor(form) {
    const time = make("span", {}, `${text("code.expiresIn")} `, this.#time);
    const facts = make("p", { class: "facts" }, this.#attempts, " ", time);
    const again = make("p", { class: "resend" }, this.resend);
    const code = make("div", {}, this.field.node, facts, again);
    this.#entry = make("div", { class: "entry" }, this.entries.node, code);
    this.#actions = make("div", { class: "actions" }, this.submit, this.again, this.cancel);
    const said = [this.error, this.#number, this.#where, this.#paused];
    form.replaceChildren(this.#binding, ...said, this.#entry, this.#actions, this.#others);
    this.#others.hidden = true;
  }

  /** Show what is approved: in one sentence, and row by row where there are rows. */
  showBinding({ purpose, binding, details, panel }) {
    this.entries.expect(panel);
    const rows = details?.length ? [drawRows(details)] : [];
    this.#rows = rows.length > 0;
    const words = make("p", { class: "binding-words" }, binding);
    // What is to be confirmed is the panel's title already.
    const shown = purpose === "confirm" && rows.length ? rows : [words, ...rows];
    this.#binding.replaceChildren(this.#label, ...shown);
    // Yes and no side by side: neither is the easier one.
    this.#actions.classList.toggle("pair", purpose === "confirm");
    this.cancel.textContent = text(purpose === "confirm" ? "code.reject" : "panel.notNow");
  }

  /** Show how `challenge` stands. */
  show(challenge) {
    const { view } = challenge;
    const paused = challenge.pausedFor() > 0;
    const typed = !challenge.isByPasskey && !challenge.isBySso && !challenge.isByPush;
    const by = typed ? "code" : view.method;
    this.#label.textContent = text(`${by}.${this.#rows ? "check" : "binding"}`);
    this.submit.textContent = text(typed ? "code.submit" : `${by}.use`);
    this.field.node.hidden = this.#attempts.hidden = !typed;
    this.#showNumber(paused ? null : view.number);
    this.field.expect(view.method, hintOf(view));
    this.#entry.hidden = paused;
    this.submit.hidden = paused || (by === "push" && this.entries.isEmpty);
    // The same words again would be read aloud again.
    const where = paused ? "" : whereOf(view);
    if (this.#where.textContent !== where) this.#where.textContent = where;
    this.#where.classList.toggle("failed", view.delivery === "failed");
    this.#attempts.textContent = counted("code.attempts", view.attempts_left);
    this.resend.parentElement.hidden = !isSent(view.method);
    this.tick(challenge);
  }

  /** What is to be typed on the device, apart from what is read beside it. */
  #showNumber(number) {
    this.#number.hidden = !number;
    if (!number) return this.#number.replaceChildren();
    // The same number again would be read aloud again.
    if (this.#number.lastChild?.textContent === number) return;
    const label = make("span", { class: "number-label" }, text("push.number"));
    this.#number.replaceChildren(label, make("strong", {}, number));
  }

  /** Show the times that run. */
  tick(challenge) {
    const { view, resendIn } = challenge;
    this.#time.textContent = minutesAndSeconds(challenge.secondsLeft);
    const paused = challenge.pausedFor();
    this.#paused.hidden = paused === 0 || paused === Infinity;
    this.#paused.textContent = text("code.pausedFor", { time: minutesAndSeconds(paused) });
    const waits = resendIn > 0;
    const name = view.method === "push" ? "push.again" : view.delivery ? "code.resend" : "code.sendFirst";
    const time = { time: minutesAndSeconds(resendIn) };
    const holds = view.method === "push" ? "push.againIn" : "code.resendIn";
    this.resend.textContent = waits ? text(holds, time) : text(name);
    if (waits) this.resend.setAttribute("aria-disabled", "true");
    else this.resend.removeAttribute("aria-disabled");
  }

  /** Offer other ways: `choose(method)` is called for the one that is pressed. */
  offer(methods, choose) {
    const buttons = methods.map((method) => {
      const words = text(`code.way.${method}`);
      const button = make("button", { type: "button", class: "button quiet" }, words);
      button.addEventListener("click", () => choose(method));
      return button;
    });
    this.#others.hidden = buttons.length === 0;
    const title = make("p", { class: "ways-title" }, text("code.others"));
    this.#others.replaceChildren(title, ...buttons);
  }

  /** Focus the first of the other ways. */
  focusOther() {
    this.#others.querySelector("button")?.focus();
  }

  /** Nothing can be typed here any more: one button leads on. */
  close(label) {
    this.#entry.hidden = this.submit.hidden = this.cancel.hidden = true;
    this.#others.hidden = this.#paused.hidden = true;
    this.#showNumber(null);
    this.#where.textContent = "";
    this.field.clear();
    this.entries.clear();
    this.again.textContent = label;
    this.again.hidden = false;
    this.again.focus();
  }

  reopen() {
    this.again.hidden = true;
    this.cancel.hidden = false;
  }
}

function hintOf({ method }) {
  return isSent(method) || ["passkey", "sso"].includes(method) ? "" : text(`code.hint.${method}`);
}

function whereOf({ method, destination_hint: hint, delivery }) {
  if (method === "passkey" || method === "sso") return text(`${method}.hint`);
  if (!isSent(method)) return "";
  if (method === "push") {
    const words = text(`push.${delivery ?? "ready"}`, { url: `${location.origin}/push` });
    return `${words} ${text("push.waits")}`;
  }
  const destination = hint ?? text(`code.place.${method}`);
  return text(`code.${method}.${delivery ?? "ready"}`, { destination });
}
