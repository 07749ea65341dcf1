// Records of the trail: found by filters that the address keeps, new ones by themselves.
import { download } from "../api.js";
import { byId, disable, make, makeButton, onPress } from "../dom.js";
import { dayAndTime } from "../format.js";
import { counted, text } from "../texts.js";
import { drawRow, drawTable, fillPurposes } from "./choices.js";
import { Filters } from "./filters.js";
import { withQuery } from "./query.js";
import { wordsOf } from "./record.js";

const PATH = "/api/audit";
const EVERY_MS = 3000;
const MOST_SHOWN = 500;
const SHORT = 10;
const HEADS = ["at", "tag", "who", "by", "what", "why", "in"];

export class Records {
  #session;
  #read;
  #hooks;
  #box = byId("records");
  #filters;
  #live = true;
  #newer = null;
  #older = null;
  #timer = null;
  #version = 0;
  #body = null;

  /** `read(path)` tells of people; `hooks`: `announce(words)`. */
  constructor(session, read, hooks) {
    this.#session = session;
    this.#read = read;
    this.#hooks = hooks;
    this.#filters = new Filters(() => this.load());
    onPress(byId("feed"), () => (this.#live ? this.pause() : this.#go()));
    fillPurposes(byId("save-purpose"));
    for (const form of ["csv", "json"]) onPress(byId(`save-${form}`), () => this.#save(form));
    this.#showFeed();
  }

  /** Read the newest page anew. */
  async load() {
    const version = (this.#version += 1);
    clearTimeout(this.#timer);
    this.#box.replaceChildren(make("p", { class: "lead" }, text("list.loading")));
    try {
      const page = await this.#read(withQuery(PATH, this.#filters.values));
      if (version !== this.#version) return;
      [this.#newer, this.#older] = [page.newer, page.older ?? null];
      this.#draw(page);
      this.#wait();
    } catch (problem) {
      if (version === this.#version) this.#fail(problem);
    }
  }

  /** Stop the feed, as long as nobody starts it again. */
  pause() {
    this.#live = false;
    clearTimeout(this.#timer);
    this.#showFeed();
  }

  clear() {
    this.#version += 1;
    clearTimeout(this.#timer);
    this.#body = null;
    this.#box.replaceChildren();
    byId("save-state").textContent = "";
  }

  #go() {
    this.#live = true;
    this.#showFeed();
    this.#look();
  }

  #showFeed() {
    byId("feed-state").textContent = text(this.#live ? "feed.on" : "feed.off");
    byId("feed").textContent = text(this.#live ? "feed.pause" : "feed.start");
  }

  #wait() {
    clearTimeout(this.#timer);
    // What has an end has nothing new.
    if (this.#live && !this.#filters.values.until) this.#timer = setTimeout(() => this.#look(), EVERY_MS);
  }

  /** Ask what is new; a hidden page asks nothing. */
  async #look() {
    if (document.hidden || !this.#session.open || this.#newer === null) return this.#wait();
    const version = this.#version;
    try {
      const asked = { ...this.#filters.values, newer: this.#newer };
      const page = await this.#read(withQuery(PATH, asked));
      if (version !== this.#version) return;
      this.#newer = page.newer;
      if (page.records.length) this.#arrived(page.records);
    } catch (problem) {
      if (version === this.#version && problem.code === "step_up_required") return;
    }
    if (version === this.#version) this.#wait();
  }

  #arrived(records) {
    if (this.#body === null) return this.load();
    this.#body.prepend(...records.map((one) => this.#row(one)));
    while (this.#body.children.length > MOST_SHOWN) this.#body.lastElementChild.remove();
    this.#hooks.announce(counted("records.arrived", records.length));
  }

  #draw(page) {
    if (page.records.length === 0) {
      this.#body = null;
      const words = [make("p", { class: "lead" }, text("records.none"))];
      this.#box.replaceChildren(...words, ...this.#drawMore(page));
      return;
    }
    const heads = HEADS.map((key) => text(`records.${key}`));
    const table = drawTable(text("records.table"), heads, []);
    this.#body = table.querySelector("tbody");
    this.#body.append(...page.records.map((one) => this.#row(one)));
    this.#box.replaceChildren(table, ...this.#drawMore(page));
  }

  #drawMore(page) {
    if (this.#older === null) return [];
    const line = make("p", { class: "adds" });
    const more = makeButton("button quiet", text("records.more"), async () => {
      disable(more);
      const version = this.#version;
      try {
        const asked = { ...this.#filters.values, older: this.#older };
        const next = await this.#read(withQuery(PATH, asked));
        if (version !== this.#version) return;
        this.#older = next.older ?? null;
        if (this.#body === null) return this.#draw(next);
        this.#body.append(...next.records.map((one) => this.#row(one)));
        line.replaceWith(...this.#drawMore(next));
      } catch (problem) {
        line.replaceChildren(make("span", { class: "error", role: "alert" }, problem.sentence), more);
        disable(more, false);
      }
    });
    line.append(more);
    if (page.searched_until)
      line.append(" ", text("records.searched", { time: dayAndTime(page.searched_until) }));
    return [line];
  }

  #row(record) {
    const { at, tag, who, by, what, why, session } = wordsOf(record);
    const row = drawRow([at, tag, this.#link("person", who), this.#link("person", by), what, why, this.#link("session", session)]);
    if (record.decision === "deny") row.children[5].className = "is-denied";
    return row;
  }

  /** A name that shows only what is of the same one. */
  #link(filter, name) {
    if (!name) return "";
    const short = name.slice(0, SHORT);
    const link = makeButton("name-link", short, () => this.#filters.set({ [filter]: name }));
    const key = filter === "person" ? "records.onlyPerson" : "records.onlySession";
    link.setAttribute("aria-label", text(key, { name: short }));
    return link;
  }

  async #save(format) {
    const state = byId("save-state");
    const buttons = ["save-csv", "save-json"].map(byId);
    for (const button of buttons) disable(button);
    state.textContent = text("save.working");
    try {
      const purpose = byId("save-purpose").value;
      await download(withQuery(`${PATH}/file`, { ...this.#filters.values, format, purpose }));
      state.textContent = text("save.done");
    } catch (problem) {
      state.textContent = problem.sentence;
    }
    for (const button of buttons) disable(button, false);
  }

  #fail(problem) {
    this.#body = null;
    const again = makeButton("link-button", text("ended.again"), () => this.load());
    const words = make("p", { class: "error", role: "alert" }, `${problem.sentence} `, again);
    this.#box.replaceChildren(words);
  }
}
