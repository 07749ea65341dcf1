// A challenge as this page knows it: what is approved, by which way, until when.
const SENT = new Set(["sms", "email", "push"]);

/** Tell whether something is sent to the person by `method`. */
export function isSent(method) {
  return SENT.has(method);
}

/** What calls the gateway throws `Problem`, and takes over what it answers. */
export class Challenge {
  #session;
  #version = 0;
  #locked = new Map();
  #expires = 0;
  #resend = 0;
  view;

  constructor(session, view) {
    this.#session = session;
    this.update(view);
  }

  /** Take over how the challenge stands now. */
  update(view) {
    const now = Date.now();
    this.#version += 1;
    this.view = { ...view };
    this.#expires = now + view.expires_in * 1000;
    this.#resend = now + (view.resend_in ?? 0) * 1000;
  }

  /** Seconds until it expires; until another code may be sent; until a paused way opens again. */
  get secondsLeft() {
    return (this.#expires - Date.now()) / 1000;
  }

  get resendIn() {
    return (this.#resend - Date.now()) / 1000;
  }

  pausedFor(method = this.view.method) {
    const until = this.#locked.get(method);
    return until === undefined ? 0 : Math.max(0, (until - Date.now()) / 1000);
  }

  /** The ways that could be chosen instead of the present one. */
  get otherWays() {
    const { method, methods } = this.view;
    return methods.filter((one) => one !== method && this.pausedFor(one) === 0);
  }

  /** This way is paused for some seconds; null: for as long as the challenge lives. */
  pause(method, seconds) {
    this.#locked.set(method, seconds === null ? Infinity : Date.now() + seconds * 1000);
  }

  /** No further code before so many seconds. */
  holdBack(seconds) {
    this.#resend = Date.now() + seconds * 1000;
  }

  drop(method) {
    this.view.methods = this.view.methods.filter((one) => one !== method);
  }

  /** Ask how it stands; an answer that came too late is not taken over. */
  async look() {
    const version = this.#version;
    const view = await this.#session.read(this.#path());
    if (version === this.#version) this.update(view);
  }

  /** Choose a way; where codes are sent, one is. */
  async send(method) {
    this.#version += 1;
    this.update(await this.#session.send("POST", this.#path("/send"), { method }));
  }

  get isByPasskey() {
    return this.view.method === "passkey";
  }

  get isBySso() {
    return this.view.method === "sso";
  }

  /** Where the person goes to prove it. */
  get sso() {
    const { id: challenge, sso } = this.view;
    return { challenge, provider: sso?.[0]?.id };
  }

  /** Which ways are open now: a paused one opens again with time. */
  get ways() {
    return JSON.stringify([this.pausedFor() > 0, this.otherWays]);
  }

  /** Whether it may change by itself: something is on its way, or a device has been asked. */
  get isWatched() {
    return this.isByPush || this.view.delivery === "sending";
  }

  get isByPush() {
    return this.view.method === "push";
  }

  /** `proof` is `{code}` or `{credential}`, `panel` what was typed beside it, by name, if asked. */
  answer(proof, panel) {
    return this.#session.send("POST", this.#path("/answer"), { ...proof, panel });
  }

  /** Give up; what waited for it is void. */
  cancel() {
    return this.#session.send("DELETE", this.#path());
  }

  #path(rest = "") {
    return `/api/challenges/${encodeURIComponent(this.view.id)}${rest}`;
  }
}
