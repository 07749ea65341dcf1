// Puts the demo together: the chat in its frame, the phone, the people, and the guide to them.
import { request } from "../api.js";
import { byId, make, makeButton } from "../dom.js";
import { addTexts, fillTexts, locale, text } from "../texts.js";
import { Attacks } from "./attacks/attacks.js";
import { TEXTS as ATTACK_TEXTS } from "./attacks/texts.js";
import { Trail } from "./attacks/trail.js";
import { Actor } from "./actor.js";
import { ChatFrame } from "./frame.js";
import { Feed } from "./feed.js";
import { People } from "./people.js";
import { Phone } from "./phone.js";
import { Tabs } from "./tabs.js";
import { TEXTS } from "./texts.js";
import { Guide } from "./tours/guide.js";
import { TEXTS as TOUR_TEXTS } from "./tours/texts.js";

const FIRST = "alice";
const VIEWS = ["guide", "chat", "phone"];

class Demo {
  #frame = new ChatFrame();
  #feed = new Feed();
  #phone;
  #people;

  constructor(people) {
    this.#people = new People(this.#frame, people);
    this.#phone = new Phone(this.#feed, people, {
      onCode: (code) => this.#useCode(code),
      onLink: (url) => this.#openLink(url),
      onNews: (count) => this.#news(count),
    });
    byId("phone-side").replaceChildren(this.#phone.node, this.#phoneLink());
    byId("chat-side").replaceChildren(this.#frame.node);
    this.#people.addEventListener("chosen", ({ detail }) => this.#phone.own(detail.username));
    for (const view of VIEWS) byId(`show-${view}`).addEventListener("click", () => this.#view(view));
    this.#drawGuide();
  }

  async begin() {
    this.#people.show(FIRST);
    this.#feed.start();
    await this.#people.fresh();
  }

  #drawGuide() {
    const view = (name) => this.#view(name);
    const actor = new Actor({ frame: this.#frame, people: this.#people, phone: this.#phone, view });
    const trail = new Trail();
    const panels = [
      { id: "tours", words: text("demo.tabTours"), panel: make("div", {}, new Guide(actor).node) },
      { id: "attacks", words: text("demo.tabAttacks"), panel: make("div", {}, new Attacks().node) },
      { id: "trail", words: text("demo.tabTrail"), panel: make("div", {}, trail.node) },
    ];
    byId("panels").replaceChildren(...panels.map(({ panel }) => panel));
    new Tabs(byId("tabs"), panels, (id) => trail.show(id === "trail"));
  }

  /** A code on the phone goes into the panel, as a phone offers it above its keyboard. */
  async #useCode(code) {
    this.#view("chat");
    try {
      await this.#frame.fillCode(code);
    } catch (problem) {
      this.#people.say(problem.message);
    }
  }

  /** A link to the chat opens in the frame; any other one where links open. */
  #openLink(url) {
    if (url.pathname !== "/") return false;
    this.#view("chat");
    this.#frame.open(url.searchParams.get("tenant") ?? this.#people.chosen.tenant, url.hash);
    return true;
  }

  #news(count) {
    const badge = byId("phone-news");
    badge.textContent = String(count);
    badge.hidden = count === 0;
  }

  #view(view) {
    byId("stage").dataset.view = view;
    for (const each of VIEWS) byId(`show-${each}`).setAttribute("aria-pressed", String(each === view));
    if (view === "phone") this.#phone.seen();
  }

  #phoneLink() {
    const link = make("a", { href: "/demo/phone", target: "_blank", rel: "noopener" }, text("phone.alone"));
    return make("p", { class: "small alone" }, link);
  }
}

async function begin() {
  let people;
  try {
    people = await request("GET", "/demo/people");
  } catch (problem) {
    const words = text(problem.status === 404 ? "demo.off" : "demo.unreachable", { reason: problem.sentence });
    const again = makeButton("button primary", text("demo.again"), begin);
    byId("chat-side").replaceChildren(make("p", { class: "state", role: "alert" }, words), again);
    return;
  }
  await new Demo(people).begin();
}

for (const words of [TEXTS, TOUR_TEXTS, ATTACK_TEXTS]) addTexts(words);
document.documentElement.lang = locale;
fillTexts(document);
begin();
