// One's own conversation as plain text: what the server keeps of it, in the words that are shown.
// So a code that was taken out is not in it, nor a result that wants a fresh proof again.
import { dayAndTime, timeOfDay } from "./format.js";
import { drawBotMessage } from "./messages.js";
import { text } from "./texts.js";

const LEFT_OUT = "svg, button:not(.choice), [hidden], [aria-hidden=true]";
const BLOCKS = "p, li, div, dl, ul, ol, table, caption, section, tr";
// Characters that steer a terminal, or turn words around.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Write `messages` as `GET /api/messages` gives them; `head` are the lines above. */
export function transcript(messages, head) {
  const turns = messages.map((message) => {
    const person = message.sender === "person";
    const lines = person ? (message.text ?? "").split("\n") : linesOf(drawn(message));
    const who = text(person ? "log.person" : "log.bot");
    const [first = "", ...rest] = lines.map(plain).filter(Boolean);
    const time = timeOfDay(new Date(message.at));
    return [`[${time}] ${who} ${first}`, ...rest.map((line) => `    ${line}`)].join("\n");
  });
  return `${[...head.map(plain), "", ...turns].join("\n")}\n`;
}

/** The lines above a conversation of `holder`, "" where nobody has signed in. */
export function heading(organisation, holder, now) {
  const product = text("page.product");
  const where = organisation ? `${product}, ${organisation}` : product;
  const who = holder ? [`${text("session.signedInAs")} ${holder}`] : [];
  return [where, ...who, text("saving.savedAt", { time: dayAndTime(now) })];
}

function drawn(message) {
  const { item } = drawBotMessage(message, new Date(message.at), { choose: () => false });
  return item.querySelector(".parts");
}

function plain(line) {
  return line.replace(UNSEEN, "").replace(/[ \t\u00a0]+/g, " ").trim();
}

function linesOf(root) {
  const lines = [""];
  write(root, lines);
  return lines;
}

function write(node, lines) {
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) {
      const [first, ...rest] = child.data.split("\n");
      lines.push(lines.pop() + first, ...rest);
    } else if (!child.matches(LEFT_OUT)) writeElement(child, lines);
  }
}

function writeElement(node, lines) {
  const block = node.matches(BLOCKS);
  const cell = node.matches("th, td") && node.previousElementSibling;
  const [before, after] = node.matches(".choice") ? [" [", "]"] : [cell ? ", " : " ", " "];
  if (block) lines.push("");
  else lines.push(lines.pop().trimEnd() + before);
  write(node, lines);
  if (block) lines.push("");
  else lines.push(lines.pop() + (node.matches("dt") ? ": " : after));
}
