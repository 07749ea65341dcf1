// What the demo has sent, and what its phones have texted: asked for again and again.
import { request } from "../api.js";

const READ_EVERY_MS = 1500;

/** Events: `change` of `sent` and `texts`; `trouble`, whose `detail` is a `Problem` or null. */
export class Feed extends EventTarget {
  /** Newest first: `{at, channel, to, text}`. */
  sent = [];
  /** Oldest first: `{at, tenant, username, mine, text}`. */
  texts = [];
  /** Whether there was an answer yet. */
  known = false;
  #seen = "";

  start() {
    this.look();
    setInterval(() => this.look(), READ_EVERY_MS);
    document.addEventListener("visibilitychange", () => this.look());
  }

  /** Read once, where somebody looks. */
  async look() {
    if (document.hidden) return;
    try {
      const paths = ["/demo/outbox", "/demo/texts"];
      const [sent, texts] = await Promise.all(paths.map((path) => request("GET", path)));
      this.#tell(null);
      this.#take(sent, texts);
    } catch (problem) {
      this.#tell(problem);
    }
  }

  /** Send a text from somebody's phone. Throws `Problem`. */
  async send({ tenant, username }, words) {
    const body = { tenant, username, text: words };
    this.#take(this.sent, await request("POST", "/demo/texts", { body }));
  }

  #take(sent, texts) {
    const seen = JSON.stringify([sent, texts]);
    const first = !this.known;
    if (seen === this.#seen && !first) return;
    [this.sent, this.texts, this.#seen, this.known] = [sent, texts, seen, true];
    this.dispatchEvent(new CustomEvent("change", { detail: { first } }));
  }

  #tell(problem) {
    this.dispatchEvent(new CustomEvent("trouble", { detail: problem }));
  }

  /** What is on this person's phone: texts of both directions, oldest first. */
  textsOf(person) {
    const mine = this.texts
      .filter(({ tenant, username }) => tenant === person.tenant && username === person.username);
    const came = this.sent
      .filter(({ channel, to }) => channel === "sms" && to === person.phone)
      .map((letter) => ({ ...letter, mine: false }));
    return [...mine, ...came].sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  }

  /** What is in this person's mailbox, newest first. */
  mailOf(person) {
    return this.sent.filter(({ channel, to }) => channel === "email" && to === person.email);
  }
}
