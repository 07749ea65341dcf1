// A QR code as a drawing. Dark on white with a quiet zone in every theme: cameras need it.
import { makeSvg } from "../dom.js";

const QUIET = 4;
const LARGEST = 177;
const ROW = /^[01]+$/;

/** Draw rows of "0" and "1"; null where they are no square of them. */
export function drawQr(modules, label) {
  const rows = modules.trim().split("\n");
  const size = rows.length;
  const square = rows.every((row) => row.length === size && ROW.test(row));
  if (!square || size > LARGEST) return null;
  const side = size + 2 * QUIET;
  const drawing = makeSvg("svg", {
    class: "qr",
    role: "img",
    "aria-label": label,
    viewBox: `${-QUIET} ${-QUIET} ${side} ${side}`,
    "shape-rendering": "crispEdges",
  });
  const paper = { class: "qr-paper", x: -QUIET, y: -QUIET, width: side, height: side };
  drawing.append(makeSvg("rect", paper));
  rows.forEach((row, y) => drawing.append(...drawRow(row, y)));
  return drawing;
}

/** Neighbours are one bar: hairlines between them would mislead a camera. */
function drawRow(row, y) {
  return [...row.matchAll(/1+/g)].map(({ index, 0: bar }) =>
    makeSvg("rect", { class: "qr-ink", x: index, y, width: bar.length, height: 1 }),
  );
}
