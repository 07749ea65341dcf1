// One alert: what it means, its evidence, whose name it is, and how it is closed.
import { byId, disable, make, makeButton, onPress } from "../dom.js";
import { dayAndTime } from "../format.js";
import { drawRows } from "../rows.js";
import { counted, text } from "../texts.js";
import { ALERTS } from "./alerts.js";
import { drawTable, fill, fillPurposes } from "./choices.js";
import { wordsOf } from "./record.js";

const REASONS = ["handled", "false_alarm", "expected", "duplicate", "test"];
const PEOPLE = "/api/audit/people";

export class AlertView {
  node = byId("alert-view");
  #session;
  #hooks;
  #shown = null;

  /** `hooks`: `onMoved()` once it has been closed. */
  constructor(session, hooks) {
    this.#session = session;
    this.#hooks = hooks;
  }

  async show(alert) {
    this.#shown = alert;
    this.node.replaceChildren(make("p", { class: "lead" }, text("list.loading")));
    try {
      const detail = await this.#session.read(this.#path(alert));
      if (this.#shown === alert) this.node.replaceChildren(...this.#draw(detail));
    } catch (problem) {
      if (this.#shown === alert)
        this.node.replaceChildren(make("p", { class: "error", role: "alert" }, problem.sentence));
    }
  }

  clear() {
    this.#shown = null;
    this.node.replaceChildren();
  }

  #draw({ alert, evidence, missing }) {
    const parts = [drawRows(factsOf(alert)), part("alert.evidence", ...drawEvidence(evidence, missing))];
    if (alert.person) parts.push(this.#drawWho(alert));
    if (alert.state !== "closed") parts.push(this.#drawClose(alert));
    return parts;
  }

  #drawWho({ person }) {
    const [purpose, told] = [make("select", { id: "who-purpose" }), make("p", { role: "status" })];
    fillPurposes(purpose);
    purpose.value = "incident";
    const ask = makeButton("button quiet", text("alert.whoDo"), async () => {
      disable(ask);
      try {
        const path = `${PEOPLE}/${encodeURIComponent(person)}`;
        const known = await this.#session.send("POST", path, { purpose: purpose.value });
        const key = known.disabled ? "alert.knownDisabled" : "alert.known";
        told.textContent = text(key, { ...known, roles: known.roles.join(", ") });
      } catch (problem) {
        told.textContent = problem.sentence;
      }
      disable(ask, false);
    });
    const note = make("p", { class: "field-hint" }, text("alert.whoText"));
    return part("alert.who", note, labelled("purpose.label", purpose), ask, told);
  }

  #drawClose(alert) {
    const [reason, error] = [make("select", { id: "close-reason" }), make("p", { class: "error", role: "alert" })];
    fill(reason, REASONS, (name) => text(`reason.${name}`));
    const close = make("button", { type: "button", class: "button primary" }, text("alert.closeDo"));
    onPress(close, async () => {
      disable(close);
      try {
        await this.#session.send("POST", this.#path(alert), { state: "closed", reason: reason.value });
        this.#hooks.onMoved();
      } catch (problem) {
        error.textContent = problem.sentence;
        disable(close, false);
      }
    });
    return part("alert.close", error, labelled("alert.reason", reason), close);
  }

  #path({ ref }) {
    return `${ALERTS}/${encodeURIComponent(ref)}`;
  }
}

function factsOf(alert) {
  const rows = [
    ["seen", alert.about],
    ["steps", alert.steps],
    ["also", alert.false_positives.join("; ")],
    ["done", alert.done.map((one) => text(`done.${one}`)).join(", ") || text("alert.nothing")],
    ["techniques", alert.techniques.join(", ")],
  ].map(([key, value]) => ({ label: text(`alert.${key}`), value }));
  if (alert.moved_at) {
    const moved = text("alert.moved", { time: dayAndTime(alert.moved_at), name: alert.moved_by });
    rows.push({ label: text(`state.${alert.state}`), value: moved });
  }
  return rows.filter(({ value }) => value);
}

function drawEvidence(evidence, missing) {
  const heads = ["at", "tag", "who", "why"].map((key) => text(`records.${key}`));
  const rows = evidence.map((one) => {
    const { at, tag, who, why } = wordsOf(one);
    return [at, tag, who, why];
  });
  const parts = rows.length ? [drawTable(text("alert.evidence"), heads, rows)] : [];
  if (missing) parts.push(make("p", { class: "field-hint" }, counted("alert.missing", missing)));
  return parts;
}

function part(title, ...children) {
  return make("div", {}, make("h3", {}, text(title)), ...children);
}

function labelled(key, select) {
  const label = make("label", { for: select.id }, text(key));
  return make("div", { class: "field" }, label, select);
}
