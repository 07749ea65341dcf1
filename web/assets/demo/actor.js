// Does what a step of a tour says, in the chat and on the phone, where everybody can watch.
import { byId } from "../dom.js";
import { text } from "../texts.js";
import { Stuck } from "./frame.js";

export class Actor {
  #frame;
  #people;
  #phone;
  #view;

  /** `view(name)` brings a part of the demo to the front. */
  constructor({ frame, people, phone, view }) {
    this.#frame = frame;
    this.#people = people;
    this.#phone = phone;
    this.#view = view;
  }

  nameOf(username) {
    return this.#people.find(username)?.name ?? "";
  }

  /** A tour begins, with this person. */
  begin(username) {
    this.#people.choose(username);
  }

  /** Do one action; tell whether it could be done. What went wrong is said. */
  async act(action) {
    const [[kind, value]] = Object.entries(action);
    this.#view(kind === "text" || kind === "phone" ? "phone" : "chat");
    this.#people.say(text("tours.working"));
    try {
      await this[`_${kind}`](value);
      this.#people.say("");
      return true;
    } catch (problem) {
      const known = problem instanceof Stuck ? problem.message : problem.sentence;
      this.#people.say(known ?? text("stuck.notThere"));
      return false;
    }
  }

  _say(words) {
    return this.#frame.say(words);
  }

  _choose(words) {
    return this.#frame.choose(words);
  }

  _signIn(username) {
    return this.#people.signIn(username);
  }

  _code() {
    return this.#people.giveCode();
  }

  async _bySms() {
    await this.#frame.bySms();
    this.#phone.showTexts();
  }

  _text(words) {
    this.#phone.own(this.#people.chosen.username);
    return this.#phone.say(words);
  }

  _phone(username) {
    this.#phone.own(username);
  }

  async _short() {
    byId("short").checked = true;
    await this.#people.fresh();
  }

  async _fresh(username) {
    this.#people.show(username);
    await this.#people.fresh();
  }
}
