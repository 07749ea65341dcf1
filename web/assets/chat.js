// The turns, one after the other.
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
  #tail = Promise.resolve();
  #waiting = 0;

  constructor({ session, log, composer, panel }) {
    this.#session = session;
    this.#log = log;
    this.#composer = composer;
    this.#panel = panel;
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
    this.#queue(this.#log.addPerson(words), body, words);
  }

  choose(choice) {
    this.#composer.focus();
    this.#queue(this.#log.addPerson(choice.title), { choice: choice.id }, "");
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
    try {
      const path = `/api/challenges/${encodeURIComponent(challenge.id)}`;
      this.#panel.openCode(await this.#session.read(path));
    } catch (problem) {
      if (problem.status === 404 || problem.status === 410)
        this.#log.settle(challenge.id, "over");
      if (this.#session.open) this.#log.addNotice(problem.sentence);
    }
  }

  /** Show the conversation so far, or greet where there is none. */
  async recall() {
    const { epoch } = this.#session;
    try {
      const { messages } = await this.#session.read("/api/messages");
      if (epoch !== this.#session.epoch) return;
      if (messages.length) this.#log.addPast(messages);
      else this.#log.welcome(starters(this.#session.view));
      if (this.#session.view.user) this.#log.settle("sign_in", "signInDone");
      this.#settleClosed(this.#log.openProofs);
    } catch (problem) {
      if (epoch !== this.#session.epoch) return;
      this.#log.addNotice(text("log.noHistory", { reason: problem.sentence }));
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

  #queue(message, body, words) {
    message.sending();
    this.#waiting += 1;
    this.#log.typing(true);
    const { epoch } = this.#session;
    const turn = () => this.#deliver({ message, body, words, epoch });
    this.#tail = this.#tail.then(turn).finally(() => {
      this.#waiting -= 1;
      this.#log.typing(this.#waiting > 0);
    });
  }

  async #deliver(turn) {
    // What waited for an answer when the session ended is not sent into the next one.
    if (turn.epoch !== this.#session.epoch) return;
    let before;
    try {
      const { messages } = await this.#session.send("POST", "/api/messages", turn.body);
      if (turn.epoch !== this.#session.epoch) return;
      turn.message.sent();
      before = this.#log.openProofs;
      this.receive(messages);
    } catch (problem) {
      this.#undelivered(turn, problem);
      return;
    }
    // The turn may have moved the limits, or ended the session, or what waited.
    this.#session.refresh().catch(() => {});
    this.#settleClosed(before);
  }

  #undelivered({ message, body, words, epoch }, problem) {
    if (epoch !== this.#session.epoch) {
      if (this.#session.ended !== "signed-out" && words) this.#composer.restore(words);
      return;
    }
    const again = () => this.#queue(message, body, words);
    const edit = () => {
      message.item.remove();
      this.#composer.restore(words);
    };
    if (problem.retryable) message.failed(problem.sentence, text("state.again"), again);
    else message.failed(problem.sentence, words && text("state.edit"), edit);
    this.#log.follow();
    this.#log.announce(`${text("state.failed")}. ${problem.sentence}`);
  }
}
