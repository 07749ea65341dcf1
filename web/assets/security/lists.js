// The lists of the page: loading, drawn, or why they could not be.
import { make, makeButton } from "../dom.js";
import { text } from "../texts.js";

/** A part of the page that is read from the gateway and drawn anew each time. */
export class Part {
  #box;
  #read;
  #draw;

  /** `read()` gives the data, `draw(data)` the elements in `box`. */
  constructor(box, read, draw) {
    this.#box = box;
    this.#read = read;
    this.#draw = draw;
  }

  /** Read and draw; returns the data, or null where that failed. */
  async load() {
    if (!this.#box.hasChildNodes())
      this.#box.replaceChildren(make("p", { class: "lead" }, text("list.loading")));
    try {
      const data = await this.#read();
      this.#box.replaceChildren(...this.#draw(data));
      return data;
    } catch (problem) {
      const again = makeButton("link-button", text("ended.again"), () => this.load());
      const words = make("p", { class: "error", role: "alert" }, `${problem.sentence} `, again);
      this.#box.replaceChildren(words);
      return null;
    }
  }

  clear() {
    this.#box.replaceChildren();
  }
}

/** One row: a title, facts beneath it, and what can be done with it. */
export function drawItem(title, facts, ...tools) {
  const words = make("div", { class: "item-words" }, make("p", { class: "item-title" }, ...title));
  words.append(...facts.map((fact) => make("p", { class: "item-fact" }, fact)));
  return make("li", { class: "item" }, words, ...tools);
}

/** A word that stands out beside a title. */
export function badge(words, look = "") {
  return make("span", { class: `badge ${look}`.trim() }, words);
}
