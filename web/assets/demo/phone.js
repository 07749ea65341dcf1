// A simulated phone: its texts, its mail, and a field to text the bot with.
import { disable, isDisabled, make, onPress } from "../dom.js";
import { dayAndTime, timeOfDay } from "../format.js";
import { text } from "../texts.js";
import { Tabs } from "./tabs.js";
import { drawWords } from "./words.js";

export class Phone {
  /** What the page shows. */
  node;
  #feed;
  #people;
  #hooks;
  #owner = null;
  #heard = null;
  #news = { texts: 0, mail: 0 };
  #name = make("strong");
  #number = make("span", { class: "phone-number" });
  #thread = make("ol", { class: "thread", tabindex: "0" });
  #mail = make("ol", { class: "sent", tabindex: "0" });
  #all = make("ol", { class: "sent", tabindex: "0" });
  #state = make("p", { class: "state", role: "status" });
  #live = make("div", { class: "hidden", "aria-live": "polite" });
  #owners = make("select", { id: "phone-owner" });
  #field = make("textarea", { id: "phone-words", rows: "1", maxlength: "1000" });
  #send = make("button", { type: "submit", class: "phone-send" });
  #tabs;

  /**
   * `people` are the demo's. `hooks`: `onCode(code)`, `onLink(url)` as in words.js, and
   * `onNews(count)` where something has arrived that nobody has looked at.
   */
  constructor(feed, people, hooks = {}) {
    this.#feed = feed;
    this.#people = people;
    this.#hooks = hooks;
    this.node = this.#draw();
    feed.addEventListener("change", ({ detail }) => this.#changed(detail.first));
    feed.addEventListener("trouble", ({ detail }) => this.#trouble(detail));
    this.own(people[0]?.username ?? "");
  }

  /** Be the phone of this person; of nobody: show all that was sent. */
  own(username) {
    this.#owner = this.#people.find((person) => person.username === username) ?? null;
    this.#owners.value = this.#owner?.username ?? "";
    this.node.dataset.owner = this.#owner ? "one" : "all";
    this.#name.textContent = this.#owner?.name ?? text("phone.all");
    this.#number.textContent = this.#owner?.phone ?? "";
    this.#news = { texts: 0, mail: 0 };
    const tenant = this.#owner?.tenant_name ?? "";
    this.#thread.setAttribute("aria-label", text("phone.threadWith", { name: tenant }));
    this.#field.placeholder = text("phone.placeholder", { name: tenant });
    disable(this.#send, !this.#owner?.number);
    this.#show();
    this.seen();
  }

  /** What has arrived has been looked at. */
  seen() {
    this.#news[this.#tabs.shown] = 0;
    for (const [id, count] of Object.entries(this.#news)) this.#tabs.badge(id, count);
    this.#hooks.onNews?.(this.#news.texts + this.#news.mail);
  }

  /** Text the bot with these words, as if they were typed. */
  async say(words) {
    this.#tabs.show("texts");
    this.#field.value = words;
    await this.#submit();
  }

  /** Show the texts. */
  showTexts() {
    this.#tabs.show("texts");
  }

  #draw() {
    const label = make("label", { for: "phone-owner" }, text("phone.whose"));
    this.#fillOwners();
    this.#owners.addEventListener("change", () => this.own(this.#owners.value));
    const list = make("div", { class: "tabs", "aria-label": text("phone.tabs") });
    const texts = make("div", { class: "phone-panel" }, this.#thread, this.#drawForm());
    const mail = make("div", { class: "phone-panel" }, this.#mail);
    this.#mail.setAttribute("aria-label", text("phone.mail"));
    this.#all.setAttribute("aria-label", text("phone.all"));
    const tabs = [
      { id: "texts", words: text("phone.texts"), panel: texts },
      { id: "mail", words: text("phone.mail"), panel: mail },
    ];
    this.#tabs = new Tabs(list, tabs, () => this.#tabs && this.seen());
    const one = make("div", { class: "phone-one" }, list, texts, mail);
    const head = make("div", { class: "phone-head" }, this.#name, this.#number);
    const all = make("div", { class: "phone-panel phone-all" }, this.#all);
    const screen = make("div", { class: "phone-screen" }, head, this.#state, one, all);
    const whose = make("div", { class: "field phone-whose" }, label, this.#owners);
    return make("div", { class: "phone" }, whose, make("div", { class: "phone-body" }, screen), this.#live);
  }

  #fillOwners() {
    const groups = Map.groupBy(this.#people, ({ tenant_name: name }) => name);
    for (const [name, people] of groups) {
      const group = make("optgroup", { label: name });
      group.append(...people.map((each) => make("option", { value: each.username }, each.name)));
      this.#owners.append(group);
    }
    this.#owners.append(make("option", { value: "" }, text("phone.all")));
  }

  #drawForm() {
    const label = make("label", { class: "hidden", for: "phone-words" }, text("phone.label"));
    this.#send.textContent = text("phone.send");
    const form = make("form", { class: "phone-form", method: "post" }, label, this.#field, this.#send);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    });
    onPress(this.#send, () => {});
    return form;
  }

  async #submit() {
    const words = this.#field.value.trim();
    if (!words || isDisabled(this.#send)) return;
    disable(this.#send);
    this.#say(text("phone.sending"));
    try {
      const sending = this.#feed.send(this.#owner, words);
      this.#field.value = "";
      await sending;
      this.#say("");
    } catch (problem) {
      const off = problem.status === 404;
      this.#say(text(off ? "phone.noCarrier" : "phone.notSent", { reason: problem.sentence }));
    } finally {
      disable(this.#send, false);
    }
  }

  #trouble(problem) {
    if (!problem) return this.#state.dataset.from === "feed" && this.#say("");
    const off = problem.status === 404;
    const words = text(off ? "demo.off" : "demo.unreachable", { reason: problem.sentence });
    this.#say(words, "feed");
  }

  #say(words, from = "") {
    if (this.#state.textContent !== words) this.#state.textContent = words;
    this.#state.dataset.from = from;
  }

  #changed(first) {
    const fresh = this.#show();
    if (first || !fresh.length) return;
    for (const { channel } of fresh) this.#news[channel === "email" ? "mail" : "texts"] += 1;
    this.#live.replaceChildren(...fresh.map((one) => make("p", {}, this.#spoken(one))));
    if (this.node.offsetParent) this.#news[this.#tabs.shown] = 0;
    for (const [id, count] of Object.entries(this.#news)) this.#tabs.badge(id, count);
    this.#hooks.onNews?.(this.#news.texts + this.#news.mail);
  }

  #spoken({ channel, text: words }) {
    const from = this.#owner?.tenant_name ?? "";
    return text(channel === "email" ? "phone.mailFrom" : "phone.textFrom", { name: from, words });
  }

  /** Draw what is there; return what arrived since the last time, for the same owner. */
  #show() {
    const owner = this.#owner;
    const texts = owner ? this.#feed.textsOf(owner) : [];
    const mail = owner ? this.#feed.mailOf(owner) : [];
    const arrived = [...texts.filter(({ mine }) => !mine), ...mail];
    const known = this.#heard?.owner === owner ? this.#heard.keys : null;
    this.#heard = { owner, keys: new Set(arrived.map(keyOf)) };
    if (owner) {
      this.#drawList(this.#thread, texts, (each) => this.#drawText(each), "phone.noTexts");
      this.#thread.scrollTop = this.#thread.scrollHeight;
      this.#drawList(this.#mail, mail, (each) => this.#drawNote(each), "phone.noMail");
    } else this.#drawList(this.#all, this.#feed.sent, (each) => this.#drawNote(each), "demo.empty");
    return known ? arrived.filter((each) => !known.has(keyOf(each))) : [];
  }

  #drawList(list, items, draw, empty) {
    const none = make("li", { class: "nothing" }, text(empty, { name: this.#owner?.tenant_name ?? "" }));
    list.replaceChildren(...(items.length ? items.map(draw) : [none]));
  }

  #drawText({ at, mine, text: words }) {
    const said = make("p", { class: "sms", dir: "auto" }, ...drawWords(words, mine ? {} : this.#hooks));
    const who = text(mine ? "phone.you" : "phone.them");
    const time = make("time", { datetime: at }, timeOfDay(new Date(at)));
    return make("li", { class: mine ? "mine" : "theirs" }, make("span", { class: "hidden" }, who), said, time);
  }

  #drawNote({ at, channel, to, text: words }) {
    const kind = text(channel === "email" ? "demo.email" : "demo.sms");
    const address = make("span", {}, text("demo.to", { address: to }));
    const time = make("time", { datetime: at }, dayAndTime(at));
    const head = make("p", { class: "note-head" }, make("strong", {}, kind), " ", address, " ", time);
    const body = make("p", { class: "note-text", dir: "auto" }, ...drawWords(words, this.#hooks));
    return make("li", { class: "note" }, head, body);
  }
}

function keyOf({ at, text: words }) {
  return `${at} ${words}`;
}
