// What happens in this session meanwhile, as the gateway's stream tells it: what other windows say,
// how long the session lives, what becomes of challenges. Where there is no stream, all else works.
import { openStream } from "./api.js";

const PATH = "/api/events";
const BEGINNING = "0";
const FIRST_MS = 1000;
const LONGEST_MS = 30_000;
/** The gateway says something every 15 s: after this the connection is dead. */
const QUIET_MS = 45_000;
/** How long another window may take to bring this browser the session's new id. */
const MOVING_MS = 30_000;
const LONGEST_EVENT = 1_000_000;

export class Events {
  #session;
  #hooks;
  #on = false;
  #ending = null;
  #position = null;
  #told = [];
  #movedAt = -Infinity;
  #resetAt = -Infinity;
  #wake = () => {};

  /** `hooks`: `onMessage(message)`, `onChallenge({id, state, …})`, `onReset()`: read all anew. */
  constructor(session, hooks) {
    this.#session = session;
    this.#hooks = hooks;
    session.addEventListener("end", () => this.stop());
    session.addEventListener("idle", () => this.#tell());
    addEventListener("online", () => this.#wake());
    // A browser has few connections to one server: a window that nobody sees gives its own back.
    document.addEventListener("visibilitychange", () => this.#open());
  }

  /** Follow what comes after `messages` as `GET /api/messages` gives them; null: from now on. */
  start(messages) {
    this.#on = true;
    this.#told = [];
    this.#position = messages ? lastOf(messages) : null;
    this.#open();
  }

  stop() {
    this.#on = false;
    this.#told = [];
    this.#ending?.abort();
  }

  #open() {
    this.#ending?.abort();
    if (!this.#on || document.hidden) return;
    this.#ending = new AbortController();
    this.#run(this.#ending.signal);
  }

  async #run(signal) {
    for (let failures = 0; !signal.aborted; failures += 1) {
      if (failures > 0) await this.#pause(failures);
      try {
        // One that has told something was no failure; the next one waits for a moment all the same.
        if (await this.#listen(signal)) failures = 0;
      } catch (problem) {
        if (!signal.aborted && !(await this.#goesOn(problem))) return;
      }
    }
  }

  /** Longer each time, with some chance: not all windows at once, after a restart. */
  #pause(failures) {
    const usual = Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS);
    return new Promise((resolve) => {
      this.#wake = resolve;
      setTimeout(resolve, usual * (0.5 + Math.random()));
    });
  }

  /** Tell whether another attempt makes sense. */
  async #goesOn({ status, code }) {
    if (code !== "session_expired") return !status || status === 429 || status >= 500;
    if (this.#session.busy || Date.now() - this.#movedAt < MOVING_MS) return true;
    await this.#session.refresh().catch(() => {});
    return this.#session.open;
  }

  /** Read one stream to its end; returns whether it has told anything. */
  async #listen(signal) {
    const quiet = new AbortController();
    const restart = () => quiet.abort();
    let timer = setTimeout(restart, QUIET_MS);
    let told = false;
    try {
      const both = AbortSignal.any([signal, quiet.signal]);
      const body = await openStream(PATH, this.#position, both);
      for (let rest = ""; ; ) {
        const { value, done } = await body.read();
        if (done) return told;
        clearTimeout(timer);
        timer = setTimeout(restart, QUIET_MS);
        const blocks = (rest + value).split("\n\n");
        rest = blocks.pop();
        if (rest.length > LONGEST_EVENT) return told;
        for (const block of blocks) told = this.#take(block) || told;
        this.#tell();
      }
    } finally {
      clearTimeout(timer);
      quiet.abort();
    }
  }

  #take(block) {
    const fields = { event: "", data: "" };
    for (const line of block.split("\n")) {
      const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
      if (name) fields[name] = value;
    }
    if (!fields.event) return false;
    if (fields.id) this.#position = fields.id;
    const data = JSON.parse(fields.data);
    if (data.over === "moved") this.#movedAt = Date.now();
    this.#told.push({ kind: fields.event, data });
    return true;
  }

  /** Show what was told, unless this window waits for an answer of its own: it is shown first. */
  #tell() {
    while (this.#told.length > 0 && !this.#session.busy) {
      const { kind, data } = this.#told.shift();
      if (kind === "message") this.#message(data);
      else if (kind === "session") this.#session.hear(data);
      else if (kind === "challenge") this.#hooks.onChallenge(data);
      else if (kind === "reset") this.#reset();
    }
  }

  #reset() {
    const before = this.#resetAt;
    this.#resetAt = Date.now();
    // Reading everything anew has not helped: go on without a stream.
    if (this.#resetAt - before < MOVING_MS) this.stop();
    else this.#hooks.onReset();
  }

  #message(message) {
    const { own } = this.#session;
    if (own.has(message.client_id)) own.add(message.turn);
    if (!own.has(message.turn)) this.#hooks.onMessage(message);
  }
}

/** The position after `messages`: of the turn that was closed last. */
function lastOf(messages) {
  const moment = ({ id }) => Number.parseInt(id, 10);
  const known = messages.filter(({ id }) => id);
  return known.reduce((last, one) => (last && moment(last) > moment(one) ? last : one), null)?.id ?? BEGINNING;
}
