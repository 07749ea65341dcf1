// The conversation on the screen: adding, scrolling, announcing, clearing.
import { byId, clone, make, onPress, part } from "./dom.js";
import { closeChoices, drawBotMessage, PersonMessage } from "./messages.js";
import { text } from "./texts.js";

const NEAR_THE_END_PX = 56;
const KEPT_ANNOUNCEMENTS = 4;
const SIGN_IN = "sign_in";

function momentOf({ at }) {
  return at ? new Date(at) : new Date();
}

export class Log {
  #box = byId("log");
  #list = byId("messages");
  #typing = byId("typing");
  #newer = byId("newer");
  #polite = byId("polite");
  #proofs = [];
  #pinned = true;
  #hooks;

  /** `hooks`: `choose(choice)`, `signIn()`, `enterCode(challenge)`, `ask(words)`. */
  constructor(hooks) {
    this.#hooks = hooks;
    this.#box.addEventListener("scroll", () => this.#followScroll());
    new ResizeObserver(() => this.follow()).observe(this.#box);
    onPress(this.#newer, () => {
      this.#toEnd();
      this.#box.focus();
    });
  }

  /** Greet, with `questions` to press. */
  welcome(questions) {
    const item = clone("welcome-template");
    for (const words of questions) {
      const button = make("button", { type: "button", class: "choice" }, words);
      onPress(button, () => this.#hooks.ask(words));
      part(item, "starters").append(button);
    }
    this.#list.append(item);
  }

  /** Show what the person said; returns its `PersonMessage`. */
  addPerson(words, moment = new Date()) {
    const message = new PersonMessage(words, moment);
    this.showPerson(message);
    return message;
  }

  /** Show a `PersonMessage` as the latest. */
  showPerson(message) {
    this.#list.querySelector(".welcome")?.remove();
    closeChoices(this.#list);
    this.#list.append(message.item);
    this.#toEnd();
  }

  addBot(messages) {
    this.#followScroll();
    const drawn = messages.map((message) => this.#append(message, momentOf(message)));
    for (const { proof } of drawn) {
      if (proof?.expiresIn) this.settleIn(proof.id, proof.expiresIn);
    }
    if (drawn.length === 0) return;
    this.#reveal(drawn[0].item);
    this.announce(drawn.map(({ spoken }) => `${text("log.bot")} ${spoken}`).join(" "));
  }

  /** Show an earlier conversation. */
  addPast(messages) {
    for (const message of messages) {
      const moment = new Date(message.at);
      if (message.sender === "person") this.addPerson(message.text ?? "", moment);
      else this.#append(message, moment);
    }
    this.#toEnd();
  }

  /** A message of another window, of the person or the bot; whoever reads further up stays there. */
  addOther(message) {
    if (message.sender !== "person") return this.addBot([message]);
    this.#followScroll();
    const [pinned, top] = [this.#pinned, this.#box.scrollTop];
    this.addPerson(message.text ?? "", momentOf(message));
    this.announce(`${text("log.person")} ${message.text ?? ""}`);
    if (pinned) return;
    this.#box.scrollTop = top;
    this.#pinned = this.#newer.hidden = false;
  }

  /** A message of the page itself, with what belongs to one; not kept. */
  addOwn(message) {
    this.addBot([message]);
  }

  /** A line of the page itself: neither the person's nor the bot's. */
  addNotice(words) {
    this.#list.append(make("li", { class: "notice" }, words));
    this.#toEnd();
    this.announce(words);
  }

  /** The ids of the challenges whose cards are open, oldest first. */
  get openProofs() {
    return [...new Set(this.#proofs.map(({ id }) => id))].filter((id) => id !== SIGN_IN);
  }

  /** Close the cards that ask for a proof: of a challenge's id, or "sign_in". */
  settle(id, state) {
    for (const proof of this.#proofs.filter((one) => one.id === id)) {
      clearTimeout(proof.timer);
      proof.settle(state);
    }
    this.#proofs = this.#proofs.filter((one) => one.id !== id);
  }

  /** Close the cards of a challenge in so many seconds. */
  settleIn(id, seconds) {
    for (const proof of this.#proofs.filter((one) => one.id === id)) {
      clearTimeout(proof.timer);
      proof.timer = setTimeout(() => this.settle(id, "expired"), seconds * 1000);
    }
  }

  typing(on) {
    this.#typing.hidden = !on;
    if (on) this.follow();
  }

  /** Keep the end in view, for a reader who is there. */
  follow() {
    if (this.#pinned) this.#toEnd();
  }

  /** Say `words` to a screen reader, once and politely. */
  announce(words) {
    this.#polite.append(make("p", {}, words));
    while (this.#polite.childElementCount > KEPT_ANNOUNCEMENTS) this.#polite.firstChild.remove();
  }

  /** Leave nothing of the conversation on the screen. */
  clear() {
    for (const { timer } of this.#proofs) clearTimeout(timer);
    this.#list.replaceChildren();
    this.#polite.replaceChildren();
    this.#proofs = [];
    this.#newer.hidden = true;
    this.typing(false);
  }

  #append(message, moment) {
    const drawn = drawBotMessage(message, moment, this.#hooks);
    if (drawn.proof) this.#proofs.push(drawn.proof);
    this.#list.append(drawn.item);
    return drawn;
  }

  #reveal(first) {
    if (!this.#pinned) {
      this.#newer.hidden = false;
      return;
    }
    this.#toEnd();
    // An answer taller than the screen is read from its beginning.
    const above = this.#box.getBoundingClientRect().top - first.getBoundingClientRect().top;
    if (above > 0) this.#box.scrollTop -= above + NEAR_THE_END_PX / 4;
  }

  #toEnd() {
    this.#box.scrollTop = this.#box.scrollHeight;
    this.#pinned = true;
    this.#newer.hidden = true;
  }

  #followScroll() {
    const below = this.#box.scrollHeight - this.#box.scrollTop - this.#box.clientHeight;
    this.#pinned = below < NEAR_THE_END_PX;
    if (this.#pinned) this.#newer.hidden = true;
  }
}
