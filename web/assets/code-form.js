// Step two of the panel: what is being approved, and the code that approves it.
import { Challenge } from "./challenge.js";
import { CodeParts } from "./code-parts.js";
import { disable, isDisabled, onPress } from "./dom.js";
import { knowsPasskeys, showPasskey } from "./passkeys/browser.js";
import { leave } from "./sso/going.js";
import { text } from "./texts.js";

/** Codes of problems after which this challenge can no longer be answered. */
const SPENT = new Set(["expired", "unknown_challenge"]);
const LOOK_EVERY_MS = 2000;

export class CodeForm {
  form;
  #parts;
  #challenge = null;
  #timer = null;
  #looked = 0;
  #shown = "";
  #asking = null;
  #session;
  #hooks;

  /**
   * `form` is filled here. `hooks`: `onPassed(answer, challenge)`, `onCancelled(challenge)`,
   * `onOver(challenge, state)` with "expired" or "over", `onAgain(challenge)`, and
   * `onChanged(challenge)` where one lives on with other limits.
   */
  constructor(form, session, hooks) {
    this.form = form;
    this.#parts = new CodeParts(form);
    this.#session = session;
    this.#hooks = hooks;
    onPress(this.#parts.cancel, () => this.#giveUp());
    onPress(this.#parts.resend, () => this.#choose(this.#challenge.view.method));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const { submit } = this.#parts;
      if (!isDisabled(submit) && !submit.hidden) this.#answer();
    });
  }

  /** The challenge that still waits for its code, or null. */
  get waiting() {
    return this.#challenge?.secondsLeft > 0 ? this.#challenge.view : null;
  }

  /** Ask for the code of challenge `view`; `code` fills the field. */
  start(view, code = "") {
    this.#stopAsking();
    // Of one that is open already, what is paused stays known.
    if (this.#challenge?.view.id !== view.id) this.#challenge = new Challenge(this.#session, view);
    else if (this.#challenge.view !== view) this.#challenge.update(view);
    this.#busy(false);
    this.#parts.reopen();
    this.#parts.showBinding(view);
    this.#show();
    this.#say("");
    this.#parts.field.fill(code);
    this.#focus();
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#tick(), 1000);
    this.#tick();
    if (this.#challenge.isByPasskey && !knowsPasskeys()) this.#withoutPasskeys();
  }

  /** Ask for the passkey at once, without another press. */
  usePasskey() {
    return this.#answer();
  }

  /** Leave no code behind. */
  wipe() {
    this.#stopAsking();
    this.#parts.field.clear();
    this.#parts.entries.clear();
    this.#say("");
    clearInterval(this.#timer);
  }

  forget() {
    this.wipe();
    this.#challenge = null;
  }

  /** Void the challenge that waits, if any. Not reaching the server is no harm: it expires. */
  cancel() {
    const { waiting } = this;
    if (waiting) this.#challenge.cancel().catch(() => {});
    this.forget();
    return waiting;
  }

  async #answer() {
    const { field, entries } = this.#parts;
    this.#say("");
    const missing = entries.complain();
    if (missing !== null) return this.#tell(missing);
    if (this.#challenge.isByPasskey) return this.#askForPasskey(this.#challenge);
    if (this.#challenge.isBySso) return this.#leave(this.#challenge);
    if (this.#challenge.isByPush) return this.#deliver(this.#challenge, { push: true });
    const { code, complaint } = field;
    if (code === null) return this.#refuse(complaint);
    await this.#deliver(this.#challenge, { code });
  }

  async #askForPasskey(challenge) {
    if (this.form.ariaBusy === "true") return;
    this.#busy(true);
    const { signal } = (this.#asking = new AbortController());
    const { credential, trouble } = await showPasskey(challenge.view.passkey, signal);
    if (signal.aborted) return;
    this.#stopAsking();
    if (trouble) return this.#refuse(text(`passkey.${trouble}`));
    await this.#deliver(challenge, { credential });
  }

  /** Go to the organisation; the way back is a page of its own. */
  #leave(challenge) {
    const { tenant } = this.#session.view;
    return this.#call(challenge, () => leave(this.#session, { tenant, ...challenge.sso }));
  }

  /** Whatever else happens here ends the browser's question: nothing is proved in a closed panel. */
  #stopAsking() {
    if (this.#asking === null) return;
    this.#asking.abort();
    this.#asking = null;
    this.#busy(false);
  }

  /** This browser knows no passkeys: another way, where there is one. */
  #withoutPasskeys() {
    this.#challenge.drop("passkey");
    const [other] = this.#challenge.otherWays;
    if (other) this.#choose(other);
    else this.#tell(text("passkey.unsupported"));
  }

  async #deliver(challenge, proof) {
    const { entries } = this.#parts;
    await this.#call(challenge, async () => {
      const answer = await challenge.answer(proof, entries.values);
      if (challenge === this.#challenge) this.forget();
      this.#hooks.onPassed(answer, challenge.view);
    });
  }

  /** Choose a way; a code is sent where codes are sent. */
  async #choose(method) {
    this.#stopAsking();
    const challenge = this.#challenge;
    const chosen = async () => {
      await challenge.send(method);
      if (challenge !== this.#challenge) return;
      this.#parts.field.clear();
      this.#show();
      this.#say("");
      this.#focus();
      this.#hooks.onChanged(challenge.view);
    };
    await this.#call(challenge, chosen, method);
  }

  async #call(challenge, act, method = challenge.view.method) {
    if (this.form.ariaBusy === "true") return;
    this.#busy(true);
    try {
      await act();
    } catch (problem) {
      if (challenge === this.#challenge && this.#session.open) this.#fail(problem, method);
    } finally {
      this.#busy(false);
    }
  }

  #fail(problem, method) {
    const challenge = this.#challenge;
    if (SPENT.has(problem.code)) return this.#spent(problem);
    if (problem.code === "wrong_code" || problem.code === "passkey_refused") {
      const left = problem.attemptsLeft ?? challenge.view.attempts_left;
      challenge.view = { ...challenge.view, attempts_left: left };
      this.#parts.field.clear();
      if (left === 0) return this.#pause(method, null, problem.sentence);
      this.#show();
    }
    if (problem.code.startsWith("entry_")) {
      // The code has not been looked at, and is still good.
      this.#tell(problem.sentence);
      return this.#parts.entries.refuse(problem.details.field);
    }
    if (problem.code === "locked") return this.#pause(method, problem.wait, problem.sentence);
    if (problem.code === "too_many_codes") {
      if (problem.wait !== null) challenge.holdBack(problem.wait);
      this.#show();
    }
    if (problem.code === "unknown_method") {
      challenge.drop(method);
      this.#show();
    }
    // Nothing that is typed here is kept and sent later.
    const unsure = problem.code === "no_answer" && challenge.view.purpose === "confirm";
    this.#refuse(unsure ? `${problem.sentence} ${text("code.once")}` : problem.sentence);
  }

  /** A way is paused: offer the others, or say that there is none now. */
  #pause(method, seconds, sentence) {
    const challenge = this.#challenge;
    challenge.pause(method, seconds);
    if (challenge.pausedFor() > 0 && challenge.otherWays.length === 0)
      return this.#close(sentence, "over");
    this.#parts.field.clear();
    this.#show();
    this.#say(sentence);
    this.#focus();
  }

