// The page of a device: what waits for it, the number, and "this was not me". It has no session:
// each call is signed by the key of this browser.
import { request } from "../api.js";
import { byId, make } from "../dom.js";
import { addTexts, fillTexts, locale, text } from "../texts.js";
import { canBeDevice, keptDevices, questionOf } from "./device.js";
import { Question } from "./question.js";
import { PAGE_TEXTS, PUSH_TEXTS } from "./texts.js";

const EVERY_MS = 2500;

class Page {
  #place = byId("waiting");
  #devices = [];
  #question = null;
  #timer = null;
  #shown = "";

  async begin() {
    if (!canBeDevice()) return this.#say("device.unable");
    this.#devices = await keptDevices();
    if (this.#devices.length === 0) return this.#showNone();
    byId("names").textContent = text("device.names", { names: this.#names() });
    document.addEventListener("visibilitychange", () => this.#look());
    navigator.serviceWorker?.addEventListener("message", () => this.#look());
    addEventListener("hashchange", () => this.#look());
    await this.#look();
  }

  /** Ask for what waits, unless something is being answered; and again in a moment. */
  async #look() {
    clearTimeout(this.#timer);
    if (document.hidden) return;
    if (this.#isFree) await this.#read();
    this.#timer = setTimeout(() => this.#look(), EVERY_MS);
  }

  async #read() {
    const found = [];
    for (const device of this.#devices) {
      try {
        const pushes = await request("POST", "/api/push/waiting", { body: await questionOf(device) });
        found.push(...pushes.map((push) => ({ device, push })));
      } catch (problem) {
        if (problem.code !== "device_refused") return this.#say("device.unreachable");
        this.#gone(device);
      }
    }
    if (this.#devices.length === 0) return;
    if (!this.#isFree) return;
    const wanted = location.hash.slice(1);
    const first = found.find(({ push }) => push.id === wanted) ?? found[0];
    if (first) this.#ask(first);
    else if (this.#question === null) this.#say("device.waits");
  }

  /** Nothing is being answered: what was answered last may still be on the screen. */
  get #isFree() {
    return this.#question === null || this.#question.settled;
  }

  #ask({ device, push }) {
    this.#shown = "";
    this.#question = new Question(device, push, {
      onOver: () => {
        this.#question = null;
        history.replaceState(null, "", location.pathname);
        this.#look();
      },
    });
    this.#place.replaceChildren(this.#question.node);
    this.#question.focus();
  }

  /** Its person has removed this device, or its clock is far away. */
  #gone(device) {
    this.#devices = this.#devices.filter((one) => one !== device);
    if (this.#devices.length > 0) return;
    this.#say("device.refused", make("p", { class: "lead" }, text("device.clock")));
  }

  #names() {
    return this.#devices.map(({ name }) => name).join(", ");
  }

  #showNone() {
    this.#place.replaceChildren(
      make("h2", {}, text("device.none")),
      make("p", { class: "lead" }, text("device.noneText")),
      make("p", {}, make("a", { class: "button primary", href: "/security" }, text("device.toSecurity"))),
    );
  }

  /** The same words again would be read aloud again. */
  #say(key, ...more) {
    if (this.#shown === key) return;
    this.#shown = key;
    this.#place.replaceChildren(make("p", { class: "quiet-words", role: "status" }, text(key)), ...more);
  }
}

addTexts(PUSH_TEXTS);
addTexts(PAGE_TEXTS);
document.documentElement.lang = locale;
fillTexts(document);
new Page().begin();
