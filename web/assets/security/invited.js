// The end of an invitation: its link leads here. Its token is kept in memory only.
import { request } from "../api.js";
import { byId, disable, isDisabled, make } from "../dom.js";
import { text } from "../texts.js";
import { FormError, passwordField } from "./fields.js";

const HASH = /^#invited=([\w-]{1,128})$/;

/** Take the token out of the address, where it would be seen, kept and shared; null without one. */
export function takeInvitation() {
  if (!location.hash.startsWith("#invited")) return null;
  const token = HASH.exec(location.hash)?.[1] ?? "";
  history.replaceState(null, "", location.pathname);
  return token;
}

/** Show the form for `token` on the page. */
export function showInvited(token) {
  byId("recover").hidden = false;
  byId("skip").hidden = true;
  byId("recover-title").textContent = text("invited.title");
  if (token === "") showEnd(text("invited.badLink"), true);
  else byId("recover-body").replaceChildren(drawForm(token));
  byId("recover-title").focus();
}

function showEnd(words, bad, href = "/") {
  const look = bad ? { class: "error", role: "alert" } : { class: "said", role: "status" };
  const link = make("a", { class: "button primary", href }, text("recovery.toSignIn"));
  byId("recover-body").replaceChildren(make("p", look, words), make("p", { class: "adds" }, link));
  link.focus();
}

function drawForm(token) {
  const password = passwordField({
    id: "new-password",
    label: text("change.password.label"),
    hint: text("change.password.hint"),
    autocomplete: "new-password",
  });
  const error = new FormError();
  const submit = make("button", { type: "submit", class: "button primary" }, text("invited.submit"));
  const form = make(
    "form",
    { class: "plain-form", method: "post", novalidate: "" },
    make("p", {}, text("invited.text")),
    error.node,
    password.node,
    make("div", { class: "actions" }, submit),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!isDisabled(submit)) finish({ token, password, error, submit });
  });
  return form;
}

async function finish({ token, password, error, submit }) {
  if (password.input.value === "") return error.say(text("change.password.missing"), password.input);
  const body = { token, new_password: password.input.value };
  disable(submit);
  try {
    const { tenant, name, username } = await request("POST", "/api/invitations", { body });
    const href = `/?tenant=${encodeURIComponent(tenant)}`;
    showEnd(text("invited.done", { name, username }), false, href);
  } catch ({ code, sentence, details = {} }) {
    if (code === "expired") return showEnd(text("invited.expired"), true);
    const suggestions = Array.isArray(details.suggestions) ? details.suggestions : [];
    error.say(sentence, password.input, suggestions);
  } finally {
    disable(submit, false);
  }
}