  #focus() {
    const { entries, field } = this.#parts;
    if (this.#challenge.pausedFor() > 0) this.#parts.focusOther();
    else if ((this.#challenge.isByPasskey || this.#challenge.isBySso) && entries.isEmpty) this.#parts.submit.focus();
    else if (this.#challenge.isByPush && entries.isEmpty) this.#parts.cancel.focus();
    else if (entries.isEmpty || entries.complaint === null) field.focus();
    else entries.focus();
  }

  #giveUp() {
    const { view } = this.#challenge;
    this.cancel();
    this.#hooks.onCancelled(view);
  }

  #spent({ code, sentence }) {
    this.#close(sentence, code === "expired" ? "expired" : "over");
  }

  /** This challenge is over: say why, and offer the way on. */
  #close(sentence, state) {
    const { view } = this.#challenge;
    const again = !["step_up", "confirm"].includes(view.purpose);
    clearInterval(this.#timer);
    this.#stopAsking();
    this.#parts.close(text(`code.again.${view.purpose}`));
    this.#say(again ? sentence : `${sentence} ${text("code.askAgain")}`);
    this.#parts.again.onclick = () => this.#hooks.onAgain(view);
    this.#challenge = null;
    this.#hooks.onOver(view, state);
  }

  #show() {
    this.#parts.show(this.#challenge);
    this.#shown = this.#challenge.ways;
    this.#parts.offer(this.#challenge.otherWays, (method) => this.#choose(method));
  }

  #tick() {
    const challenge = this.#challenge;
    if (challenge.secondsLeft <= 0) return this.#close(text("code.expired"), "expired");
    this.#parts.tick(challenge);
    if (challenge.ways !== this.#shown) this.#show();
    const due = Date.now() - this.#looked >= LOOK_EVERY_MS;
    if (challenge.isWatched && due && this.form.ariaBusy !== "true") this.#look(challenge);
  }

  /** Ask whether the code is on its way. */
  async #look(challenge) {
    this.#looked = Date.now();
    try {
      await challenge.look();
    } catch (problem) {
      // Anything else may be better the next time.
      return challenge === this.#challenge && SPENT.has(problem.code) && this.#spent(problem);
    }
    if (challenge !== this.#challenge) return;
    this.#parts.show(challenge);
    // The device has it: this page goes on by itself, unless something is still missing here.
    if (challenge.view.answered && this.#parts.entries.complaint === null) this.#answer();
  }

  #refuse(sentence) {
    this.#say(sentence);
    if (this.#challenge?.isByPasskey || this.#challenge?.isBySso) this.#parts.submit.focus();
    else this.#parts.field.refuse();
  }

  #say(sentence) {
    this.#tell(sentence);
    this.#parts.field.accept();
    this.#parts.entries.accept();
  }

  #tell(sentence) {
    this.#parts.error.textContent = sentence;
  }

  #busy(on) {
    disable(this.#parts.submit, on);
    this.form.setAttribute("aria-busy", String(on));
  }
}
