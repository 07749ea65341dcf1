// Step two of the panel: what is being approved, and the code that approves it.
import { byId, disable, isDisabled, onPress } from "./dom.js";
import { minutesAndSeconds } from "./format.js";
import { counted, text } from "./texts.js";

const CODE = /^\d{6}$/;
/** Codes of problems after which this challenge can no longer be answered. */
const SPENT = new Set(["expired", "locked", "unknown_challenge"]);

export class CodeForm {
  form = byId("code-form");
  #error = byId("code-error");
  #entry = byId("code-entry");
  #field = byId("code");
  #submit = byId("code-submit");
  #again = byId("code-again");
  #cancel = byId("code-cancel");
  #challenge = null;
  #expires = 0;
  #timer = null;
  #session;
  #hooks;

  /** `hooks`: `onPassed(answer, challenge)`, `onCancelled(…)`, `onOver(…)`, `onAgain(challenge)`. */
  constructor(session, hooks) {
    this.#session = session;
    this.#hooks = hooks;
    this.#field.addEventListener("input", () => this.#keepDigits());
    onPress(this.#cancel, () => this.#giveUp());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!isDisabled(this.#submit) && !this.#submit.hidden) this.#send();
    });
  }

  /** The challenge that still waits for its code, or null. */
  get waiting() {
    return this.#challenge !== null && Date.now() < this.#expires ? this.#challenge : null;
  }

  /** Ask for the code of `challenge`; `code` fills the field. */
  start(challenge, code = "") {
    if (challenge !== this.#challenge) this.#expires = Date.now() + challenge.expires_in * 1000;
    this.#challenge = challenge;
    byId("binding").textContent = challenge.binding;
    byId("code-hint").textContent = hintOf(challenge);
    this.#showAttempts(challenge.attempts_left);
    this.#reopen();
    this.#field.value = code;
    this.#field.focus();
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#tick(), 1000);
    this.#tick();
  }

  /** Leave no code behind. */
  wipe() {
    this.#field.value = "";
    this.#say("");
    clearInterval(this.#timer);
  }

  forget() {
    this.wipe();
    this.#challenge = null;
  }

  async #send() {
    const code = this.#field.value;
    if (!CODE.test(code)) return this.#refuse(text("code.malformed"));
    const challenge = this.#challenge;
    const path = `/api/challenges/${encodeURIComponent(challenge.id)}/answer`;
    this.#busy(true);
    try {
      const answer = await this.#session.send("POST", path, { code });
      this.forget();
      this.#hooks.onPassed(answer, challenge);
    } catch (problem) {
      this.#fail(problem);
    } finally {
      this.#busy(false);
    }
  }

  #fail(problem) {
    if (this.#challenge === null) return;
    if (SPENT.has(problem.code)) return this.#close(problem.sentence);
    if (problem.code === "wrong_code") {
      const left = problem.attemptsLeft ?? this.#challenge.attempts_left;
      if (left === 0) return this.#close(problem.sentence);
      this.#challenge = { ...this.#challenge, attempts_left: left };
      this.#field.value = "";
      this.#showAttempts(left);
    }
    this.#refuse(problem.sentence);
  }

  #giveUp() {
    const challenge = this.#challenge;
    const path = `/api/challenges/${encodeURIComponent(challenge.id)}`;
    const spent = this.#submit.hidden;
    this.forget();
    this.#hooks.onCancelled(challenge);
    // Not reaching the server is no harm: an unanswered challenge expires by itself.
    if (!spent) this.#session.send("DELETE", path).catch(() => {});
  }

  /** This challenge is over: say why, and offer the way on. */
  #close(sentence) {
    const challenge = this.#challenge;
    const signIn = challenge.purpose === "sign_in";
    clearInterval(this.#timer);
    this.#entry.hidden = this.#submit.hidden = this.#cancel.hidden = true;
    this.#field.value = "";
    this.#say(signIn ? sentence : `${sentence} ${text("code.askAgain")}`);
    this.#again.textContent = text(signIn ? "code.againSignIn" : "code.againStepUp");
    this.#again.onclick = () => this.#hooks.onAgain(challenge);
    this.#again.hidden = false;
    this.#again.focus();
    this.#challenge = null;
    this.#hooks.onOver(challenge);
  }

  #reopen() {
    this.#entry.hidden = this.#submit.hidden = this.#cancel.hidden = false;
    this.#again.hidden = true;
    this.#say("");
  }

  #tick() {
    const seconds = (this.#expires - Date.now()) / 1000;
    byId("code-time").textContent = minutesAndSeconds(seconds);
    if (seconds <= 0) this.#close(text("code.expired"));
  }

  #keepDigits() {
    const digits = this.#field.value.replace(/\D/g, "").slice(0, 6);
    if (digits !== this.#field.value) this.#field.value = digits;
  }

  #showAttempts(count) {
    byId("attempts").textContent = counted("code.attempts", count);
  }

  #refuse(sentence) {
    this.#say(sentence);
    this.#field.setAttribute("aria-invalid", "true");
    this.#field.focus();
  }

  #say(sentence) {
    this.#error.textContent = sentence;
    this.#field.removeAttribute("aria-invalid");
  }

  #busy(on) {
    disable(this.#submit, on);
    this.form.setAttribute("aria-busy", String(on));
  }
}

function hintOf({ method, destination_hint: destination }) {
  if (method === "totp") return text("code.hint.totp");
  return destination ? text("code.hint.sent", { destination }) : text("code.hint.other");
}
