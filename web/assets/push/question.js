// One question to a device: exactly what is approved, the number, and no plain "yes".
import { request } from "../api.js";
import { disable, isDisabled, make, makeButton } from "../dom.js";
import { minutesAndSeconds } from "../format.js";
import { drawRows } from "../rows.js";
import { counted, text } from "../texts.js";
import { answerOf } from "./device.js";

export class Question {
  node = make("div", { class: "question" });
  settled = false;
  #device;
  #push;
  #hooks;
  #error = make("p", { class: "error", role: "alert" });
  #field = make("input", {
    id: "number", class: "number-field", inputmode: "numeric", autocomplete: "off",
    maxlength: "2", pattern: "[1-9][0-9]", "aria-describedby": "number-hint", required: "",
  });
  #left = make("span", {});
  #time = make("span", { role: "timer", "aria-live": "off" });
  #confirm = make("button", { type: "submit", class: "button primary" }, text("device.confirm"));
  #notMe = makeButton("button quiet", text("device.notMe"), () => this.#answer("refuse"));
  #timer = null;

  /** `hooks`: `onOver()` once it has been answered, or cannot be any more. */
  constructor(device, push, hooks) {
    this.#device = device;
    this.#push = push;
    this.#hooks = hooks;
    const ends = Date.now() + push.expires_in * 1000;
    this.#draw();
    this.#timer = setInterval(() => this.#tick(ends), 1000);
    this.#tick(ends);
  }

  focus() {
    this.#field.focus();
  }

  #draw() {
    const { tenant, binding, details } = this.#push;
    const rows = details.map(([label, value]) => ({ label, value }));
    const shown = make(
      "div",
      { class: "binding", id: "shown" },
      make("p", { class: "binding-label" }, text("device.check")),
      make("p", { class: "binding-words" }, binding),
      ...(rows.length ? [drawRows(rows)] : []),
    );
    const time = make("span", {}, `${text("device.expiresIn")} `, this.#time);
    const form = make(
      "form",
      { method: "post", novalidate: "", "aria-describedby": "shown" },
      this.#error,
      make("label", { for: "number" }, text("device.number")),
      make("p", { id: "number-hint", class: "field-hint" }, text("device.numberHint")),
      this.#field,
      make("p", { class: "facts" }, this.#left, " ", time),
      make("div", { class: "actions pair" }, this.#confirm, this.#notMe),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!isDisabled(this.#confirm)) this.#submit();
    });
    this.#showLeft(this.#push.attempts_left);
    this.node.replaceChildren(make("h2", {}, text("device.asks", { tenant })), shown, form);
  }

  #submit() {
    const number = this.#field.value.trim();
    if (/^[1-9][0-9]$/.test(number)) return this.#answer("approve", number);
    this.#refuse(text("device.noNumber"));
  }

  async #answer(decision, number) {
    this.#busy(true);
    this.#error.textContent = "";
    try {
      const body = await answerOf(this.#device, this.#push, decision, number);
      const path = `/api/push/${encodeURIComponent(this.#push.id)}/answer`;
      const { status } = await request("POST", path, { body });
      if (status === "approved") this.#end("device.approvedTitle", text("device.approved"));
      else this.#end("device.refusedTitle", text("device.denied"), true);
    } catch (problem) {
      this.#fail(problem);
    } finally {
      this.#busy(false);
    }
  }

  #fail(problem) {
    if (problem.code !== "wrong_number" && !problem.retryable)
      return this.#end("device.title", text("device.over"));
    if (problem.code === "wrong_number") this.#showLeft(problem.attemptsLeft ?? 0);
    this.#field.value = "";
    this.#refuse(problem.sentence);
  }

  #refuse(sentence) {
    this.#error.textContent = sentence;
    this.#field.setAttribute("aria-invalid", "true");
    this.#field.focus();
  }

  #end(title, words, toSecurity = false) {
    clearInterval(this.#timer);
    this.settled = true;
    const next = makeButton(`button ${toSecurity ? "quiet" : "primary"}`, text("device.next"), () =>
      this.#hooks.onOver(),
    );
    const link = make("a", { class: "button primary", href: "/security" }, text("device.toSecurity"));
    const buttons = toSecurity ? [link, next] : [next];
    this.node.replaceChildren(
      make("h2", {}, text(title)),
      make("p", { role: "status" }, words),
      make("div", { class: "actions" }, ...buttons),
    );
    buttons[0].focus();
  }

  #tick(ends) {
    const left = (ends - Date.now()) / 1000;
    this.#time.textContent = minutesAndSeconds(Math.max(0, left));
    if (left <= 0) this.#end("device.title", text("device.over"));
  }

  #showLeft(count) {
    this.#left.textContent = counted("device.left", count);
  }

  #busy(on) {
    disable(this.#confirm, on);
    disable(this.#notMe, on);
  }
}
