// The persona switcher: who is who, with a password and a code, and signing in as one of them.
import { request } from "../api.js";
import { byId, disable, isDisabled, make, onPress } from "../dom.js";
import { text } from "../texts.js";
import { Stuck } from "./frame.js";

const MOST_TRIES = 2;

/** Events: `chosen`, whose `detail` is the person. */
export class People extends EventTarget {
  #frame;
  #list;
  #select = byId("persona");
  #doing = byId("doing");
  #code = make("dd", { class: "fact-code" });
  #ends = 0;
  #timer = null;

  /** `list` are the demo's people, as `/demo/people` tells them. */
  constructor(frame, list) {
    super();
    this.#frame = frame;
    this.#list = list;
    this.#fill();
    this.#select.addEventListener("change", () => this.choose(this.#select.value));
    onPress(byId("people-sign-in"), () => this.#busy(() => this.signIn(this.chosen.username)));
    onPress(byId("people-fill"), () => this.#busy(() => this.#frame.fillPassword(this.chosen)));
    onPress(byId("people-code"), () => this.#busy(() => this.#fillCode()));
    byId("short").addEventListener("change", () => this.#busy(() => this.#switch()));
  }

  /** Everybody of the demo. */
  get list() {
    return this.#list;
  }

  get chosen() {
    return this.#list.find(({ username }) => username === this.#select.value);
  }

  find(username) {
    return this.#list.find((person) => person.username === username);
  }

  /** Show somebody; nothing happens in the chat. */
  show(username) {
    this.#select.value = username;
    this.#draw();
    this.dispatchEvent(new CustomEvent("chosen", { detail: this.chosen }));
  }

  /** Show somebody, with the chat of their organisation. */
  choose(username) {
    const before = this.#tenant;
    this.show(username);
    if (this.chosen.tenant !== before || this.#frame.who) this.#busy(() => this.fresh());
    this.#tenant = this.chosen.tenant;
  }

  #tenant = "";

  /** Begin anew: the session in the chat ends, a new one of the chosen person's house begins. */
  async fresh() {
    this.say(text("people.fresh"));
    await endSession();
    const { tenant } = this.chosen;
    this.#tenant = tenant;
    if (byId("short").checked) await request("POST", "/demo/session", { body: { tenant } });
    await this.#frame.open(tenant);
    this.say("");
  }

  /** Sign somebody in; another person in the chat is signed out first. */
  async signIn(username) {
    if (this.chosen.username !== username) this.show(username);
    const person = this.chosen;
    if (this.#frame.who === person.name) return;
    const wrongHouse = this.#tenant !== person.tenant;
    if (this.#frame.who || wrongHouse) await this.fresh();
    this.say(text("people.password", { name: person.name }));
    await this.#frame.fillPassword(person, true);
    await this.giveCode();
  }

  /** Give the code of the chosen person's app; one that was used already is waited out. */
  async giveCode() {
    for (let tried = 0; tried < MOST_TRIES; tried += 1) {
      await this.#refresh();
      const { code } = this.chosen;
      this.say(text("people.code", { code }));
      if (await this.#frame.code(code)) {
        this.say("");
        return;
      }
      await this.#nextCode();
    }
    throw new Stuck(text("stuck.codeRefused"));
  }

  /** Say what is going on; empty where nothing is. */
  say(words) {
    if (this.#doing.textContent !== words) this.#doing.textContent = words;
  }

  /** Do something that takes a while; say what went wrong. */
  async #busy(act) {
    const buttons = ["people-sign-in", "people-fill", "people-code"].map(byId);
    if (buttons.some(isDisabled)) return;
    for (const button of buttons) disable(button);
    try {
      this.say("");
      await act();
    } catch (problem) {
      this.say(problem instanceof Stuck ? problem.message : (problem.sentence ?? text("stuck.notThere")));
    } finally {
      for (const button of buttons) disable(button, false);
    }
  }

  async #fillCode() {
    await this.#refresh();
    await this.#frame.fillCode(this.chosen.code);
  }

  async #switch() {
    await this.fresh();
    this.say(text(byId("short").checked ? "people.shortOn" : "people.shortOff"));
  }

  /** Wait for the app's next code: each is good once. */
  async #nextCode() {
    const used = this.chosen.code;
    while (this.chosen.code === used) {
      const seconds = Math.max(1, Math.ceil((this.#ends - Date.now()) / 1000));
      this.say(text("people.wait", { seconds }));
      await new Promise((resolve) => setTimeout(resolve, 1000));
      if (Date.now() >= this.#ends) await this.#refresh();
    }
  }

  async #refresh() {
    this.#list = await request("GET", "/demo/people");
    this.#draw();
  }

  #fill() {
    const groups = Map.groupBy(this.#list, ({ tenant_name: name }) => name);
    for (const [name, people] of groups) {
      const group = make("optgroup", { label: name });
      const named = people.map((each) =>
        make("option", { value: each.username }, `${each.name}, ${role(each)}`),
      );
      group.append(...named);
      this.#select.append(group);
    }
  }

  #draw() {
    const { username, password, code, code_seconds_left: left } = this.chosen;
    const facts = [
      [text("people.username"), make("dd", {}, username)],
      [text("people.passwordLabel"), make("dd", {}, password)],
      [text("people.codeLabel"), this.#code],
    ];
    byId("facts").replaceChildren(
      ...facts.map(([name, value]) => make("div", {}, make("dt", {}, name), value)),
    );
    this.#ends = Date.now() + (left ?? 0) * 1000;
    const time = make("span", { class: "fact-time" });
    this.#code.replaceChildren(make("span", {}, code ?? text("people.noCode")), " ", time);
    clearInterval(this.#timer);
    if (!code) return;
    const tick = () => {
      const seconds = Math.ceil((this.#ends - Date.now()) / 1000);
      time.textContent = seconds > 0 ? text("people.codeTime", { seconds }) : "";
      if (seconds <= 0 && !document.hidden) this.#refresh().catch(() => {});
    };
    tick();
    this.#timer = setInterval(tick, 1000);
  }
}

function role({ roles }) {
  return roles.map((each) => each.replace("_", " ")).join(", ");
}

/** End the session of this browser, if there is one. */
async function endSession() {
  try {
    const { csrf_token: csrf } = await request("GET", "/api/session");
    await request("DELETE", "/api/session", { csrf });
  } catch (problem) {
    if (problem.code !== "session_expired") throw problem;
  }
}
