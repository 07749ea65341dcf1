// The demo's outbox: what would have gone to phones and mailboxes.
import { request } from "../api.js";
import { byId, make } from "../dom.js";
import { dayAndTime } from "../format.js";
import { addTexts, fillTexts, locale, text } from "../texts.js";
import { TEXTS } from "./texts.js";

const READ_EVERY_MS = 2000;
// Not the last line of a text message, "@localhost #123456", which is for phones.
const CODE_OR_LINK = /(?<![#\d])\d{6}(?!\d)|https:\/\/\S*[^\s.,;:!?)>]/g;
const CHANNELS = new Map([
  ["sms", "demo.sms"],
  ["email", "demo.email"],
]);

let shown = "";

/** Read and draw, where there is something new. */
async function look() {
  if (document.hidden) return;
  try {
    const sent = await request("GET", "/demo/outbox");
    say(sent.length ? "" : text("demo.empty"));
    const seen = JSON.stringify(sent);
    if (seen === shown) return;
    shown = seen;
    byId("sent").replaceChildren(...sent.map(drawNote));
  } catch (problem) {
    const off = problem.status === 404;
    say(off ? text("demo.off") : text("demo.unreachable", { reason: problem.sentence }));
  }
}

function say(words) {
  const state = byId("state");
  if (state.textContent !== words) state.textContent = words;
}

function drawNote({ at, channel, to, text: words }) {
  const kind = text(CHANNELS.get(channel) ?? "demo.sms");
  const head = make(
    "p",
    { class: "note-head" },
    make("strong", {}, kind),
    " ",
    make("span", {}, text("demo.to", { address: to })),
    " ",
    make("time", { datetime: at }, dayAndTime(at)),
  );
  return make("li", { class: "note" }, head, make("p", { class: "note-text", dir: "auto" }, ...drawWords(words)));
}

/** Words, with their codes large, and links to this very site as links. */
function drawWords(words) {
  const parts = [];
  let from = 0;
  for (const { 0: found, index } of words.matchAll(CODE_OR_LINK)) {
    parts.push(words.slice(from, index), drawFound(found));
    from = index + found.length;
  }
  return [...parts, words.slice(from)];
}

function drawFound(found) {
  if (!found.startsWith("https://")) return make("strong", { class: "note-code" }, found);
  return found.startsWith(`${location.origin}/`) ? make("a", { href: found }, found) : found;
}

addTexts(TEXTS);
document.documentElement.lang = locale;
fillTexts(document);
look();
setInterval(look, READ_EVERY_MS);
document.addEventListener("visibilitychange", look);
