// Cards of the clinic: appointments, medicines, and results with a picture drawn from typed numbers.
import { make, makeSvg } from "./dom.js";
import { calendarDay } from "./format.js";
import { text } from "./texts.js";

const NUMBER = /^\d{1,6}(\.\d{1,3})?$/;
const CLOCK = /^\d{2}:\d{2}$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const FLAGS = { L: "low", N: "normal", H: "high" };
const WIDTH = 240;
const HEIGHT = 72;
const EDGE = 10;

function word(value) {
  if (typeof value !== "string" || value === "") throw new TypeError("a card carries words");
  return value;
}

function shaped(value, shape) {
  if (!shape.test(word(value))) throw new TypeError("a card carries typed values");
  return value;
}

/** Draw appointments; their times are the clinic's own, whatever the clock of this device says. */
export function drawAppointments(card) {
  const list = make("ul", { class: "card visits", "aria-label": text("card.appointments") });
  list.append(...card.rows.map(drawAppointment));
  return list;
}

function drawAppointment(row) {
  const from = shaped(row.time, CLOCK);
  const when = make(
    "time",
    { datetime: `${shaped(row.date, DAY)}T${from}`, class: "visit-when" },
    make("span", { class: "visit-day" }, calendarDay(row.date)),
    " ",
    make("span", { class: "visit-time" }, `${from}–${shaped(row.until, CLOCK)}`),
  );
  const who = text("card.visitWith", { patient: word(row.patient), with: word(row.with) });
  return make("li", { class: "visit" }, when, make("p", { class: "visit-who", dir: "auto" }, who));
}

/** Draw medicines: what, how it is taken, since when. */
export function drawMedications(card) {
  const name = text("card.medications", { patient: word(card.patient) });
  const list = make("ul", { class: "card medicines", "aria-label": name });
  list.append(make("li", { class: "card-head", dir: "auto" }, name));
  list.append(...card.rows.map(drawMedicine));
  return list;
}

function drawMedicine(row) {
  const since = text(`card.medicine.${word(row.status)}`, {
    day: calendarDay(shaped(row.since, DAY)),
    by: word(row.by),
  });
  return make(
    "li",
    { class: row.status === "active" ? "medicine" : "medicine past" },
    make("p", { class: "medicine-name", dir: "auto" }, word(row.name)),
    make("p", { class: "medicine-dosage", dir: "auto" }, word(row.dosage)),
    make("p", { class: "medicine-since" }, since),
  );
}

/** Draw laboratory results: each with its value, its reference range and its course. */
export function drawResults(card) {
  const name = text("card.results", { patient: word(card.patient) });
  const list = make("ul", { class: "card results", "aria-label": name });
  list.append(make("li", { class: "card-head", dir: "auto" }, name));
  list.append(...card.rows.map(drawResult));
  return list;
}

function drawResult(row) {
  const flag = FLAGS[row.flag];
  if (flag === undefined) throw new TypeError("a card carries known flags");
  const value = `${shaped(row.value, NUMBER)} ${word(row.unit)}`;
  const facts = make(
    "div",
    { class: "result-facts" },
    make("p", { class: "result-name", dir: "auto" }, word(row.name)),
    make(
      "p",
      { class: "result-value" },
      make("strong", {}, value),
      " ",
      make("span", { class: "result-flag" }, text(`card.flag.${flag}`)),
    ),
    make("p", { class: "result-range" }, rangeOf(row)),
    make("p", { class: "result-range" }, calendarDay(shaped(row.date, DAY))),
  );
  return make("li", { class: `result ${flag}` }, facts, picture(row));
}

function rangeOf({ low, high, unit }) {
  if (low !== undefined && high !== undefined) {
    return text("card.range.both", { low: shaped(low, NUMBER), high: shaped(high, NUMBER), unit });
  }
  if (high !== undefined) return text("card.range.high", { high: shaped(high, NUMBER), unit });
  return low === undefined ? "" : text("card.range.low", { low: shaped(low, NUMBER), unit });
}

/** Draw the values over time, in front of the band of the reference range. */
function picture(row) {
  const course = [...row.earlier].reverse().concat([{ date: row.date, value: row.value }]);
  const days = course.map(({ date }) => Date.parse(`${shaped(date, DAY)}T00:00:00Z`) / 864e5);
  const values = course.map(({ value }) => Number(shaped(value, NUMBER)));
  const low = row.low === undefined ? undefined : Number(shaped(row.low, NUMBER));
  const high = row.high === undefined ? undefined : Number(shaped(row.high, NUMBER));
  const y = upward([...values, low, high].filter((each) => each !== undefined));
  const x = along(days);
  const top = high === undefined ? 0 : y(high);
  const bottom = low === undefined ? HEIGHT : y(low);
  const said = course.map(({ date, value }) => `${calendarDay(date)}: ${value}`).join("; ");
  const label = text("card.course", { name: row.name, unit: row.unit, values: said });
  const points = values.map((value, at) => [x(days[at]), y(value)]);
  const band = { class: "band", x: 0, y: top, width: WIDTH, height: Math.max(bottom - top, 1) };
  const drawing = makeSvg(
    "svg",
    { class: "course", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label },
    makeSvg("rect", band),
    makeSvg("polyline", { class: "line", points: points.map((each) => each.join(",")).join(" ") }),
  );
  points.forEach(([cx, cy], at) => {
    const last = at === points.length - 1;
    drawing.append(
      makeSvg("circle", { class: last ? "point newest" : "point", cx, cy, r: last ? 5 : 3 }),
    );
  });
  return drawing;
}

function upward(values) {
  const least = Math.min(...values);
  const most = Math.max(...values);
  const span = most - least || 1;
  return (value) => round(HEIGHT - EDGE - ((value - least) / span) * (HEIGHT - 2 * EDGE));
}

function along(days) {
  const [first, last] = [days[0], days[days.length - 1]];
  if (last === first) return () => WIDTH / 2;
  return (day) => round(EDGE + ((day - first) / (last - first)) * (WIDTH - 2 * EDGE));
}

function round(value) {
  return Math.round(value * 10) / 10;
}
