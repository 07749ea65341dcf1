// How one message looks.
import { drawCard } from "./cards.js";
import { clone, disable, make, onPress, part } from "./dom.js";
import { timeOfDay } from "./format.js";
import { text } from "./texts.js";

function stamp(item, moment) {
  const time = part(item, "time");
  time.dateTime = moment.toISOString();
  time.textContent = timeOfDay(moment);
}

/** A message of the person, `item`, with its delivery state. */
export class PersonMessage {
  #state;
  #failure;

  constructor(words, moment) {
    this.item = clone("person-template");
    part(this.item, "words").textContent = words;
    this.#state = part(this.item, "state");
    this.#failure = part(this.item, "failure");
    stamp(this.item, moment);
  }

  sending() {
    this.#failure.hidden = true;
    this.#show("sending");
  }

  sent() {
    this.#show("sent");
  }

  /** Say why it was not sent, and offer a way on, where there is one: its label, what it does. */
  failed(sentence, label, act) {
    this.#show("failed");
    part(this.item, "reason").textContent = sentence;
    const button = part(this.item, "again");
    button.textContent = label;
    button.hidden = label === "";
    button.onclick = act;
    this.#failure.hidden = false;
  }

  #show(state) {
    this.item.dataset.state = state;
    this.#state.textContent = text(`state.${state}`);
  }
}

/**
 * Draw a message of the bot. `hooks`: `choose(choice)`, `signIn()`, `enterCode(challenge)`.
 * Returns `{item, spoken, proof}`; `proof.settle(key)` closes a sign-in or code card.
 */
export function drawBotMessage(message, moment, hooks) {
  const item = clone("bot-template");
  const parts = part(item, "parts");
  stamp(item, moment);
  if (message.text) parts.append(bubble(message));
  if (message.card) parts.append(drawCard(message.card));
  const proof = proofOf(message, hooks);
  if (proof) parts.append(proof.card);
  if (message.choices?.length) parts.append(drawChoices(message.choices, hooks.choose));
  return { item, proof, spoken: spokenForm(parts) };
}

function bubble(message) {
  const plain = !message.refused || message.sign_in || message.challenge;
  const words = make("p", { class: plain ? "bubble" : "bubble refused", dir: "auto" });
  if (!plain) words.append(make("span", { class: "hidden" }, text("log.refused"), " "));
  words.append(message.text);
  return words;
}

/** What a screen reader hears of a finished message; of a long card its caption only. */
function spokenForm(parts) {
  const said = [...parts.children].map((node) => {
    const words = document.createTreeWalker(
      node.querySelector("caption, .proof-title") ?? node,
      NodeFilter.SHOW_TEXT,
    );
    const pieces = [];
    while (words.nextNode()) pieces.push(words.currentNode.data.trim());
    return pieces.filter(Boolean).join(", ");
  });
  return said.join(" ");
}

function proofOf(message, hooks) {
  if (message.challenge) {
    const { challenge } = message;
    const words = [text("proof.codeTitle"), challenge.binding, text("proof.codeOpen")];
    return drawProof(challenge.id, words, () => hooks.enterCode(challenge));
  }
  if (!message.sign_in) return null;
  const words = [text("proof.signInTitle"), text("proof.signInText"), text("session.signIn")];
  return drawProof("sign_in", words, () => hooks.signIn());
}

function drawProof(id, [title, words, label], open) {
  const card = clone("proof-template");
  const button = part(card, "open");
  part(card, "title").textContent = title;
  part(card, "text").textContent = words;
  button.textContent = label;
  onPress(button, open);
  const settle = (key) => {
    card.classList.add("settled");
    part(card, "text").textContent = text(key);
    button.remove();
  };
  return { id, card, settle };
}

function drawChoices(choices, choose) {
  const group = make("div", { class: "choices", role: "group", "aria-label": text("log.choices") });
  for (const choice of choices) {
    const button = make("button", { type: "button", class: "choice" }, choice.title);
    onPress(button, () => {
      button.classList.add("chosen");
      button.append(make("span", { class: "hidden" }, " ", text("log.chosen")));
      choose(choice);
    });
    group.append(button);
  }
  return group;
}

/** Switch off every choice under `root`: an answer has been given. */
export function closeChoices(root) {
  for (const button of root.querySelectorAll(".choice")) disable(button);
}
