// One action from its beginning to its end: the person, what is wanted, the proof, done.
import { CodeForm } from "../code-form.js";
import { byId, make } from "../dom.js";
import { copyButton } from "../security/copy.js";
import { Finish } from "../security/finish.js";
import { Sheet } from "../sheet.js";
import { text } from "../texts.js";
import { ActionForm, addition, resetting, roleChange } from "./forms.js";
import { PersonView } from "./person-view.js";

const ACTIONS = "/api/admin/actions";

export class ActionFlow {
  #session;
  #hooks;
  #sheet;
  #ref = null;

  /** `hooks`: `onDone()` once something has changed, `onClosed()`. */
  constructor(session, hooks) {
    this.#session = session;
    this.#hooks = hooks;
    const close = () => this.close();
    this.view = new PersonView(session, {
      begin: (path, body) => this.begin("POST", path, body),
      ask: (form) => this.#ask(form),
      roleChange,
      resetting,
    });
    this.form = new ActionForm({
      onSubmit: (path, body) => this.#start("POST", path, body),
      onCancel: close,
    });
    this.code = new CodeForm(byId("code-form"), session, {
      onPassed: (answer) => this.#proved(answer),
      onCancelled: close,
      onOver: () => {},
      onAgain: close,
      onChanged: () => {},
    });
    this.finish = new Finish();
    const steps = [this.view.node, this.form.form, this.code.form, this.finish.node];
    this.#sheet = new Sheet(steps, { onClosed: () => this.#closed() });
  }

  /** Show a person, and what can be done; `second` tells whether there is another administrator. */
  manage(person, second, roles) {
    this.#wipe();
    this.view.show(person, second, roles);
    this.#sheet.show(this.view.node, person.name);
  }

  /** Ask for somebody new. */
  add(roles) {
    this.#wipe();
    this.#ask(addition(roles));
  }

  /** Begin something that needs no form. */
  async begin(method, path, body = undefined) {
    this.#show(this.finish.node, text("done.working"));
    try {
      await this.#start(method, path, body);
    } catch (problem) {
      if (this.#session.open) this.#fail(problem.sentence);
    }
  }

  close() {
    this.#sheet.close();
  }

  #ask(form) {
    this.#show(this.form.form, form.title);
    this.form.start(form);
  }

  async #start(method, path, body) {
    const action = await this.#session.send(method, path, body);
    this.#ref = action.ref;
    this.view.clear();
    this.form.wipe();
    this.#show(this.code.form, text("code.title.administer"));
    this.code.start(action.challenge);
  }

  async #proved(answer) {
    this.#session.adoptProof(answer);
    const ref = this.#ref;
    this.#show(this.finish.node, text("done.working"));
    try {
      const action = await this.#session.send("POST", `${ACTIONS}/${encodeURIComponent(ref)}`);
      if (ref === this.#ref) this.#finished(action);
    } catch (problem) {
      if (ref === this.#ref && this.#session.open) this.#fail(problem.sentence);
    }
    this.#hooks.onDone();
  }

  #finished(action) {
    const waits = action.state === "waiting";
    this.#show(this.finish.node, text(waits ? "done.waitingTitle" : "done.title"));
    this.finish.show(text(wordsOf(action)), [[text("done.close"), () => this.close()]]);
    if (action.password) this.#showPassword(action.password);
  }

  #showPassword(password) {
    const copy = copyButton(text("done.copy"), password);
    const shown = make("div", { class: "made" }, make("code", { class: "secret" }, password));
    shown.append(make("div", { class: "copying" }, ...copy));
    this.finish.node.firstChild.after(shown);
    this.finish.node.firstChild.focus();
  }

  #fail(sentence) {
    this.#show(this.finish.node, text("done.failedTitle"));
    this.finish.fail(sentence, [[text("done.close"), () => this.close()]]);
  }

  #show(step, title) {
    this.#sheet.show(step, title);
  }

  #closed() {
    this.#wipe();
    this.#hooks.onClosed();
  }

  /** Leave nothing behind: no password on the page, no challenge that waits. */
  #wipe() {
    this.#ref = null;
    this.code.cancel();
    this.view.clear();
    this.form.wipe();
    this.finish.wipe();
  }
}

function wordsOf({ kind, state, password, sent }) {
  if (state === "waiting") return "done.waiting";
  if (password) return "done.password";
  if (sent !== undefined) return sent ? "done.sent" : "done.unsent";
  return kind === "add" || kind === "approve" ? "done.text" : "done.told";
}
