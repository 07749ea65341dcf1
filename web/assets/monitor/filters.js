// The filters of records: what is typed is taken when it is asked for, and the address keeps it.
import { byId, make, onPress } from "../dom.js";
import { text } from "../texts.js";
import { asked, remember } from "./query.js";
import { kindName } from "./record.js";

const KINDS = [
  "sign_in", "session", "challenge", "account", "operation", "pending", "turn", "admin", "data",
  "message", "sms", "sso", "token", "watch", "audit",
];
const NAMES = ["kind", "decision", "operation", "person", "session", "since", "until"];
const MOMENTS = new Set(["since", "until"]);

export class Filters {
  /** What the calls are given; moments are UTC. */
  values = {};
  #onChange;

  /** `onChange()` where others are wanted. */
  constructor(onChange) {
    this.#onChange = onChange;
    const kinds = KINDS.map((kind) => make("option", { value: kind }, kindName(kind)));
    byId("filter-kind").append(make("option", { value: "" }, text("records.any")), ...kinds);
    for (const name of ["", "allow", "deny"]) {
      const words = text(name ? `decision.${name}` : "records.any");
      byId("filter-decision").append(make("option", { value: name }, words));
    }
    this.#show(asked(NAMES));
    this.values = this.#typed();
    byId("records-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#take();
    });
    onPress(byId("filter-clear"), () => this.set({}, true));
  }

  /** Let these be the filters, beside those that there are, or `alone`. */
  set(values, alone = false) {
    this.#show(alone ? values : { ...this.values, ...values });
    this.#take();
  }

  #take() {
    this.values = this.#typed();
    remember(Object.fromEntries(NAMES.map((name) => [name, this.values[name] ?? ""])));
    this.#onChange();
  }

  #show(values) {
    for (const name of NAMES) {
      const value = values[name] ?? "";
      const field = byId(`filter-${name}`);
      // A tag of its own is a kind as well, though not one of the list.
      if (name === "kind" && value && ![...field.options].some((one) => one.value === value))
        field.append(make("option", { value }, kindName(value)));
      field.value = MOMENTS.has(name) ? localOf(value) : value;
    }
  }

  #typed() {
    const typed = NAMES.map((name) => {
      const value = byId(`filter-${name}`).value.trim();
      return [name, MOMENTS.has(name) ? utcOf(value) : value];
    });
    return Object.fromEntries(typed.filter(([, value]) => value));
  }
}

/** From the field's local time to UTC. */
function utcOf(value) {
  const moment = new Date(value);
  return value && !Number.isNaN(moment.getTime()) ? moment.toISOString() : "";
}

/** From UTC to what the field shows. */
function localOf(value) {
  const moment = new Date(value);
  if (!value || Number.isNaN(moment.getTime())) return "";
  const local = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
