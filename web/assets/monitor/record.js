// One record of the trail, in words.
import { dayAndTime } from "../format.js";
import { hasText, text } from "../texts.js";

const seconds = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

/** Return `{at, tag, who, by, what, why, session}` of a record as words. */
export function wordsOf(record) {
  const decided = record.decision ? text(`decision.${record.decision}`) : "";
  const why = [decided, record.reason, record.outcome, record.purpose].filter(Boolean).join(" · ");
  return {
    at: momentOf(record.at),
    tag: record.tag,
    who: record.person ?? "",
    by: record.actor ?? "",
    what: record.operation ?? record.object ?? record.method ?? "",
    why,
    session: record.session ?? "",
  };
}

/** What a kind of records is called; one that this page does not know goes by its own name. */
export function kindName(kind) {
  return hasText(`kind.${kind}`) ? text(`kind.${kind}`) : kind;
}

function momentOf(value) {
  const moment = new Date(value);
  if (Number.isNaN(moment.getTime())) return String(value);
  const today = moment.toDateString() === new Date().toDateString();
  return today ? seconds.format(moment) : dayAndTime(value);
}
