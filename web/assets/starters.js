// What to try first: questions that the organisation of the session has an answer to. They are
// words like any others; what may be asked, the server decides.
import { text } from "./texts.js";

const SUBJECTS = {
  "northwind-bank": "bank",
  "harbor-clinic": "clinic",
  globex: "work",
  "acme-shop": "shop",
};
// Staff ask for other things than those whom they serve: the bot tells them which.
const SERVED = ["customer", "patient", "employee", "hr_admin", "it_agent"];
const EACH = [1, 2, 3];

/** Return three questions for the session of this `view`, null before there is one. */
export function starters(view) {
  const { tenant, user } = view ?? {};
  const subject = SUBJECTS[user?.tenant ?? tenant];
  const served = !user || user.roles.some((role) => SERVED.includes(role));
  return EACH.map((each) => text(`welcome.${(served && subject) || "any"}${each}`));
}
