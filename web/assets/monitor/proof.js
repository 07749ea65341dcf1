// Whether records can be read: a proof of the last minutes opens them, and its age closes them.
import { byId, disable, onPress } from "../dom.js";

const PROVE = "/api/audit/prove";

export class Proof {
  #session;
  #hooks;

  /** `hooks`: `prove(challenge, then)`, `onReady()` once there is a proof, `onStale()`. */
  constructor(session, hooks) {
    this.#session = session;
    this.#hooks = hooks;
    onPress(byId("proof-ask"), () => this.ask());
  }

  /** Show what can be shown, or that a proof comes first. */
  async look() {
    try {
      const { state } = await this.#session.send("POST", PROVE, {});
      if (state === "ready") return await this.#open();
      this.#close();
    } catch (problem) {
      this.#close(problem.sentence);
    }
  }

  /** Ask for a proof, in the panel. */
  async ask() {
    disable(byId("proof-ask"));
    try {
      const { state, challenge } = await this.#session.send("POST", PROVE, {});
      if (state === "ready") return await this.#open();
      this.#hooks.prove(challenge, () => this.#open());
    } catch (problem) {
      this.#close(problem.sentence);
    } finally {
      disable(byId("proof-ask"), false);
    }
  }

  /** Read something that tells of people. Throws `Problem`. */
  async read(path) {
    try {
      return await this.#session.read(path);
    } catch (problem) {
      this.notice(problem);
      throw problem;
    }
  }

  /** Close what tells of people where the last proof has become too old. */
  notice({ code }) {
    if (code === "step_up_required") this.#close();
  }

  clear() {
    byId("proof").hidden = byId("of-people").hidden = true;
  }

  async #open() {
    byId("proof").hidden = true;
    byId("of-people").hidden = false;
    await this.#hooks.onReady();
  }

  #close(words = "") {
    byId("proof-error").textContent = words;
    byId("proof").hidden = false;
    byId("of-people").hidden = true;
    this.#hooks.onStale();
  }
}
