// One call to the gateway. Every failure is a Problem with a code and a sentence for the person.
import { saveFile } from "./dom.js";
import { duration } from "./format.js";
import { text } from "./texts.js";

const NO_ANSWER_AFTER_MS = 45_000;
const LONGEST_TITLE = 300;

/**
 * A call that failed: `code` is the gateway's, or "offline" (it never left the browser),
 * "no_answer" (it may have arrived), "unreadable"; `wait` are seconds, `details` the other members of the problem document.
 */
export class Problem extends Error {
  constructor(code, { status = 0, title = "", wait = null, details = {} } = {}) {
    super(code);
    this.code = code;
    this.status = status;
    this.title = title;
    this.wait = wait;
    this.details = details;
  }

  /** How many guesses are left, where the answer says so. */
  get attemptsLeft() {
    const { attempts_left: left } = this.details;
    return Number.isInteger(left) ? left : null;
  }

  /** Whether the same call may succeed later without a change. */
  get retryable() {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }

  /** What happened and what to do next, in words. */
  get sentence() {
    const words = this.title || text(this.#fallback());
    return this.wait === null ? words : `${words} ${text("problem.wait", { time: duration(this.wait) })}`;
  }

  #fallback() {
    if (this.code === "offline" || this.code === "no_answer") return `problem.${this.code}`;
    if (this.status === 413) return "problem.too_large";
    return this.status >= 500 ? "problem.server" : "problem.other";
  }
}

/**
 * Call the gateway and return the JSON answer, or null where there is none (204).
 * `csrf` is sent where given. Throws `Problem`.
 */
export async function request(method, path, { body, csrf } = {}) {
  const headers = { Accept: "application/json" };
  if (csrf) headers["X-CSRF-Token"] = csrf;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await reach(path, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
    credentials: "same-origin",
    cache: "no-store",
    redirect: "error",
    signal: AbortSignal.timeout(NO_ANSWER_AFTER_MS),
  });
  if (!answer.ok) throw await problemOf(answer);
  return answer.status === 204 ? null : readJson(answer);
}

/** Save what a link gives, under the name that comes with it. Throws `Problem`. */
export async function download(path) {
  const answer = await reach(path, {
    credentials: "same-origin",
    cache: "no-store",
    redirect: "error",
    signal: AbortSignal.timeout(NO_ANSWER_AFTER_MS),
  });
  if (!answer.ok) throw await problemOf(answer);
  const named = /filename="([\w.-]+)"/.exec(answer.headers.get("Content-Disposition") ?? "");
  saveFile(await answer.blob(), named ? named[1] : "document");
}

/** Open a stream of events after `position`; returns the reader of its text. Throws `Problem`. */
export async function openStream(path, position, signal) {
  const headers = { Accept: "text/event-stream" };
  if (position !== null) headers["Last-Event-ID"] = position;
  const options = { headers, credentials: "same-origin", cache: "no-store", redirect: "error" };
  const answer = await reach(path, { ...options, signal });
  if (!answer.ok) throw await problemOf(answer);
  return answer.body.pipeThrough(new TextDecoderStream()).getReader();
}

async function reach(path, options) {
  // Tried all the same: a gateway on this very computer is there without any network.
  const online = navigator.onLine;
  try {
    return await fetch(path, options);
  } catch {
    throw new Problem(online || navigator.onLine ? "no_answer" : "offline");
  }
}

async function readJson(answer) {
  try {
    return await answer.json();
  } catch {
    throw new Problem("unreadable", { status: 502 });
  }
}

async function problemOf(answer) {
  const told = await answer.json().catch(() => null);
  const details = told !== null && typeof told === "object" ? told : {};
  const { code, title, retry_after_seconds: seconds } = details;
  const wait = Number.parseInt(answer.headers.get("Retry-After") ?? seconds ?? "", 10);
  return new Problem(typeof code === "string" ? code : `status_${answer.status}`, {
    status: answer.status,
    title: typeof title === "string" && code ? title.slice(0, LONGEST_TITLE) : "",
    wait: wait > 0 ? wait : null,
    details,
  });
}
