// How the log stands: checked bit by bit, as often as it takes until nothing is left.
import { byId, disable, make, onPress } from "../dom.js";
import { dayAndTime } from "../format.js";
import { drawRows } from "../rows.js";
import { badge, Part } from "../security/lists.js";
import { text } from "../texts.js";

const PATH = "/api/audit/verify";
const MOST_ROUNDS = 200;

export class LogState {
  #session;
  #part;

  constructor(session) {
    this.#session = session;
    this.#part = new Part(byId("log"), () => session.read(PATH), (state) => this.#draw(state));
    onPress(byId("log-check"), () => this.load());
  }

  /** Read, and go on until all has been checked. */
  async load() {
    disable(byId("log-check"));
    let left = MOST_ROUNDS;
    let state = await this.#part.load();
    while (state && !state.complete && state.state !== "broken" && this.#session.open && left > 0) {
      left -= 1;
      state = await this.#part.load();
    }
    disable(byId("log-check"), false);
  }

  clear() {
    this.#part.clear();
  }

  #draw(state) {
    const bad = state.state === "broken" || !state.writable;
    const key = state.state === "whole" && !state.complete ? "checking" : state.state;
    const words = [make("p", { class: "item-title" }, badge(text(`log.${key}`), bad ? "bad" : ""))];
    if (!state.writable) words.push(make("p", { class: "error", role: "alert" }, text("log.closed")));
    return [...words, drawRows(rowsOf(state)), make("p", { class: "item-fact" }, text("log.once"))];
  }
}

function rowsOf(state) {
  const at = (moment) => (moment ? dayAndTime(moment) : text("log.none"));
  const checkpoint = state.checkpoint_at
    ? text("log.checkpointOf", { number: state.checkpoint, time: dayAndTime(state.checkpoint_at) })
    : text("log.none");
  const rows = [
    ["until", at(state.checked_until)],
    ["checkpoint", checkpoint],
    ["unsigned", String(state.unsigned)],
    ["newest", at(state.newest_at)],
    ["watched", at(state.watched_until)],
  ];
  if (state.problem) rows.unshift(["problem", state.problem]);
  return rows.map(([key, value]) => ({ label: text(`log.${key}`), value }));
}
