// How one message looks.
import { showState } from "./approvals.js";
import { drawCard } from "./cards.js";
import { clone, disable, make, makeButton, onPress, part } from "./dom.js";
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

  /** It waits for the connection; `takeBack` takes it out again, where that is still possible. */
  waiting(takeBack) {
    this.#show("waiting");
    this.#explain("", takeBack ? text("state.takeBack") : "", takeBack);
    this.#failure.hidden = takeBack === null;
  }

  sent() {
    this.#failure.hidden = true;
    this.#show("sent");
  }

  /** Say why it was not sent, and offer a way on, where there is one: its label, what it does. */
  failed(sentence, label, act) {
    this.#show("failed");
    this.#explain(sentence, label, act);
    this.#failure.hidden = false;
  }

  #explain(sentence, label, act) {
    part(this.item, "reason").textContent = sentence;
    const button = part(this.item, "again");
    button.textContent = label;
    button.hidden = label === "";
    button.onclick = act;
  }

  #show(state) {
    this.item.dataset.state = state;
    this.#state.textContent = text(`state.${state}`);
  }
}

/**
 * Draw a message of the bot. `hooks`: `choose(choice)`, `signIn()`, `enterCode(challenge)`, and
 * `onward(message)` where nothing can be proved here: the card that leads to where it can, or null.
 * Returns `{item, spoken, proof}`; `proof.settle(state)` closes a sign-in or code card.
 */
export function drawBotMessage(message, moment, hooks) {
  const item = clone("bot-template");
  const parts = part(item, "parts");
  stamp(item, moment);
  if (message.text) parts.append(bubble(message));
  const card = message.card ? drawCard(message.card) : null;
  if (card) parts.append(card);
  const onward = hooks.onward?.(message);
  if (onward) parts.append(onward);
  const proof = onward ? null : (approvalOf(message, card, hooks) ?? proofOf(message, hooks));
  if (proof && proof.card !== card) parts.append(proof.card);
  if (message.enrol) parts.append(drawEnrol());
  if (message.choices?.length) parts.append(drawChoices(message.choices, hooks.choose));
  return { item, proof, spoken: spokenForm(parts) };
}

function bubble(message) {
  const plain = !message.refused || message.sign_in || message.challenge || message.card;
  const words = make("p", { class: plain ? "bubble" : "bubble refused", dir: "auto" });
  if (!plain) words.append(make("span", { class: "hidden" }, text("log.refused"), " "));
  words.append(message.text);
  return words;
}

/** What a screen reader hears of a finished message; of a long card its caption only. */
function spokenForm(parts) {
  const said = [...parts.children].map((node) => {
    const words = document.createTreeWalker(
      node.querySelector("caption, .proof-title, .approval-title") ?? node,
      NodeFilter.SHOW_TEXT,
    );
    const pieces = [];
    while (words.nextNode()) pieces.push(words.currentNode.data.trim());
    return pieces.filter(Boolean).join(", ");
  });
  return said.join(" ");
}

/** A confirmation card is itself what opens the panel. */
function approvalOf({ challenge }, card, hooks) {
  if (!card?.classList.contains("approval") || !challenge) return null;
  if (card.dataset.state !== "waiting") return null;
  const open = makeButton("button primary", text("proof.approveOpen"), () =>
    hooks.enterCode(challenge),
  );
  part(card, "foot").append(open);
  const settle = (state) => {
    showState(card, state, text(`card.state.${state}`));
    open.remove();
  };
  return { id: challenge.id, expiresIn: challenge.expires_in, card, settle };
}

function proofOf(message, hooks) {
  if (message.challenge) {
    const { challenge } = message;
    const words = [text("proof.codeTitle"), challenge.binding, text("proof.codeOpen")];
    const proof = drawProof(challenge.id, words, () => hooks.enterCode(challenge));
    return { ...proof, expiresIn: challenge.expires_in };
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
  const settle = (state) => {
    card.classList.add("settled");
    part(card, "text").textContent = text(`proof.${state}`);
    button.remove();
  };
  return { id, card, settle };
}

/** A stronger way of showing who one is has to be added first. */
function drawEnrol() {
  const card = clone("proof-template");
  part(card, "title").textContent = text("proof.enrolTitle");
  part(card, "text").textContent = text("proof.enrolText");
  const link = make("a", { class: "button primary", href: "/security" }, text("proof.enrolOpen"));
  part(card, "open").replaceWith(link);
  return card;
}

function drawChoices(choices, choose) {
  const group = make("div", { class: "choices", role: "group", "aria-label": text("log.choices") });
  for (const choice of choices) {
    const button = make("button", { type: "button", class: "choice" }, choice.title);
    onPress(button, () => {
      if (!choose(choice)) return;
      button.classList.add("chosen");
      button.append(make("span", { class: "hidden" }, " ", text("log.chosen")));
    });
    group.append(button);
  }
  return group;
}

/** Switch off every choice under `root`: an answer has been given. */
export function closeChoices(root) {
  for (const button of root.querySelectorAll(".choice")) disable(button);
}
