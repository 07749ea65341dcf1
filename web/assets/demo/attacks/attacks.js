// The attacker's tour: five attacks, each really tried, with what stopped it.
import { request } from "../../api.js";
import { disable, make, makeButton } from "../../dom.js";
import { text } from "../../texts.js";
import { drawTrail } from "./trail.js";

const ATTACKS = ["guess", "replay", "intent", "account", "cookie"];

export class Attacks {
  node = make("div", { class: "attacks" });

  constructor() {
    this.node.append(make("p", { class: "small" }, text("attacks.lead")), ...ATTACKS.map((each) => drawAttack(each)));
  }
}

function drawAttack(attack) {
  const result = make("div", { class: "attack-result" });
  const verdict = make("p", { class: "verdict", role: "status" });
  const button = makeButton("button quiet", text("attacks.try"), () => attempt(attack, { button, verdict, result }));
  const title = make("h2", { class: "attack-title", id: `attack-${attack}` }, text(`attack.${attack}.title`));
  button.setAttribute("aria-describedby", title.id);
  const story = make("p", {}, text(`attack.${attack}.story`));
  const head = make("div", { class: "attack-head" }, title, button);
  return make("article", { class: "attack", "aria-labelledby": title.id }, head, story, verdict, result);
}

async function attempt(attack, { button, verdict, result }) {
  disable(button);
  say(verdict, text("attacks.trying"), "");
  result.replaceChildren();
  try {
    const report = await request("POST", "/demo/attacks", { body: { attack } });
    judge(report, verdict);
    const why = report.stopped ? [part("attacks.why", make("p", {}, text(`attack.${attack}.why`)))] : [];
    const tried = part("attacks.tried", drawExchanges(report.exchanges));
    const trail = make("details", {}, make("summary", {}, text("attacks.trail")), drawTrail(report.trail));
    result.replaceChildren(...why, tried, trail);
  } catch (problem) {
    say(verdict, text("attacks.failed", { reason: problem.sentence }), "open");
  } finally {
    disable(button, false);
  }
}

function judge({ stopped, again_in: seconds }, verdict) {
  if (stopped === true) return say(verdict, text("attacks.stopped"), "stopped");
  if (stopped === false) return say(verdict, text("attacks.passed"), "passed");
  return say(verdict, text("attacks.again", { seconds }), "open");
}

function say(verdict, words, state) {
  verdict.textContent = words;
  verdict.dataset.state = state;
}

function part(key, node) {
  return make("section", {}, make("h3", {}, text(key)), node);
}

function drawExchanges(exchanges) {
  const list = make("ol", { class: "exchanges" });
  list.append(...exchanges.map(drawExchange));
  return list;
}

function drawExchange({ who, step, call, sent, status, code, answer }) {
  const refused = status >= 400 || Boolean(code);
  const what = `${text(`attacks.${who}`)} ${text(`attack.step.${step}`)}`;
  const item = make("li", { class: refused ? "exchange refused" : "exchange" }, make("p", {}, what));
  const shown = sent ? ` ${sent}` : "";
  item.append(make("p", { class: "exchange-call" }, make("code", {}, `${call}${shown}`)));
  const told = [text("attacks.status", { status }), code, answer].filter(Boolean).join(" · ");
  item.append(make("p", { class: "exchange-answer" }, told));
  return item;
}
