// The phone by itself, for a screen of its own: `#username` chooses whose it is.
import { request } from "../api.js";
import { byId, make, makeButton } from "../dom.js";
import { addTexts, fillTexts, locale, text } from "../texts.js";
import { Feed } from "./feed.js";
import { Phone } from "./phone.js";
import { TEXTS } from "./texts.js";

async function begin() {
  const place = byId("phone-side");
  try {
    const people = await request("GET", "/demo/people");
    const feed = new Feed();
    const phone = new Phone(feed, people);
    const choose = () => phone.own(location.hash ? decodeURIComponent(location.hash.slice(1)) : "");
    if (location.hash) choose();
    addEventListener("hashchange", choose);
    place.replaceChildren(phone.node);
    feed.start();
  } catch (problem) {
    const words = text(problem.status === 404 ? "demo.off" : "demo.unreachable", { reason: problem.sentence });
    const again = makeButton("button primary", text("demo.again"), begin);
    place.replaceChildren(make("p", { class: "state", role: "alert" }, words), again);
  }
}

addTexts(TEXTS);
document.documentElement.lang = locale;
fillTexts(document);
begin();
