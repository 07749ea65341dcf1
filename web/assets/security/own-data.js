// One's own data: a copy to save, to read or to take elsewhere, and the end of it all.
import { Problem } from "../api.js";
import { byId, disable, onPress, saveFile } from "../dom.js";
import { text } from "../texts.js";

const COPY = "/api/me/export";
const LIST = "/api/me/accesses";

/** The deletion of the account, as a change that is proved like any other. */
export function erasure() {
  const [title, words] = ["title", "text"].map((part) => text(`change.erase.${part}`));
  return { kind: "erase", method: "DELETE", path: "/api/me", title, words };
}

export class OwnData {
  #session;
  #hooks;
  #buttons = ["data-json", "data-html", "data-erase", "accesses-json", "accesses-html"].map(byId);
  #working = byId("data-working");
  #state = byId("data-state");

  /** `hooks`: `change(change)` begins one, `prove(challenge, title, then)` asks for a proof. */
  constructor(session, hooks) {
    this.#session = session;
    this.#hooks = hooks;
    for (const format of ["json", "html"]) {
      onPress(byId(`data-${format}`), () => this.#ask(COPY, format));
      onPress(byId(`accesses-${format}`), () => this.#ask(LIST, format));
    }
    onPress(byId("data-erase"), () => hooks.change(erasure()));
  }

  clear() {
    this.#busy(false);
    this.#state.textContent = "";
  }

  /** A proof of the last minutes is asked for first, where there is none. */
  async #ask(path, format) {
    this.#busy(true);
    try {
      const { state, challenge } = await this.#session.send("POST", COPY, {});
      if (state !== "prove") return await this.#save(path, format);
      this.#busy(false);
      this.#state.textContent = "";
      this.#hooks.prove(challenge, text("data.prove"), () => this.#ask(path, format));
    } catch (problem) {
      this.#fail(problem);
    }
  }

  async #save(path, format) {
    const answer = await fetch(`${path}?format=${format}`, { credentials: "same-origin", cache: "no-store" });
    if (!answer.ok) {
      const { code, title } = await answer.json().catch(() => ({}));
      throw new Problem(code ?? "unreadable", { status: answer.status, title });
    }
    const [, name] = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "") ?? [];
    saveFile(await answer.blob(), name ?? `my-data.${format}`);
    this.#busy(false);
    this.#state.textContent = text(path === LIST ? "accesses.saved" : "data.saved");
  }

  #fail(problem) {
    this.#busy(false);
    if (this.#session.open) this.#state.textContent = problem.sentence ?? text("data.failed");
  }

  #busy(on) {
    this.#working.hidden = !on;
    if (on) this.#state.textContent = text("data.working");
    for (const button of this.#buttons) disable(button, on);
  }
}
