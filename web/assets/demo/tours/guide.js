// A tour as the presenter sees it: one step at a time, with buttons that do what it says.
import { disable, isDisabled, make, makeButton } from "../../dom.js";
import { text } from "../../texts.js";
import { TOURS } from "./tours.js";

export class Guide {
  /** What the page shows. */
  node = make("div", { class: "tour" });
  #select = make("select", { id: "tour" });
  #step = make("div", { class: "step" });
  #tour = TOURS[0];
  #at = 0;
  #done = new Set();
  #actor;

  /** `actor` does what the steps say: `actor.act(action)`, `actor.nameOf(username)`, `actor.begin(username)`. */
  constructor(actor) {
    this.#actor = actor;
    this.#select.append(...TOURS.map(({ id }) => make("option", { value: id }, text(`tour.${id}.title`))));
    this.#select.addEventListener("change", () => this.#choose());
    const label = make("label", { for: "tour" }, text("tours.choose"));
    const anew = make("p", { class: "small" }, text("tours.anew"));
    this.node.append(make("div", { class: "field" }, label, this.#select), this.#step, anew);
    this.#draw();
  }

  #choose() {
    this.#tour = TOURS.find(({ id }) => id === this.#select.value);
    this.#actor.begin(this.#tour.person);
    this.#go(0);
  }

  #go(step) {
    this.#at = step;
    this.#draw();
  }

  #draw() {
    const { id, steps } = this.#tour;
    const [name, actions] = steps[this.#at];
    const words = (what) => text(`tour.${id}.${name}.${what}`);
    const count = make("p", { class: "step-count" }, text("tours.step", { number: this.#at + 1, count: steps.length }));
    const title = make("h2", { class: "step-do", tabindex: "-1" }, words("do"));
    const buttons = make("div", { class: "step-actions" }, ...actions.map((action) => this.#button(action)));
    const told = [
      make("dt", {}, text("tours.see")),
      make("dd", {}, words("see")),
      make("dt", { class: "guarded" }, text("tours.guard")),
      make("dd", {}, words("guard")),
    ];
    const move = this.#drawMove(steps.length);
    this.#step.replaceChildren(count, title, buttons, make("dl", { class: "told" }, ...told), move);
  }

  #drawMove(count) {
    const go = (step) => {
      this.#go(step);
      this.#step.querySelector(".step-do").focus();
    };
    const back = makeButton("button quiet", text("tours.back"), () => go(this.#at - 1));
    const next = makeButton("button quiet", text("tours.next"), () => go(this.#at + 1));
    disable(back, this.#at === 0);
    disable(next, this.#at === count - 1);
    return make("div", { class: "step-move" }, back, next);
  }

  #button(action) {
    const words = this.#label(action);
    const key = `${this.#tour.id} ${this.#at} ${words}`;
    const button = makeButton("button step-button", words, () => this.#act(action, button, key));
    button.classList.toggle("was-done", this.#done.has(key));
    return button;
  }

  async #act(action, button, key) {
    const all = [...this.#step.querySelectorAll("button")].filter((each) => !isDisabled(each));
    for (const each of all) disable(each);
    try {
      if (!(await this.#actor.act(action))) return;
      this.#done.add(key);
      button.classList.add("was-done");
      if (!button.querySelector(".hidden")) button.append(make("span", { class: "hidden" }, ` ${text("tours.done")}`));
    } finally {
      for (const each of all) disable(each, false);
    }
  }

  #label(action) {
    const [[kind, value]] = Object.entries(action);
    if (kind === "say") return text("tours.say", { words: value });
    if (kind === "choose") return text("tours.choosing", { words: value });
    if (kind === "text") return text("tours.text", { words: value });
    return text(`tours.${kind}`, { name: this.#actor.nameOf(value) });
  }
}
