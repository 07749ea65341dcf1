// Who is signed in where, for how long, and the way in and out.
import { byId, onPress } from "./dom.js";
import { minutesAndSeconds } from "./format.js";

const THEME_KEY = "gatehouse.theme";

export class Header {
  #organisation = byId("organisation");
  #who = byId("who");
  #person = byId("person");
  #time = byId("time-left");
  #signIn = byId("sign-in");
  #signOut = byId("sign-out");

  constructor({ onSignIn, onSignOut }) {
    onPress(this.#signIn, onSignIn);
    onPress(this.#signOut, onSignOut);
    onPress(byId("theme"), toggleTheme);
  }

  /** Show the holder of the session; `view` is null without one, `organisation` a name or "". */
  show(view, organisation) {
    const user = view?.user ?? null;
    this.#organisation.textContent = organisation;
    this.#person.textContent = user?.name ?? "";
    this.#who.hidden = user === null;
    this.#signIn.hidden = user !== null || view === null;
    this.#signOut.hidden = user === null;
  }

  tick(seconds) {
    this.#time.textContent = minutesAndSeconds(seconds);
  }
}

function toggleTheme() {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const theme = (root.dataset.theme ?? system) === "dark" ? "light" : "dark";
  root.dataset.theme = theme;
  try {
    localStorage.setItem(THEME_KEY, theme);
  } catch {
    // Storage is switched off: the choice lasts as long as the page.
  }
}
