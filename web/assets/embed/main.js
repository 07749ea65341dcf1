// Puts the chat inside another site together. Nothing is proved here: what needs a proof opens the
// page in a window of its own, and is answered there.
import { Chat } from "../chat.js";
import { Composer } from "../composer.js";
import { byId, onPress } from "../dom.js";
import { Log } from "../log.js";
import { Network } from "../network.js";
import { SessionLife } from "../session-life.js";
import { Session } from "../session.js";
import { addTexts, fillTexts, locale, text } from "../texts.js";
import { Host } from "./host.js";
import { FULL_PAGE, TENANT, drawOnward } from "./onward.js";
import { TEXTS } from "./texts.js";

/** There is no panel here, and nothing to type into one. */
const NO_PANEL = { waiting: null, isOpen: false, openCode() {}, openSignIn() {}, dropCode() {} };

/** The questions of the page, by their texts, that a site's word is not enough for. */
const INSTEAD = ["bank1", "bank2", "clinic2"];

function told(name) {
  return document.querySelector(`meta[name="gatehouse-${name}"]`).content;
}

/** What to try first: questions that are answered in a frame, where there is another one for it. */
class FrameLog extends Log {
  welcome(questions) {
    const elsewhere = new Map(INSTEAD.map((key) => [text(`welcome.${key}`), text(`embed.${key}`)]));
    super.welcome(questions.map((words) => elsewhere.get(words) ?? words));
  }
}

class Header {
  show(view, organisation) {
    byId("organisation").textContent = organisation || told("organisation");
    const { name } = view?.user ?? {};
    byId("person").textContent = name ? text("embed.signedIn", { name }) : "";
  }

  tick() {}
}

class Frame {
  #session = new Session({ api: "/api/embed", tabs: "gatehouse.embedded" });
  #host = new Host(told("hosts").split(" "));

  constructor() {
    const session = this.#session;
    this.log = new FrameLog({
      ask: (words) => this.chat.say(words),
      choose: (choice) => this.chat.choose(choice),
      signIn() {},
      enterCode() {},
      onward: drawOnward,
    });
    this.composer = new Composer({
      onSend: (words) => this.chat.say(words),
      onTooLong: (words) => this.log.announce(words),
    });
    const { log, composer } = this;
    const network = new Network(session);
    this.chat = new Chat({ session, log, composer, panel: NO_PANEL, network });
    this.life = new SessionLife(session, byId("chat"), {
      header: new Header(),
      nameOf: () => told("organisation"),
      onSignIn() {},
      onExtended: () => this.log.announce(text("expiry.extended")),
      clear: () => this.#clear(),
      begin: () => this.begin(),
    });
    session.addEventListener("replaced", () => this.#replaced());
    byId("full-page").href = FULL_PAGE;
    onPress(byId("close"), () => this.#host.close());
    addEventListener("keydown", (event) => event.key === "Escape" && this.#host.close());
    this.#host.addEventListener("open", () => this.composer.focus());
    new ResizeObserver(() => this.#fit()).observe(byId("messages"));
  }

  /** Take up the session of this frame, or begin one, then show the conversation. */
  async begin() {
    try {
      await this.#start();
    } catch (problem) {
      if (problem.code === "session_expired") this.#showBlocked();
      else this.life.showUnreachable(problem, () => this.begin());
      return;
    }
    this.life.open();
    await this.chat.recall();
  }

  async #start() {
    await this.#session.start(TENANT);
    // A frame of another organisation on the same site has left its cookie here.
    if (this.#session.view.tenant !== TENANT) {
      await this.#beginAnew();
    }
    if (await this.#host.vouches) await this.#askWho();
    else if (this.#session.view.user) await this.#beginAnew();
    // A browser that keeps no cookie in frames knows nothing of the session by now.
    await this.#session.refresh();
  }

  async #beginAnew() {
    await this.#session.drop();
    await this.#session.start(TENANT);
  }

  /** Who is signed in at the host may have changed since this frame was last here. */
  async #askWho() {
    const path = "/api/session";
    const { nonce } = await this.#session.send("POST", `${path}/nonce`, {});
    const token = await this.#host.token(nonce);
    try {
      if (token !== null) {
        this.#session.adoptProof(await this.#session.send("POST", `${path}/vouch`, { token }));
        return;
      }
    } catch (problem) {
      if (problem.code !== "vouching_refused" && problem.code !== "invalid_request") throw problem;
    }
    if (this.#session.view.user) await this.#beginAnew();
  }

  async #replaced() {
    this.log.clear();
    await this.chat.recall();
  }

  #showBlocked() {
    const open = () => window.open(FULL_PAGE, "_blank", "noopener");
    const words = [text("embed.noCookieTitle"), text("embed.noCookieText")];
    this.life.showEnd(...words, text("embed.openButton"), open);
  }

  /** As high as the conversation: the host gives that much where it has it. */
  #fit() {
    const log = byId("log");
    const around = document.body.clientHeight - log.clientHeight;
    this.#host.fit(around + byId("messages").scrollHeight + 48);
  }

  #clear() {
    this.log.clear();
    this.composer.clear();
  }
}

if (parent === window) location.replace(FULL_PAGE);
document.documentElement.lang = locale;
addTexts(TEXTS);
fillTexts(document);
for (const template of document.querySelectorAll("template")) fillTexts(template.content);
new Frame().begin();
