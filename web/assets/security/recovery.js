// The end of a recovery: the emailed link leads here. Its token is kept in memory only.
import { request } from "../api.js";
import { byId, disable, isDisabled, make } from "../dom.js";
import { dayAndTime, duration } from "../format.js";
import { text } from "../texts.js";
import { FormError, passwordField, textField } from "./fields.js";

const HASH = /^#recover=([\w.~-]{1,512})$/;

/** Take the token out of the address, where it would be seen, kept and shared; null without one. */
export function takeToken() {
  if (!location.hash.startsWith("#recover")) return null;
  const token = HASH.exec(location.hash)?.[1] ?? "";
  history.replaceState(null, "", location.pathname);
  return token;
}

/** Show the form for `token` on the page. */
export function showRecovery(token) {
  byId("recover").hidden = false;
  byId("skip").hidden = true;
  if (token === "") showEnd(text("recovery.badLink"), "/#forgotten", "recovery.newLink", true);
  else byId("recover-body").replaceChildren(drawForm(token));
  byId("recover-title").focus();
}

function showEnd(words, href, key, bad = false) {
  const look = bad ? { class: "error", role: "alert" } : { class: "said", role: "status" };
  const link = make("a", { class: "button primary", href }, text(key));
  byId("recover-body").replaceChildren(
    make("p", look, words),
    make("p", { class: "adds" }, link),
  );
  link.focus();
}

function drawForm(token) {
  const password = passwordField({
    id: "new-password",
    label: text("change.password.label"),
    hint: text("change.password.hint"),
    autocomplete: "new-password",
  });
  const lost = make("input", { id: "lost", type: "checkbox", "aria-describedby": "lost-hint" });
  const code = textField({
    id: "recovery-code",
    label: text("recovery.code"),
    hint: text("recovery.codeHint"),
    autocomplete: "off",
    autocapitalize: "none",
    maxlength: "40",
  });
  code.input.required = false;
  const error = new FormError();
  const submit = make("button", { type: "submit", class: "button primary" }, text("recovery.submit"));
  const form = make(
    "form",
    { class: "plain-form", method: "post", novalidate: "" },
    make("p", {}, text("recovery.text")),
    error.node,
    password.node,
    make("div", { class: "check" }, lost, make("label", { for: "lost" }, text("recovery.lost"))),
    make("p", { id: "lost-hint", class: "field-hint" }, text("recovery.lostHint")),
    code.node,
    make("div", { class: "actions" }, submit),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!isDisabled(submit)) finish({ token, password, code, lost, error, submit });
  });
  return form;
}

async function finish(parts) {
  const { token, password, code, lost, error, submit } = parts;
  if (password.input.value === "") return error.say(text("change.password.missing"), password.input);
  const body = { token, new_password: password.input.value };
  const typed = code.input.value.trim();
  if (typed) body.recovery_code = typed;
  if (lost.checked) body.lost_factor = true;
  disable(submit);
  try {
    await request("POST", "/api/recover/finish", { body });
    showEnd(text(lost.checked ? "recovery.doneLost" : "recovery.done"), "/", "recovery.toSignIn");
  } catch (problem) {
    fail(parts, problem);
  } finally {
    disable(submit, false);
  }
}

function fail({ password, code, error }, { code: refusal, sentence, details }) {
  if (refusal === "expired") {
    showEnd(text("recovery.expired"), "/#forgotten", "recovery.newLink", true);
  } else if (refusal === "recovery_waiting") {
    password.input.value = "";
    showEnd(waiting(details.ready_in_seconds), "/", "stranger.toChat");
  } else if (refusal === "wrong_code") {
    error.say(sentence, code.input);
  } else {
    const suggestions = Array.isArray(details.suggestions) ? details.suggestions : [];
    error.say(sentence, password.input, suggestions);
  }
}

function waiting(seconds) {
  if (!(seconds > 0)) return text("recovery.waitingSome");
  const time = dayAndTime(new Date(Date.now() + seconds * 1000).toISOString());
  return text("recovery.waiting", { time, wait: duration(seconds) });
}
