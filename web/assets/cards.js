// Cards: typed blocks that are drawn here (docs/architecture.md, "Cards"). Never HTML.
import { drawConfirmation, drawReceipt } from "./approvals.js";
import { make } from "./dom.js";
import { calendarDay, isNegative, money } from "./format.js";
import { drawAppointments, drawMedications, drawResults } from "./health-cards.js";
import { drawOrders, drawTimeline } from "./order-cards.js";
import { drawSpending } from "./spending-card.js";
import { text } from "./texts.js";
import { drawDocument, drawFacts, drawList, drawRecover } from "./work-cards.js";

/** Draw a card; one of an unknown kind or shape becomes a sentence. */
export function drawCard(card) {
  try {
    return DRAWN.get(card.kind)(card);
  } catch {
    return make("p", { class: "card unknown" }, text("card.unknown"));
  }
}

// A map, because an object would also know "constructor".
const DRAWN = new Map([
  ["balances", drawBalances],
  ["transactions", drawTransactions],
  ["bills", drawBills],
  ["confirmation", drawConfirmation],
  ["receipt", drawReceipt],
  ["facts", drawFacts],
  ["list", drawList],
  ["recover", drawRecover],
  ["document", drawDocument],
  ["appointments", drawAppointments],
  ["lab_results", drawResults],
  ["medications", drawMedications],
  ["timeline", drawTimeline],
  ["orders", drawOrders],
  ["spending", drawSpending],
]);

function word(value) {
  if (typeof value !== "string") throw new TypeError("a card carries words");
  return value;
}

function drawBalances(card) {
  const list = make("ul", { class: "card accounts", "aria-label": text("card.balances") });
  list.append(...card.accounts.map(drawAccount));
  return list;
}

function drawAccount(account) {
  const currency = word(account.currency);
  const shown = (amount) => money(word(amount), currency);
  const facts = make("dl", { class: "figures" });
  facts.append(
    fact("balance", text("card.balance"), shown(account.balance)),
    fact("available", text("card.available"), shown(account.available)),
  );
  return make("li", { class: "account" }, accountName(account), facts);
}

function accountName({ name, number }) {
  return make(
    "p",
    { class: "account-name" },
    make("span", { class: "account-title" }, word(name)),
    " ",
    make("span", { class: "account-number" }, word(number)),
  );
}

function fact(kind, label, value) {
  return make("div", { class: kind }, make("dt", {}, label), make("dd", {}, value));
}

// The roles are written out because the stacked layout of narrow screens, which is not a table for
// CSS, would otherwise take them away.
function drawTransactions(card) {
  const caption = text("card.transactions", {
    account: `${word(card.account.name)} ${word(card.account.number)}`,
  });
  const rows = card.rows.map(drawRow);
  return sheet(caption, { date: "date", text: "text", amount: "amount" }, rows);
}

// What is due is neither in nor out yet, so its amounts carry no sign.
function drawBills(card) {
  const rows = card.rows.map((bill) => {
    const amount = money(word(bill.amount), word(bill.currency));
    const what = `${word(bill.biller)}, ${word(bill.reference)}`;
    return line(word(bill.due_on), what, make("td", { role: "cell", class: "amount" }, amount));
  });
  return sheet(text("card.bills"), { date: "due", text: "biller", amount: "amount" }, rows);
}

function sheet(caption, columns, rows) {
  const body = rows.length ? rows : [emptyRow()];
  const table = make(
    "table",
    { role: "table" },
    make("caption", {}, caption),
    make("thead", { role: "rowgroup" }, headRow(columns)),
    make("tbody", { role: "rowgroup" }, ...body),
  );
  return make("div", { class: "card transactions" }, table);
}

function headRow(columns) {
  const cells = Object.entries(columns).map(([name, title]) =>
    make("th", { scope: "col", role: "columnheader", class: name }, text(`card.${title}`)),
  );
  return make("tr", { role: "row" }, ...cells);
}

function drawRow(row) {
  return line(word(row.date), word(row.text), amountCell(word(row.amount), word(row.currency)));
}

function line(day, what, amount) {
  const date = make("time", { datetime: day }, calendarDay(day));
  return make(
    "tr",
    { role: "row" },
    make("td", { role: "cell", class: "date" }, date),
    make("th", { scope: "row", role: "rowheader", class: "text", dir: "auto" }, what),
    amount,
  );
}

function amountCell(amount, currency) {
  const out = isNegative(amount);
  return make(
    "td",
    { role: "cell", class: out ? "amount out" : "amount in" },
    make("span", { class: "hidden" }, text(out ? "card.out" : "card.in"), " "),
    money(amount, currency, true),
  );
}

function emptyRow() {
  const cell = make("td", { role: "cell", colspan: "3", class: "empty" }, text("card.empty"));
  return make("tr", { role: "row" }, cell);
}
