// The turns: what is said, and what is answered.
import { Outgoing } from "./outgoing.js";
import { starters } from "./starters.js";
import { text } from "./texts.js";

/** What a code looks like when it is typed into the chat by mistake. */
const LOOKS_LIKE_A_CODE = /^\d{3}[\s-]?\d{3}$/;
/** And what is to be typed into the panel beside one, such as a PIN. */
const LOOKS_LIKE_AN_ENTRY = /^\D*\d{4,12}\D*$/;

/** How many open cards are looked after; more wait only where somebody plays. */
const MOST_LOOKS = 3;

export class Chat {
  #session;
  #log;
  #composer;
  #panel;
  #outgoing;

  constructor({ session, log, composer, panel, network }) {
    this.#session = session;
    this.#log = log;
    this.#composer = composer;
    this.#panel = panel;
    const onAnswer = (messages) => this.#answered(messages);
    this.#outgoing = new Outgoing({ session, log, composer, network, onAnswer });
  }

  say(words) {
    const { waiting } = this.#panel;
    if (waiting?.panel && LOOKS_LIKE_AN_ENTRY.test(words)) {
      this.#log.addNotice(text("entry.notHere"));
      this.#panel.openCode(waiting);
      return;
    }
    if (waiting && LOOKS_LIKE_A_CODE.test(words)) {
      this.#panel.openCode(waiting, words.replace(/\D/g, ""));
      return;
    }
    // A repeated attempt carries the same id, so that the server answers it only once.
    const body = { text: words, client_id: crypto.randomUUID() };
    this.#outgoing.send(this.#log.addPerson(words), body, words);
  }

  /** Send a choice; returns whether it is taken: one is never kept for later. */
  choose(choice) {
    if (this.#outgoing.isHeld) {
      this.#log.addNotice(text("network.noChoice"));
      return false;
    }
    this.#composer.focus();
    this.#outgoing.send(this.#log.addPerson(choice.title), { choice: choice.id }, "");
    return true;
  }

  /** Show answers; the last that asks for a proof opens the panel, once. */
  receive(messages) {
    this.#log.addBot(messages);
    const asking = messages.findLast((message) => message.challenge || message.sign_in);
    if (asking?.challenge) this.#panel.openCode(asking.challenge);
    else if (asking && !this.#session.view?.user) this.#panel.openSignIn(this.#session.view?.tenant);
  }

  /** Open a code card again, as the challenge stands now. */
  async reopen(challenge) {
    const { epoch } = this.#session;
    try {
      const path = `/api/challenges/${encodeURIComponent(challenge.id)}`;
      const view = await this.#session.read(path);
      if (epoch === this.#session.epoch) this.#panel.openCode(view);
    } catch (problem) {
      if (problem.status === 404 || problem.status === 410)
        this.#log.settle(challenge.id, "over");
      if (this.#session.open) this.#log.addNotice(problem.sentence);
    }
  }

  /** Show the conversation so far, or greet where there is none; returns it, null if unknown. */
  recall() {
    const recalled = this.#recall();
    // An answer that is in what is read already would be shown twice.
    this.#outgoing.after(recalled);
    return recalled;
  }

  async #recall() {
    const { epoch } = this.#session;
    try {
      const { messages } = await this.#session.read("/api/messages");
      if (epoch !== this.#session.epoch) return null;
      if (messages.length) this.#log.addPast(messages);
      else this.#log.welcome(starters(this.#session.view));
      this.#outgoing.drawnAnew(messages);
      if (this.#session.view.user) this.#log.settle("sign_in", "signInDone");
      this.#settleClosed(this.#log.openProofs);
      return messages;
    } catch (problem) {
      if (epoch === this.#session.epoch)
        this.#log.addNotice(text("log.noHistory", { reason: problem.sentence }));
      return null;
    }
  }

  /** Close the cards of what waits no longer: a "no" in the chat voids it, for one. */
  async #settleClosed(ids) {
    const looks = ids.slice(-MOST_LOOKS).map(async (id) => {
      try {
        const path = `/api/challenges/${encodeURIComponent(id)}`;
        this.#log.settleIn(id, (await this.#session.read(path)).expires_in);
      } catch (problem) {
        if (problem.status !== 404 && problem.status !== 410) return;
        // Void, dropped for another, or too late: the server does not tell which, the bot does.
        this.#log.settle(id, "over");
        if (this.#panel.waiting?.id === id) this.#panel.dropCode();
      }
    });
    await Promise.all(looks);
  }

  #answered(messages) {
    const before = this.#log.openProofs;
    this.receive(messages);
    // The turn may have moved the limits, or ended the session, or what waited.
    this.#session.refresh().catch(() => {});
    this.#settleClosed(before);
  }
}
