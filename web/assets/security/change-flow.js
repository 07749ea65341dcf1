// One change from its beginning to its end: password, proof, the new way, done.
import { CodeForm } from "../code-form.js";
import { byId } from "../dom.js";
import { leave } from "../sso/going.js";
import { Sheet } from "../sheet.js";
import { text } from "../texts.js";
import { ConfirmForm } from "./confirm-form.js";
import { Finish } from "./finish.js";
import { StartForm } from "./start-form.js";

const PATH = "/api/authenticators";

/**
 * Describe a change: `kind`, the call that begins it, and what the person is told first; `anew`
 * where it takes the place of what there is.
 */
export function addition(kind, anew = false) {
  const before = text(`change.${kind}.text`);
  const words = anew ? `${before} ${text(`change.${kind}.anewText`)}` : before;
  const title = text(`change.${kind}.${anew ? "anew" : "title"}`);
  return { kind, method: "POST", path: `${PATH}/${kind}`, title, words };
}

/** Linking the account at the provider `{id, name}`. */
export function linking({ id: provider, name }) {
  const [title, words] = ["title", "text"].map((part) => text(`change.sso.${part}`, { name }));
  return { kind: "sso", method: "POST", path: `${PATH}/sso`, title, words, body: { provider } };
}

/** The removal of the way `ref`, which is called `name`. */
export function removal(ref, name) {
  const path = `${PATH}/${encodeURIComponent(ref)}`;
  const words = text("change.remove.text", { name });
  return { kind: "remove", method: "DELETE", path, title: text("change.remove.title"), words };
}

export class ChangeFlow {
  #session;
  #hooks;
  #step = byId("panel-step");
  #sheet;
  #showsCodes = false;
  #change = null;
  #ref = null;
  #then = null;
  #enrolling = false;

  /**
   * `hooks`: `onDone(kind, enrolled)` once it is applied, `onClosed()`,
   * `insteadOfPassword()`: the providers `[{id, name}]` where somebody without one signs in anew.
   */
  constructor(session, hooks) {
    const again = () => (this.#then ? this.#sheet.close() : this.start(this.#change, this.#enrolling));
    const close = () => this.#sheet.close();
    this.#session = session;
    this.#hooks = hooks;
    this.startForm = new StartForm(session, {
      onStarted: (change) => this.#go(change),
      onCancel: close,
      insteadOfPassword: hooks.insteadOfPassword,
    });
    this.codeForm = new CodeForm(byId("code-form"), session, {
      onPassed: (answer) => this.#proved(answer),
      onCancelled: close,
      onOver: () => {},
      onAgain: again,
      onChanged: () => {},
    });
    this.confirmForm = new ConfirmForm(session, {
      onConfirmed: (change) => this.#go(change),
      onAgain: again,
    });
    this.finish = new Finish();
    const forms = [this.startForm, this.codeForm, this.confirmForm].map(({ form }) => form);
    this.#sheet = new Sheet([...forms, this.finish.node], { onClosed: () => this.#closed() });
    // Codes are shown this once: a stray Escape must not take them away. The key is held back
    // itself, because a browser lets "cancel" be prevented only once in a row.
    for (const type of ["keydown", "cancel"])
      byId("panel").addEventListener(type, (event) => this.#keepCodes(event));
  }

  /** Begin `change`; `enrolling` where the person has to add a way, and no password is asked. */
  start(change, enrolling = false) {
    this.#wipe();
    this.#change = change;
    this.#enrolling = enrolling;
    this.#show(this.startForm.form, 1, change.title);
    this.startForm.start(change, !enrolling);
  }

  /** Ask for a proof alone, with the challenge that is open; `then` goes on with what it is for. */
  prove(challenge, title, then) {
    this.#wipe();
    this.#then = then;
    this.#step.textContent = "";
    this.#sheet.show(this.codeForm.form, title);
    this.codeForm.start(challenge);
  }

  close() {
    this.#sheet.close();
  }

  /** Go on with the change as the gateway keeps it now. */
  #go(change) {
    this.#ref = change.ref;
    this.startForm.wipe();
    if (change.state === "prove" && change.challenge) {
      this.#show(this.codeForm.form, 2, text("code.title.change"));
      this.codeForm.start(change.challenge);
    } else if (change.state === "confirm" && change.kind === "sso") this.#signInThere(change);
    else if (change.state === "confirm") {
      this.#show(this.confirmForm.form, 3, text(`confirm.${change.kind}.title`));
      this.confirmForm.start(change);
    } else this.#finish(change);
  }

  async #proved(answer) {
    this.#session.adoptProof(answer);
    if (this.#then) {
      const then = this.#then;
      this.#sheet.close();
      return then();
    }
    const ref = this.#ref;
    this.#show(this.finish.node, 2, text("change.working"));
    try {
      const path = `${PATH}/changes/${encodeURIComponent(ref)}`;
      const change = await this.#session.send("POST", path);
      if (ref === this.#ref) this.#go(change);
    } catch (problem) {
      if (ref !== this.#ref || !this.#session.open) return;
      const again = () => this.start(this.#change, this.#enrolling);
      this.finish.fail(problem.sentence, [[text("code.again.change"), again]]);
    }
  }

  /** The new way is shown where it is: at the provider, which sends the person back here. */
  async #signInThere({ ref }) {
    this.#show(this.finish.node, 3, text("confirm.sso.title"));
    try {
      const { tenant } = this.#session.view;
      await leave(this.#session, { tenant, ...this.#change.body, change: ref });
    } catch (problem) {
      if (this.#session.open) this.finish.fail(problem.sentence, []);
    }
  }

  #finish({ kind, codes }) {
    this.#showCodes(Boolean(codes));
    this.confirmForm.wipe();
    this.#show(this.finish.node, 3, text(`change.${kind}.doneTitle`));
    const away = kind === "erase" ? () => location.assign("/") : () => this.#sheet.close();
    const leave = [text(codes ? "codes.saved" : "change.close"), away];
    const toCodes = [text("change.toCodes"), () => this.start(addition("recovery"))];
    const toChat = [text("security.back"), () => location.assign("/")];
    const buttons = this.#enrolling ? [toCodes, toChat] : [leave];
    this.finish.show(text(`change.${kind}.done`), buttons, codes ?? null);
    this.#hooks.onDone(kind, this.#enrolling);
  }

  #keepCodes(event) {
    if (this.#showsCodes && (event.type === "cancel" || event.key === "Escape"))
      event.preventDefault();
  }

  /** While codes are shown, the one way out is to say that they are saved. */
  #showCodes(on) {
    this.#showsCodes = on;
    byId("panel-close").hidden = on;
  }

  #show(step, number, title) {
    const total = this.#enrolling ? 2 : 3;
    const here = Math.min(number, total);
    this.#step.textContent = text("change.step", { number: here, total });
    this.#sheet.show(step, title);
  }

  #closed() {
    this.#wipe();
    this.#hooks.onClosed();
  }

  /** Leave nothing behind: no secret on the page, no challenge that waits. */
  #wipe() {
    this.#ref = this.#then = null;
    this.#showCodes(false);
    this.codeForm.cancel();
    this.startForm.wipe();
    this.confirmForm.wipe();
    this.finish.wipe();
  }
}
