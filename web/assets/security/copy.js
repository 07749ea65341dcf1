// Copying to the clipboard, with a word about how it went.
import { makeButton, make } from "../dom.js";
import { text } from "../texts.js";

/** A button that copies `words`, and a status beside it. */
export function copyButton(label, words) {
  const status = make("span", { class: "copied", role: "status" });
  const button = makeButton("button quiet", label, async () => {
    try {
      await navigator.clipboard.writeText(words);
      status.textContent = text("copy.done");
    } catch {
      status.textContent = text("copy.failed");
    }
  });
  return [button, status];
}
