// Copying and saving one's own conversation.
import { byId, onPress, saveFile } from "./dom.js";
import { text } from "./texts.js";
import { heading, transcript } from "./transcript.js";

const PLAIN = "text/plain;charset=utf-8";

export class Saving {
  #session;
  #nameOf;
  #box = byId("saving");
  #state = byId("saving-state");

  /** `nameOf(tenant)` is what an organisation is called. */
  constructor(session, nameOf) {
    this.#session = session;
    this.#nameOf = nameOf;
    onPress(byId("saving-copy"), () => this.#do("saving.copied", () => this.#copy()));
    onPress(byId("saving-file"), () => this.#do("saving.saved", () => this.#save()));
    this.#box.addEventListener("beforetoggle", () => (this.#state.textContent = ""));
    for (const type of ["end", "replaced"])
      session.addEventListener(type, () => this.#box.hidePopover());
  }

  async #do(done, act) {
    this.#state.textContent = text("saving.working");
    try {
      await act();
      this.#state.textContent = text(done);
    } catch (problem) {
      this.#state.textContent = problem.sentence ?? text("saving.failed");
    }
  }

  // The promise itself is handed over: a browser allows copying only right after a press. One that
  // does not allow it says so before there are words, and then theirs is the failure to be told.
  async #copy() {
    const words = this.#words();
    const blob = words.then((one) => new Blob([one], { type: "text/plain" }));
    const item = new ClipboardItem({ "text/plain": blob });
    const copied = navigator.clipboard.write([item]);
    await Promise.allSettled([blob, copied]);
    await words;
    await copied;
  }

  async #save() {
    const file = new Blob([await this.#words()], { type: PLAIN });
    const day = new Date().toISOString().slice(0, 10);
    saveFile(file, `${text("saving.name")}-${day}.txt`);
  }

  async #words() {
    const { epoch, view } = this.#session;
    const { messages } = await this.#session.read("/api/messages");
    if (epoch !== this.#session.epoch) throw new Error("another session");
    const organisation = this.#nameOf(view.tenant);
    return transcript(messages, heading(organisation, view.user?.name ?? "", new Date()));
  }
}
