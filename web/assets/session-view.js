// What the page shows of the session: whose it is, how long it lasts, the warning before its end
// (WCAG 2.2.1).
import { byId, disable, onPress } from "./dom.js";
import { minutesAndSeconds } from "./format.js";
import { text } from "./texts.js";

const WARN_AT_SECONDS = 60;

/** Return `{seconds, extendable}`: extending does not help against the absolute limit. */
export function timeLeft(view, now) {
  const ends = Math.min(view.idleEnds, view.absoluteEnds);
  return {
    seconds: Math.max(0, Math.ceil((ends - now) / 1000)),
    extendable: view.absoluteEnds - now > WARN_AT_SECONDS * 1000,
  };
}

/** Calls `onTick(seconds)` each second, `onWarning` once near the end, `onOver` at the end. */
export class Countdown {
  #view = null;
  #warned = false;
  #timer = null;
  #handlers;

  constructor(handlers) {
    this.#handlers = handlers;
    document.addEventListener("visibilitychange", () => this.#tick());
  }

  /** What is left now; null without a session. */
  get left() {
    return this.#view && timeLeft(this.#view, Date.now());
  }

  /** Count towards the limits of `view`. */
  follow(view) {
    this.#view = view;
    if (this.left.seconds > WARN_AT_SECONDS) this.#warned = false;
    this.#timer ??= setInterval(() => this.#tick(), 1000);
    this.#handlers.onTick(this.left.seconds);
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = null;
    this.#view = null;
    this.#warned = false;
  }

  #tick() {
    if (this.#view === null) return;
    const { seconds } = this.left;
    this.#handlers.onTick(seconds);
    if (seconds === 0) this.#handlers.onOver();
    else if (seconds <= WARN_AT_SECONDS && !this.#warned) {
      this.#warned = true;
      this.#handlers.onWarning();
    }
  }
}

/** Said once, with one button to stay. */
export class ExpiryWarning {
  #box = byId("expiry");
  #words = byId("expiry-text");
  #time = byId("expiry-time");
  #button = byId("extend");
  #home = byId("expiry-home");
  #panel = document.getElementById("panel");
  #title = document.title;

  constructor({ onExtend }) {
    onPress(this.#button, onExtend);
    // Behind an open panel the page is inert: the warning follows into the panel, and back.
    this.#panel?.addEventListener("close", () => this.#place());
    this.#panel?.addEventListener("opened", () => this.#place());
  }

  get shown() {
    return !this.#box.hidden;
  }

  /** Warn; `extendable` false means that the absolute limit is near. */
  show({ seconds, extendable }) {
    if (this.shown) return;
    this.#place();
    this.#box.hidden = false;
    this.#button.hidden = !extendable;
    disable(this.#button, false);
    this.#words.textContent = text(extendable ? "expiry.idle" : "expiry.absolute");
    document.title = text("page.titleWarning");
    this.tick(seconds);
  }

  hide() {
    this.#box.hidden = true;
    this.#words.textContent = "";
    document.title = this.#title;
  }

  /** The ticking figures are not announced. */
  tick(seconds) {
    if (!this.shown) return;
    if (seconds > WARN_AT_SECONDS) this.hide();
    else this.#time.textContent = text("expiry.time", { time: minutesAndSeconds(seconds) });
  }

  busy(on) {
    disable(this.#button, on);
  }

  fail(sentence) {
    this.#words.textContent = sentence;
    this.busy(false);
  }

  #place() {
    const place = this.#panel?.open ? byId("panel-body") : this.#home;
    if (this.#box.parentElement !== place) place.prepend(this.#box);
  }
}

/** Who is signed in where, and the way in and out. */
export class Header {
  #organisation = byId("organisation");
  #who = byId("who");
  #person = byId("person");
  #time = byId("time-left");
  #link = byId("page-link");
  #signIn = byId("sign-in");
  #signOut = byId("sign-out");

  constructor({ onSignIn, onSignOut }) {
    onPress(this.#signIn, onSignIn);
    onPress(this.#signOut, onSignOut);
  }

  /** Show the holder of the session; `view` is null without one, `organisation` a name or "". */
  show(view, organisation) {
    const user = view?.user ?? null;
    this.#organisation.textContent = organisation;
    this.#person.textContent = user?.name ?? "";
    this.#who.hidden = user === null;
    this.#link.hidden = user === null;
    this.#signIn.hidden = user !== null || view === null;
    this.#signOut.hidden = user === null;
  }

  tick(seconds) {
    this.#time.textContent = minutesAndSeconds(seconds);
  }
}
