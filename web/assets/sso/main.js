// The page between here and a provider: it goes there, or brings what came back. Code and state
// leave the address before anything else happens, and are kept in memory only.
import { byId } from "../dom.js";
import { Session } from "../session.js";
import { addTexts, fillTexts, locale, text } from "../texts.js";
import { SSO_TEXTS } from "./texts.js";

const HOME = "/";
const START = /^\/sso\/([a-z0-9][a-z0-9_-]*)\/start$/;

/** Take what a provider sent out of the address. */
function take() {
  const came = new URLSearchParams(location.search);
  history.replaceState(null, "", location.pathname);
  return came;
}

/** Begin at the provider of an organisation; whoever is signed in already stays so. */
async function go(session, tenant, provider) {
  byId("words").textContent = text("sso.going");
  await session.start(tenant);
  if (session.view.user) return location.replace(HOME);
  const asked = provider ? { tenant, provider } : { tenant };
  const { location: to } = await session.send("POST", "/api/sso/start", asked);
  return location.replace(to);
}

async function comeBack(session, came) {
  byId("words").textContent = text("sso.coming");
  const state = came.get("state");
  if (!state) return fail(text("sso.lost"));
  const told = { state };
  for (const name of ["code", "iss"]) if (came.has(name)) told[name] = came.get(name);
  await session.resume();
  const answer = await session.send("POST", "/api/sso/continue", told);
  session.adoptProof(answer);
  return location.replace(answer.next === "/security" ? answer.next : HOME);
}

function fail(sentence) {
  byId("title").textContent = document.title = text("sso.failed");
  byId("words").textContent = sentence;
  byId("words").setAttribute("role", "alert");
  byId("back").hidden = false;
  byId("back").focus();
}

async function run() {
  const came = take();
  const session = new Session();
  const [, tenant] = START.exec(location.pathname) ?? [];
  try {
    await (tenant ? go(session, tenant, came.get("provider")) : comeBack(session, came));
  } catch (problem) {
    fail(problem.sentence ?? text("problem.other"));
  }
}

addTexts(SSO_TEXTS);
document.documentElement.lang = locale;
fillTexts(document);
run();
