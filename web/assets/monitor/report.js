// The report of a period: two days, a purpose, a file.
import { download } from "../api.js";
import { byId, disable } from "../dom.js";
import { text } from "../texts.js";
import { fill, fillPurposes } from "./choices.js";
import { withQuery } from "./query.js";

const PATH = "/api/audit/report";

export class Report {
  #session;
  #hooks;

  /** `hooks`: `stale(problem)` where it was refused. */
  constructor(session, hooks) {
    this.#session = session;
    this.#hooks = hooks;
    fillPurposes(byId("report-purpose"));
    fill(byId("report-form-of"), ["html", "json"], (form) => text(`report.${form}`));
    const today = new Date();
    byId("report-until").value = dayOf(today);
    byId("report-since").value = dayOf(new Date(today.getFullYear(), today.getMonth(), 1, 12));
    byId("report-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#make();
    });
  }

  async #make() {
    const state = byId("report-state");
    const button = byId("report-form").querySelector("button");
    const [first, last] = ["report-since", "report-until"].map((id) => byId(id).value);
    if (!first || !last || first > last) {
      state.textContent = text("report.days");
      return;
    }
    disable(button);
    state.textContent = text("save.working");
    try {
      const [purpose, format] = ["report-purpose", "report-form-of"].map((id) => byId(id).value);
      const [since, until] = [startOf(first), startOf(last, 1)];
      await download(withQuery(PATH, { since, until, purpose, format }));
      state.textContent = text("save.done");
    } catch (problem) {
      state.textContent = this.#session.open ? problem.sentence : "";
      this.#hooks.stale(problem);
    }
    disable(button, false);
  }
}

function dayOf(moment) {
  const local = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 10);
}

/** The first moment of a local day, or of one after it, in UTC. */
function startOf(day, after = 0) {
  const [year, month, date] = day.split("-").map(Number);
  return new Date(year, month - 1, date + after).toISOString();
}
