// Charts as drawings of their own: bars that stand on each other, and lines. Each has its table.
import { make, makeSvg } from "../dom.js";
import { dayAndTime, dayOf, timeOfDay } from "../format.js";
import { text } from "../texts.js";
import { drawTable } from "./choices.js";

const [WIDTH, HEIGHT] = [600, 120];
const LOOKS = ["one", "two"];
const DAY_MS = 86_400_000;

/** Draw `buckets` as bars; `series` are `[name, key]`, the second one stands on the first. */
export function drawBars(title, buckets, series) {
  const top = Math.max(1, ...buckets.map((one) => series.reduce((sum, [, key]) => sum + one[key], 0)));
  const step = WIDTH / buckets.length;
  const bars = buckets.flatMap((one, index) => {
    let below = HEIGHT;
    return series.map(([, key], at) => {
      const height = (one[key] / top) * HEIGHT;
      below -= height;
      const place = { x: index * step + step * 0.1, y: below, width: step * 0.8, height };
      return makeSvg("rect", { class: LOOKS[at], ...place });
    });
  });
  return drawChart(title, buckets, series, top, bars);
}

/** Draw `buckets` as lines; where there is no number, there is no line. */
export function drawLines(title, buckets, series) {
  const known = buckets.flatMap((one) => series.map(([, key]) => one[key] ?? 0));
  const top = Math.max(1, ...known);
  const step = WIDTH / buckets.length;
  const lines = series.map(([, key], at) => {
    let pen = "M";
    const points = buckets.map((one, index) => {
      if (one[key] === undefined) {
        pen = "M";
        return "";
      }
      const x = (index + 0.5) * step;
      const y = HEIGHT - (one[key] / top) * HEIGHT;
      // One that stands alone is a dot of a line.
      const point = `${pen}${x.toFixed(1)} ${y.toFixed(1)}h0.1`;
      pen = "L";
      return point;
    });
    return makeSvg("path", { class: LOOKS[at], d: points.join("") || "M0 0" });
  });
  return drawChart(title, buckets, series, top, lines);
}

function drawChart(title, buckets, series, top, shapes) {
  const axis = makeSvg("line", { class: "axis", x1: 0, x2: WIDTH, y1: HEIGHT, y2: HEIGHT });
  const frame = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" };
  const [first, last] = [buckets[0].at, buckets.at(-1).at];
  const isLong = new Date(last) - new Date(first) > DAY_MS;
  const shown = (at) => (isLong ? dayOf(at) : timeOfDay(new Date(at)));
  const ends = make(
    "p",
    { class: "chart-ends" },
    make("span", {}, shown(first)),
    make("span", {}, text("figures.most", { most: numberOf(top) })),
    make("span", {}, shown(last)),
  );
  return make(
    "figure",
    { class: "chart" },
    make("figcaption", {}, title),
    makeSvg("svg", frame, axis, ...shapes),
    ends,
    drawLegend(series),
    make("details", {}, make("summary", {}, text("figures.table")), tableOf(title, buckets, series)),
  );
}

function drawLegend(series) {
  const items = series.map(([name], at) => {
    const mark = makeSvg("rect", { class: LOOKS[at], width: 16, height: 12, rx: 2 });
    const frame = { viewBox: "0 0 16 12", "aria-hidden": "true" };
    return make("span", {}, makeSvg("svg", frame, mark), " ", name);
  });
  return make("p", { class: "legend" }, ...items);
}

function tableOf(title, buckets, series) {
  const heads = [text("figures.at"), ...series.map(([name]) => name)];
  const rows = buckets.map((one) => [
    dayAndTime(one.at),
    ...series.map(([, key]) => (one[key] === undefined ? "–" : numberOf(one[key]))),
  ]);
  return drawTable(title, heads, rows);
}

function numberOf(value) {
  return String(Math.round(value * 100) / 100);
}
