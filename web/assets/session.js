// The session as this page knows it; its CSRF token is kept in memory only.
import { request } from "./api.js";

function holderOf(view) {
  return view?.user ? `${view.user.tenant}/${view.user.name}` : "";
}

/**
 * Events: `change` of `view`; `replaced`: another window signed in or out; `idle`: no call that
 * changes something is open any more; `end`, whose `detail` is "expired" or "signed-out". What calls
 * the gateway throws `Problem`.
 */
export class Session extends EventTarget {
  #csrf = null;
  #api;
  #tabs;
  #version = 0;
  view = null;
  ended = null;
  /** Names of what this window has said itself: of its messages, and of the turns they were. */
  own = new Set();
  #open = 0;
  /** Counts sessions, so that a late answer is not drawn on someone else's screen. */
  epoch = 0;

  /** `api` is where the calls are, `tabs` what the windows of one session call each other by. */
  constructor({ api = "/api", tabs = "gatehouse.session" } = {}) {
    super();
    this.#api = api;
    this.#tabs = new BroadcastChannel(tabs);
    this.#tabs.addEventListener("message", () => this.#look());
    addEventListener("pageshow", (event) => event.persisted && this.#look());
  }

  get open() {
    return this.view !== null;
  }

  /** Take up the session of the cookie, or begin a new one. */
  async start(tenant) {
    let answer;
    try {
      answer = await this.#request("GET", "/api/session");
    } catch (problem) {
      if (problem.code !== "session_expired") throw problem;
      answer = await this.#request("POST", "/api/session", { body: tenant ? { tenant } : {} });
    }
    this.#begin(answer);
  }

  /** Take up the session of the cookie; no new one is begun (`session_expired`). */
  async resume() {
    this.#begin(await this.#request("GET", "/api/session"));
  }

  /**
   * Take over what an answer says: `{csrf_token?, session}`, or the session itself. `asked` is when
   * it was asked for, where that may be long ago: seconds left are counted from then, so that a
   * computer that slept meanwhile does not think the session younger than it is.
   */
  adopt(answer, asked = Date.now()) {
    if (answer.csrf_token) this.#csrf = answer.csrf_token;
    this.#version += 1;
    const session = answer.session ?? answer;
    this.view = {
      authenticated: session.authenticated === true,
      user: session.user ?? null,
      tenant: session.user?.tenant ?? session.tenant ?? null,
      idleEnds: asked + session.idle_seconds_left * 1000,
      absoluteEnds: asked + session.absolute_seconds_left * 1000,
    };
    this.dispatchEvent(new Event("change"));
  }

  /** A proof passed: the other windows of this browser have an old token now. */
  adoptProof(answer) {
    this.adopt(answer);
    this.#tabs.postMessage("changed");
  }

  /** Ask how the session stands; looking does not extend it. */
  async refresh() {
    const [epoch, version, asked] = [this.epoch, this.#version, Date.now()];
    const before = holderOf(this.view);
    const answer = await this.#guarded(() => this.#request("GET", "/api/session"));
    // Something newer than this answer is known already.
    if (epoch !== this.epoch || version !== this.#version) return;
    this.adopt(answer, asked);
    if (holderOf(this.view) === before) return;
    this.epoch += 1;
    this.dispatchEvent(new Event("replaced"));
  }

  /** Take over what a stream says; who holds the session now, and the token, is asked for. */
  hear(view) {
    if (!this.open) return;
    if (view.over === "ended" || (!view.over && holderOf(view) !== holderOf(this.view))) this.#look();
    else if (!view.over) this.adopt(view);
  }

  /** Reset the idle limit. */
  async extend() {
    this.adopt(await this.send("POST", "/api/session/extend", {}));
  }

  /** Sign out; the screen is cleared whatever comes back. */
  async signOut() {
    const csrf = this.#csrf;
    this.finish("signed-out");
    try {
      await this.#request("DELETE", "/api/session", { csrf });
    } catch (problem) {
      if (problem.code === "session_expired") return;
      this.#csrf = csrf;
      throw problem;
    } finally {
      this.#tabs.postMessage("changed");
    }
  }

  /** Forget the session on this page. */
  finish(reason) {
    if (this.ended !== null) return;
    this.ended = reason;
    this.view = null;
    this.#csrf = null;
    this.epoch += 1;
    this.dispatchEvent(new CustomEvent("end", { detail: reason }));
  }

  /** Read something of this session. */
  read(path) {
    return this.#guarded(() => this.#request("GET", path));
  }

  /** Whether a call that changes something waits for its answer. */
  get busy() {
    return this.#open > 0;
  }

  /** Change something. A token that is old is fetched again, once, for the same person only. */
  async send(method, path, body) {
    if (body?.client_id) this.own.add(body.client_id);
    this.#open += 1;
    const { epoch } = this;
    try {
      const answer = await this.#send(method, path, body);
      if (epoch !== this.epoch && answer?.csrf_token) await this.#disown(answer.csrf_token);
      if (answer?.turn) this.own.add(answer.turn);
      return answer;
    } finally {
      this.#open -= 1;
      // After whoever asked has shown the answer.
      setTimeout(() => this.busy || this.dispatchEvent(new Event("idle")));
    }
  }

  /** A proof that came after the end has brought a new session with it: nobody is to find it. */
  async #disown(csrf) {
    await this.#request("DELETE", "/api/session", { csrf });
    throw new Error("another session");
  }

  async #send(method, path, body) {
    const attempt = () => this.#guarded(() => this.#request(method, path, { body, csrf: this.#csrf }));
    try {
      return await attempt();
    } catch (problem) {
      if (problem.code !== "csrf_failed") throw problem;
      const epoch = this.epoch;
      await this.refresh();
      if (epoch !== this.epoch) throw problem;
      return attempt();
    }
  }

  /** End the session without a word, to begin another one. */
  async drop() {
    await this.#request("DELETE", "/api/session", { csrf: this.#csrf });
  }

  #request(method, path, options) {
    return request(method, this.#api + path.slice("/api".length), options);
  }

  #begin(answer) {
    this.ended = null;
    this.epoch += 1;
    this.adopt(answer);
  }

  async #guarded(call) {
    const epoch = this.epoch;
    try {
      return await call();
    } catch (problem) {
      if (problem.code === "session_expired" && epoch === this.epoch) this.finish("expired");
      throw problem;
    }
  }

  #look() {
    // A failure needs no word: an ended session announces itself, the rest comes up later.
    if (this.open) this.refresh().catch(() => {});
  }
}
