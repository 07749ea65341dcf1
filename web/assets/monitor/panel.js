// The panel of this page: a proof, an alert with its evidence, the end of a session.
import { CodeForm } from "../code-form.js";
import { byId } from "../dom.js";
import { Finish } from "../security/finish.js";
import { Sheet } from "../sheet.js";
import { text } from "../texts.js";
import { AlertView } from "./alert-view.js";

const SESSIONS = "/api/audit/sessions";
const ACTIONS = "/api/audit/actions";

export class Panel {
  #session;
  #hooks;
  #sheet;
  #then = null;

  /** `hooks`: `onMoved()`, `onEnded()`, `onClosed()`, `onStale()` where a proof is too old. */
  constructor(session, hooks) {
    this.#session = session;
    this.#hooks = hooks;
    const close = () => this.close();
    this.view = new AlertView(session, {
      onMoved: () => {
        close();
        hooks.onMoved();
      },
    });
    this.code = new CodeForm(byId("code-form"), session, {
      onPassed: (answer) => this.#proved(answer),
      onCancelled: close,
      onOver: () => {},
      onAgain: close,
      onChanged: () => {},
    });
    this.finish = new Finish();
    const steps = [this.view.node, this.code.form, this.finish.node];
    this.#sheet = new Sheet(steps, { onClosed: () => this.#closed() });
  }

  /** Ask for a proof, then go on. */
  prove(challenge, then) {
    this.#wipe();
    this.#then = () => {
      this.close();
      return then();
    };
    this.#sheet.show(this.code.form, text(`code.title.${challenge.purpose}`));
    this.code.start(challenge);
  }

  /** Show an alert with its evidence. */
  look(alert) {
    this.#wipe();
    this.#sheet.show(this.view.node, alert.title);
    this.view.show(alert);
  }

  /** Ask for a session to be ended. */
  async end({ ref }) {
    this.#wipe();
    this.#show(text("end.working"));
    try {
      const action = await this.#session.send("POST", `${SESSIONS}/${encodeURIComponent(ref)}/end`);
      this.prove(action.challenge, () => {});
      this.#then = () => this.#end(action.ref);
    } catch (problem) {
      this.#fail(problem);
    }
  }

  close() {
    this.#sheet.close();
  }

  async #end(ref) {
    this.#show(text("end.working"));
    try {
      await this.#session.send("POST", `${ACTIONS}/${encodeURIComponent(ref)}`);
      this.#show(text("end.title"));
      this.finish.show(text("end.done"), [[text("end.close"), () => this.close()]]);
    } catch (problem) {
      this.#fail(problem);
    }
    this.#hooks.onEnded();
  }

  #proved(answer) {
    this.#session.adoptProof(answer);
    this.#then?.();
  }

  #show(title) {
    this.finish.wipe();
    this.#sheet.show(this.finish.node, title);
  }

  #fail(problem) {
    if (!this.#session.open) return;
    if (problem.code === "step_up_required") {
      this.close();
      return this.#hooks.onStale();
    }
    this.#show(text("end.failed"));
    this.finish.fail(problem.sentence, [[text("end.close"), () => this.close()]]);
  }

  #closed() {
    this.#wipe();
    this.#hooks.onClosed();
  }

  #wipe() {
    this.#then = null;
    this.code.cancel();
    this.view.clear();
    this.finish.wipe();
  }
}
