// The list of people: found by letters of a name, a page at a time.
import { byId, disable, make, makeButton, onPress } from "../dom.js";
import { dayAndTime } from "../format.js";
import { badge, drawItem, Part } from "../security/lists.js";
import { hasText, text } from "../texts.js";

const PATH = "/api/admin/users";

/** What a role is called; one that this page does not know goes by its own name. */
export function roleName(role) {
  return hasText(`role.${role}`) ? text(`role.${role}`) : role;
}

export class People {
  #session;
  #hooks;
  #part;
  #find = "";
  #second = false;
  /** The roles that can be given here. */
  roles = [];

  /** `hooks`: `manage(person, second)` opens one, `add()` somebody new. */
  constructor(session, hooks) {
    this.#session = session;
    this.#hooks = hooks;
    this.#part = new Part(byId("people"), () => this.#read(), (page) => this.#draw(page));
    byId("search").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#find = byId("find").value.trim();
      this.load();
    });
    onPress(byId("add"), hooks.add);
  }

  load() {
    return this.#part.load();
  }

  clear() {
    this.#part.clear();
    byId("find").value = this.#find = "";
  }

  async #read(after = null) {
    // What is typed is one value: a + and a & stay what they are.
    const asked = Object.entries({ find: this.#find, after }).filter(([, value]) => value);
    const query = asked.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
    const page = await this.#session.read(query ? `${PATH}?${query}` : PATH);
    this.roles = page.roles;
    this.#second = page.second_admin;
    return page;
  }

  #draw(page) {
    if (page.people.length === 0) return [make("p", { class: "lead" }, text("people.none"))];
    const list = make("ul", { class: "items" }, ...page.people.map((one) => this.#drawOne(one)));
    return [list, ...this.#drawMore(page.next, list)];
  }

  #drawMore(next, list) {
    if (!next) return [];
    const line = make("p", { class: "adds" });
    const more = makeButton("button quiet", text("people.more"), async () => {
      disable(more);
      try {
        const page = await this.#read(next);
        const items = page.people.map((one) => this.#drawOne(one));
        list.append(...items);
        line.replaceWith(...this.#drawMore(page.next, list));
        items[0]?.querySelector("button")?.focus();
      } catch (problem) {
        line.replaceChildren(make("span", { class: "error", role: "alert" }, problem.sentence), more);
        disable(more, false);
      }
    });
    line.append(more);
    return [line];
  }

  #drawOne(person) {
    const { name, username, roles, last_sign_in: last } = person;
    const signedIn = last ? text("people.lastSignIn", { time: dayAndTime(last) }) : text("people.neverSignedIn");
    const held = roles.map(roleName).join(", ") || text("people.noRole");
    const manage = makeButton("button quiet", text("people.manage"), () =>
      this.#hooks.manage(person, this.#second),
    );
    manage.setAttribute("aria-label", text("people.manageLabel", { name: `${name} (${username})` }));
    return drawItem([name, ...badgesOf(person)], [`${username} · ${held}`, signedIn], manage);
  }
}

/** What stands out about a person. */
function badgesOf({ me, disabled, paused, invited }) {
  const shown = [];
  if (me) shown.push(badge(text("people.me")));
  if (disabled) shown.push(badge(text("people.disabled"), "warn"));
  if (paused.length) shown.push(badge(text("people.paused"), "warn"));
  if (invited) shown.push(badge(text(`people.invited.${invited}`)));
  return shown.flatMap((one) => [" ", one]);
}
