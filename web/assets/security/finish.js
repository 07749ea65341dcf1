// The end of a change: what is so now, and codes that are shown this once.
import { byId, make, makeButton } from "../dom.js";
import { text } from "../texts.js";
import { copyButton } from "./copy.js";

export class Finish {
  node = byId("finish");

  /** Show `words`; `buttons` are `[label, act]`, the first of them the one to press. */
  show(words, buttons, codes = null) {
    const drawn = buttons.map(([label, act], index) =>
      makeButton(index === 0 ? "button primary" : "button quiet", label, act),
    );
    const parts = [make("p", { class: "said", role: "status", tabindex: "-1" }, words)];
    if (codes) parts.push(...drawCodes(codes));
    this.node.replaceChildren(...parts, make("div", { class: "actions" }, ...drawn));
    if (codes) parts[0].focus();
    else drawn[0].focus();
  }

  /** Show what went wrong on the way. */
  fail(sentence, buttons) {
    this.show(sentence, buttons);
    this.node.firstChild.className = "error";
    this.node.firstChild.setAttribute("role", "alert");
  }

  wipe() {
    this.node.replaceChildren();
  }
}

function drawCodes(codes) {
  const items = codes.map((code) => make("li", {}, make("code", {}, code)));
  const print = makeButton("button quiet", text("codes.print"), () => window.print());
  const copy = copyButton(text("codes.copy"), codes.join("\n"));
  return [
    make("ol", { class: "codes", "aria-label": text("codes.label") }, ...items),
    make("div", { class: "copying" }, ...copy, print),
  ];
}
