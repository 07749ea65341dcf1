// How amounts, dates and times look. Amounts stay decimal strings: no digit passes through a float.
import { counted, locale } from "./texts.js";

const DECIMAL = /^-?\d{1,18}(\.\d{1,8})?$/;
const CURRENCY = /^[A-Z]{3}$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

const clockTime = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(locale, {
  day: "numeric",
  month: "short",
  year: "numeric",
  timeZone: "UTC",
});
const moment = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const date = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });

function fractionDigits(amount) {
  return amount.split(".")[1]?.length ?? 0;
}

/** Write a decimal string as money; `signed` shows a plus as well. Odd input is shown as it came. */
export function money(amount, currency, signed = false) {
  if (!DECIMAL.test(amount) || !CURRENCY.test(currency)) return `${amount} ${currency}`;
  const options = { style: "currency", currency, signDisplay: signed ? "exceptZero" : "auto" };
  const usual = new Intl.NumberFormat(locale, options).resolvedOptions().maximumFractionDigits;
  const digits = Math.max(usual, fractionDigits(amount));
  const format = new Intl.NumberFormat(locale, { ...options, maximumFractionDigits: digits });
  // A true minus sign: a hyphen is easily overlooked, and not read aloud.
  const parts = format.formatToParts(amount);
  return parts.map(({ type, value }) => (type === "minusSign" ? "\u2212" : value)).join("");
}

export function isNegative(amount) {
  return amount.startsWith("-") && /[1-9]/.test(amount);
}

/** Write a calendar day; it has no time zone. */
export function calendarDay(value) {
  return DAY.test(value) ? day.format(new Date(`${value}T00:00:00Z`)) : value;
}

export function timeOfDay(moment) {
  return clockTime.format(moment);
}

/** Write seconds as "4:05". */
export function minutesAndSeconds(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Write a moment (ISO 8601) as day and time of day, or as a day; odd input as it came. */
export function dayAndTime(value) {
  return shown(moment, value);
}

export function dayOf(value) {
  return shown(date, value);
}

function shown(format, value) {
  const parsed = new Date(value);
  return Number.isNaN(parsed.getTime()) ? String(value) : format.format(parsed);
}

// The largest unit of which there are at least two; rounded up, as nobody should come too early.
const UNITS = [
  ["time.day", 86_400],
  ["time.hour", 3600],
  ["time.minute", 60],
];

/** Write a waiting time in seconds as "15 minutes". */
export function duration(seconds) {
  const [key, length] = UNITS.find(([, one]) => seconds >= 2 * one) ?? ["time.second", 1];
  return counted(key, Math.ceil(seconds / length));
}
