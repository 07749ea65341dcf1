// A link that leads here: tells its person what was asked for elsewhere, and goes on with it.
// It is loaded only where somebody comes by such a link.
import { make, makeButton } from "../dom.js";
import { addTexts, text } from "../texts.js";
import { TEXTS } from "./texts.js";

addTexts(TEXTS);

export class Onward {
  #session;
  #log;
  #hooks;
  /** Kept in memory only, until it is used or no longer good. */
  #token = "";
  #dialog = null;

  /** `hooks`: `signIn()`, `receive(messages)`. */
  constructor(session, log, hooks) {
    this.#session = session;
    this.#log = log;
    this.#hooks = hooks;
    session.addEventListener("change", () => this.#changed());
    for (const over of ["end", "replaced"]) session.addEventListener(over, () => this.#close());
  }

  /** Take up a link. Nothing of it is told before somebody has signed in. */
  open(token) {
    this.#close();
    this.#token = token;
    if (this.#session.view?.user) return this.#look();
    this.#log.addNotice(text("onward.signIn"));
    return this.#hooks.signIn();
  }

  #changed() {
    if (this.#token && !this.#dialog && this.#session.view?.user) this.#look();
  }

  async #look() {
    const token = this.#token;
    // Whatever the session does next, this link has been taken up.
    this.#token = "";
    await this.#send("/api/continue/look", token, (told) => this.#ask(told, token));
  }

  #ask({ asked, asked_by: by, changes, words: said }, token) {
    const title = make("h2", { id: "onward-title" }, text(`onward.${by}.title`));
    const label = make("p", { class: "binding-label" }, text("onward.label"));
    const words = make("p", { class: "binding-words", dir: "auto" }, asked);
    const note = make("p", { class: "note" }, text(changes || said ? "onward.nothingYet" : "onward.look"));
    const goOn = makeButton("button primary", text("onward.goOn"), () => this.#goOn(token));
    const notNow = makeButton("button quiet", text("onward.notNow"), () => this.#leave());
    const body = make("div", { class: "panel-body" }, title, note);
    const binding = make("div", { class: "binding" }, label, words);
    if (said) binding.append(make("p", { dir: "auto" }, text("onward.said", { words: said })));
    body.append(binding);
    body.append(make("div", { class: "actions pair" }, goOn, notNow));
    this.#dialog = make("dialog", { class: "panel onward", "aria-labelledby": "onward-title" }, body);
    this.#dialog.addEventListener("cancel", () => this.#leave());
    document.body.append(this.#dialog);
    this.#dialog.showModal();
    goOn.focus();
  }

  #leave() {
    this.#close();
    this.#log.addNotice(text("onward.later"));
  }

  async #goOn(token) {
    this.#close();
    this.#log.typing(true);
    await this.#send("/api/continue", token, ({ messages }) => this.#hooks.receive(messages));
  }

  /** Ask, and `show` the answer to whoever asked: a late one is not drawn on somebody else's screen. */
  async #send(path, token, show) {
    const { epoch } = this.#session;
    const answer = await this.#session.send("POST", path, { token }).catch((problem) => ({ problem }));
    if (epoch !== this.#session.epoch) return;
    this.#log.typing(false);
    if (answer.problem) this.#failed(answer.problem, token);
    else show(answer);
  }

  /** Say why not. A link that may be good still can be opened once more. */
  #failed(problem, token) {
    if (!this.#session.open) return;
    if (problem.code === "authentication_required") return this.open(token);
    this.#log.addNotice(problem.code === "link_expired" ? text("onward.over") : problem.sentence);
  }

  #close() {
    this.#dialog?.remove();
    this.#dialog = null;
  }
}
