// The chat in its frame. It is the real page: what is typed for the presenter goes into its own
// fields and through its own buttons, as if somebody sat there.
import { make } from "../dom.js";
import { text } from "../texts.js";

const SOON_MS = 40;
const PATIENCE_MS = 15_000;
const LETTER_MS = 16;
const OUTSIDE = ["/", "/demo/chat"];

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Wait until `look` gives something; null after a while. */
async function until(look, patience = PATIENCE_MS) {
  for (let waited = 0; waited < patience; waited += SOON_MS) {
    const found = look();
    if (found) return found;
    await pause(SOON_MS);
  }
  return null;
}

/** What could not be done, in words. */
export class Stuck extends Error {}

export class ChatFrame {
  node = make("iframe", { class: "chat-frame", title: text("demo.viewChat") });

  constructor() {
    this.node.addEventListener("load", () => this.#keepLinksOut());
  }

  /** Load the chat of an organisation, and wait until it can be used. */
  async open(tenant, hash = "") {
    const address = `/demo/chat?tenant=${encodeURIComponent(tenant)}`;
    const loaded = new Promise((resolve) => {
      this.node.addEventListener("load", resolve, { once: true });
    });
    // The same address again, or one that only differs behind the #, would not load anew.
    if (this.node.contentWindow && this.node.src) this.node.contentWindow.location.replace("about:blank");
    if (this.node.src) await loaded;
    const again = new Promise((resolve) => {
      this.node.addEventListener("load", resolve, { once: true });
    });
    this.node.src = `${address}${hash}`;
    await again;
    await this.#ready();
  }

  /** Say something in the chat. */
  async say(words) {
    await this.#ready();
    this.#closePanel();
    const field = this.#get("words");
    if (!(await until(() => this.#seen(this.#get("chat")), 2000))) throw new Stuck(text("stuck.ended"));
    await this.#type(field, words);
    this.#get("composer").requestSubmit();
    await this.#answered();
  }

  /** Press the latest suggestion whose words begin like these. */
  async choose(words) {
    this.#closePanel();
    const find = () =>
      [...this.#document.querySelectorAll(".choice:not([aria-disabled])")]
        .findLast((each) => each.textContent.trim().toLowerCase().startsWith(words.toLowerCase()));
    const button = await until(find, 6000);
    if (!button) throw new Stuck(text("stuck.choice", { words }));
    button.click();
    await this.#answered();
  }

  /** Open the panel at the password, and fill in a name and a password. */
  async fillPassword({ tenant, username, password }, send = false) {
    await this.#ready();
    if (!this.#seen(this.#get("password-form"))) {
      if (!this.#seen(this.#get("sign-in"))) throw new Stuck(text("stuck.signedIn"));
      this.#closePanel();
      this.#get("sign-in").click();
    }
    if (!(await until(() => this.#seen(this.#get("password-form"))))) throw new Stuck(text("stuck.panel"));
    this.#get("tenant").value = tenant;
    await this.#type(this.#get("username"), username);
    await this.#type(this.#get("password"), password);
    if (!send) return;
    this.#get("password-form").requestSubmit();
    const error = () => this.#get("password-error").textContent;
    await until(() => this.#seen(this.#get("code-form")) || error() || !this.#panel.open);
    if (error()) throw new Stuck(error());
  }

  /** Whether the panel asks for a code. */
  get wantsCode() {
    return this.#seen(this.#document?.getElementById("code") ?? null);
  }

  /** Wait until the panel asks for a code; a card in the chat opens it. */
  async waitForCode() {
    if (await until(() => this.wantsCode, 8000)) return;
    const open = [...this.#document.querySelectorAll(".proof .button, .approval .button")].at(-1);
    open?.click();
    if (!(await until(() => this.wantsCode, 3000))) throw new Stuck(text("stuck.code"));
  }

  /** Fill in a code and send it; return whether it was right. */
  async code(code) {
    await this.waitForCode();
    const [field, form] = [this.#get("code"), this.#get("code-form")];
    const alert = () => form.querySelector("[role=alert]").textContent;
    await this.#type(field, code);
    form.requestSubmit();
    await until(() => !this.#panel.open || (form.getAttribute("aria-busy") === "false" && alert()));
    return !this.#panel.open;
  }

  /** Fill in a code, and leave it to the presenter to send it. */
  async fillCode(code) {
    await this.waitForCode();
    await this.#type(this.#get("code"), code);
    this.#get("code").focus();
  }

  /** Let the code come by text message. */
  async bySms() {
    await this.waitForCode();
    const way = [...this.#document.querySelectorAll(".ways button")]
      .find((each) => each.textContent === text("code.way.sms"));
    if (!way) throw new Stuck(text("stuck.noSms"));
    way.click();
  }

  /** The person who is signed in, by name; empty where nobody is. */
  get who() {
    const who = this.#document?.getElementById("who");
    return who && !who.hidden ? this.#document.getElementById("person").textContent : "";
  }

  get #document() {
    return this.node.contentDocument;
  }

  get #panel() {
    return this.#get("panel");
  }

  #get(id) {
    const found = this.#document?.getElementById(id);
    if (!found) throw new Stuck(text("stuck.notThere"));
    return found;
  }

  #seen(node) {
    return node !== null && node.getClientRects().length > 0 ? node : null;
  }

  /** The page has drawn its first messages, or says that the session is over. */
  async #ready() {
    const drawn = () =>
      this.#document?.querySelector("#messages > li") || this.#document?.querySelector("#ended:not([hidden])");
    if (!(await until(drawn))) throw new Stuck(text("stuck.notThere"));
  }

  /** The bot has said what it says: until then the assistant is writing. */
  async #answered() {
    await pause(SOON_MS);
    await until(() => this.#get("typing").hidden);
  }

  #closePanel() {
    if (this.#panel.open) this.#get("panel-close").click();
  }

  async #type(field, words) {
    const hurry = matchMedia("(prefers-reduced-motion: reduce)").matches;
    for (const end of hurry ? [words.length] : [...words].keys()) {
      field.value = words.slice(0, end);
      if (!hurry) await pause(LETTER_MS);
    }
    field.value = words;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** Pages that may stand in no frame open in a window of their own. */
  #keepLinksOut() {
    this.#document?.addEventListener(
      "click",
      (event) => {
        const link = event.target.closest?.("a[href]");
        if (link && !OUTSIDE.includes(link.pathname) && !link.download) link.target = "_blank";
      },
      true,
    );
  }
}
