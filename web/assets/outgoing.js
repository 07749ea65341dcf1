// What the person sends, one after the other. Words wait where there is no connection and go out
// by themselves, in order and once; a choice, like anything in the panel, is never kept for later.
import { text } from "./texts.js";

const PATH = "/api/messages";
/** No answer came, or the first attempt is still being answered: the same again, later. */
const WAITS = new Set(["offline", "no_answer", "in_progress"]);

export class Outgoing {
  #session;
  #log;
  #composer;
  #network;
  #onAnswer;
  #begin = null;
  #tail = new Promise((resolve) => (this.#begin = resolve));
  #open = new Set();
  #returned = [];
  #held = false;

  /** `onAnswer(messages)` gets what the bot answers. */
  constructor({ session, log, composer, network, onAnswer }) {
    this.#session = session;
    this.#log = log;
    this.#composer = composer;
    this.#network = network;
    this.#onAnswer = onAnswer;
    // Words that wait are nowhere but here.
    addEventListener("beforeunload", (event) => this.#held && event.preventDefault());
  }

  /** Whether something waits for the connection. */
  get isHeld() {
    return this.#held;
  }

  /** Send `body`, shown as `message`. `words` go back to the composer if they cannot be sent. */
  send(message, body, words) {
    const epoch = this.#begin ? null : this.#session.epoch;
    const turn = { message, body, words, epoch, mayBeKnown: false, gone: false };
    this.#open.add(turn);
    if (this.#held) this.#showWaiting(turn);
    else message.sending();
    this.#showTyping();
    this.#tail = this.#tail.then(() => this.#deliver(turn)).finally(() => this.#close(turn));
  }

  /**
   * What is sent from now on waits for `promise` as well. So does what was said before the first:
   * there was no session yet that it could have been said in.
   */
  after(promise) {
    this.#begin?.(promise);
    this.#begin = null;
    for (const turn of this.#open) turn.epoch ??= this.#session.epoch;
    this.#tail = Promise.all([this.#tail, promise]);
  }

  /** The conversation was drawn anew, as `messages`: what is in it was said; show the rest again. */
  drawnAnew(messages) {
    const said = new Set(messages.map((message) => message.client_id).filter(Boolean));
    for (const turn of this.#open) {
      if (this.#isOver(turn)) continue;
      turn.gone = said.has(turn.body.client_id);
      if (turn.gone) this.#network.wake();
      else this.#log.showPerson(turn.message);
    }
  }

  async #deliver(turn) {
    for (let failures = 1; !turn.gone; failures += 1) {
      // What waited for an answer when the session ended is not sent into the next one.
      if (this.#isOver(turn)) return this.#giveBack(turn);
      try {
        const { messages } = await this.#session.send("POST", PATH, turn.body);
        this.#release();
        if (turn.gone || this.#isOver(turn)) return;
        turn.message.sent();
        this.#onAnswer(messages);
        return;
      } catch (problem) {
        if (this.#isOver(turn)) return this.#giveBack(turn);
        if (!turn.words || !WAITS.has(problem.code)) return this.#fail(turn, problem);
        this.#hold(turn, problem.code);
        await this.#network.pause(failures);
      }
    }
  }

  #isOver({ epoch }) {
    return epoch !== this.#session.epoch;
  }

  #hold(turn, code) {
    turn.mayBeKnown ||= code !== "offline";
    // Only slow: the connection is there.
    if (code === "in_progress") return;
    const first = !this.#held;
    this.#held = true;
    const words = this.#network.showBroken(code);
    if (first) for (const one of this.#open) this.#showWaiting(one);
    else this.#showWaiting(turn);
    this.#showTyping();
    if (first) this.#log.announce(`${text("state.waiting")}. ${words}`);
    this.#log.follow();
  }

  #release() {
    if (!this.#held) return;
    this.#held = false;
    if (this.#network.hide()) this.#composer.focus();
    this.#log.announce(text("network.back"));
    for (const one of this.#open) one.message.sending();
    this.#showTyping();
  }

  /** Once it may have reached the server, taking it back would promise too much. */
  #showWaiting(turn) {
    turn.message.waiting(turn.mayBeKnown ? null : () => this.#takeBack(turn));
  }

  #takeBack(turn) {
    turn.gone = true;
    turn.message.item.remove();
    this.#open.delete(turn);
    this.#composer.restore(turn.words);
    this.#network.wake();
  }

  #giveBack({ words }) {
    if (this.#session.ended !== "signed-out" && words) this.#returned.push(words);
  }

  #close(turn) {
    this.#open.delete(turn);
    this.#showTyping();
    if (this.#open.size > 0) return;
    if (this.#held) {
      this.#held = false;
      this.#network.hide();
    }
    if (this.#returned.length) this.#composer.restore(this.#returned.splice(0).join("\n"));
  }

  #showTyping() {
    this.#log.typing(this.#open.size > 0 && !this.#held);
  }

  #fail({ message, body, words }, problem) {
    this.#release();
    const again = () => this.send(message, body, words);
    const edit = () => {
      message.item.remove();
      this.#composer.restore(words);
    };
    const lost = WAITS.has(problem.code);
    const sentence = lost ? `${problem.sentence} ${text("state.notKept")}` : problem.sentence;
    if (problem.retryable) message.failed(sentence, text("state.again"), again);
    else message.failed(sentence, words && text("state.edit"), edit);
    this.#log.follow();
    this.#log.announce(`${text("state.failed")}. ${sentence}`);
  }
}
