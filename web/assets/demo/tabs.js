// Tabs after the pattern of the ARIA Authoring Practices: arrows move, one panel is shown.
import { make } from "../dom.js";

/** `tabs` is `[{ id, words, panel }]`; fills `list`. `onShown(id)` after each change. */
export class Tabs {
  #tabs;
  #onShown;

  constructor(list, tabs, onShown = () => {}) {
    this.#onShown = onShown;
    this.#tabs = tabs.map(({ id, words, panel }) => {
      const badge = make("span", { class: "news", hidden: "" });
      const button = make("button", { type: "button", role: "tab", class: "tab", id: `tab-${id}` });
      button.append(words, " ", badge);
      button.setAttribute("aria-controls", `panel-${id}`);
      panel.id = `panel-${id}`;
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", button.id);
      button.addEventListener("click", () => this.show(id));
      return { id, button, badge, panel };
    });
    list.setAttribute("role", "tablist");
    list.replaceChildren(...this.#tabs.map(({ button }) => button));
    list.addEventListener("keydown", (event) => this.#move(event));
    this.show(tabs[0].id);
  }

  show(id) {
    this.shown = id;
    for (const { id: each, button, panel } of this.#tabs) {
      const on = each === id;
      button.setAttribute("aria-selected", String(on));
      button.tabIndex = on ? 0 : -1;
      panel.hidden = !on;
    }
    this.#onShown(id);
  }

  /** Say how many things are new behind a tab. */
  badge(id, count) {
    const { badge } = this.#tabs.find(({ id: each }) => each === id);
    badge.textContent = String(count);
    badge.hidden = count === 0;
  }

  #move(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = this.#tabs.findIndex(({ id }) => id === this.shown);
    const next = this.#tabs.at((at + step) % this.#tabs.length);
    this.show(next.id);
    next.button.focus();
  }
}
