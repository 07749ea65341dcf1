// Every word of the chat page, and of what the pages share; a page of its own words adds them. A
// further language is a further catalogue with the same keys; a key that it lacks is shown
// in English.

const CATALOGUES = {
  en: {
    "page.titleWarning": "Session ends soon · Gatehouse",
    "page.product": "Gatehouse",
    "page.heading": "Chat with the assistant",
    "page.skip": "Skip to the message field",
    "page.theme": "Switch between light and dark",

    "session.signIn": "Sign in",
    "session.signOut": "Sign out",
    "session.signedInAs": "Signed in as",
    "session.endsIn": "Session ends in",
    "session.signedIn": "You are signed in as {name}.",
    "session.security": "Your security",
    "session.enrol":
      "You are signed in. To open personal details, we need a second way to be sure that it is you. Setting it up takes two minutes.",
    "session.enrolAgain":
      "You signed in with a recovery code. If your phone or authenticator app is gone, please set up a new one now.",
    "session.changed": "This session changed in another window.",

    "log.label": "Conversation",
    "log.bot": "Assistant:",
    "log.person": "You:",
    "log.typing": "The assistant is writing",
    "log.newer": "New messages",
    "log.refused": "Please note:",
    "log.choices": "Suggested answers",
    "log.chosen": "(chosen)",
    "log.noHistory": "Earlier messages could not be loaded. {reason}",

    "state.sending": "Sending …",
    "state.sent": "Sent",
    "state.failed": "Not sent",
    "state.again": "Try again",
    "state.edit": "Edit",

    "welcome.title": "How can we help?",
    "welcome.text":
      "Ask in your own words. When we need to know who you are, a secure panel opens beside the chat.",
    "welcome.starters": "Examples",
    "welcome.any1": "What can you do?",
    "welcome.any2": "How do I sign in?",
    "welcome.any3": "I would like to talk to a person",
    "welcome.bank1": "What's my balance?",
    "welcome.bank2": "Show my last transactions",
    "welcome.bank3": "What can you do?",
    "welcome.clinic1": "When is my next appointment?",
    "welcome.clinic2": "I need an appointment next week",
    "welcome.clinic3": "What can you do?",
    "welcome.work1": "How many days of leave do I have left?",
    "welcome.work2": "Something is wrong with my laptop",
    "welcome.work3": "What can you do?",
    "welcome.shop1": "Where is my order?",
    "welcome.shop2": "I want to send something back",
    "welcome.shop3": "What can you do?",

    "composer.label": "Your message",
    "composer.placeholder": "Write a message",
    "composer.send": "Send",
    "composer.hint": "Passwords and codes belong in the secure panel, never in the chat.",
    "composer.left.one": "{count} character left",
    "composer.left.other": "{count} characters left",
    "composer.over.one": "{count} character too many",
    "composer.over.other": "{count} characters too many",

    "expiry.idle": "Your session ends in one minute, because nothing has happened for a while.",
    "expiry.absolute":
      "Your session reaches its longest time in one minute. Afterwards you can sign in again.",
    "expiry.time": "{time} left",
    "expiry.extend": "Stay in this session",
    "expiry.extended": "Your session goes on.",

    "ended.expiredTitle": "Your session has ended",
    "ended.expiredText": "This screen has been cleared to protect you.",
    "ended.signingOutTitle": "Signing out …",
    "ended.signedOutTitle": "You are signed out",
    "ended.signedOutText": "This screen has been cleared.",
    "ended.unreachableTitle": "We cannot start right now",
    "ended.stillInTitle": "You are not signed out yet",
    "ended.stillInText": "This screen has been cleared, but we could not end the session. {reason}",
    "ended.start": "Start a new conversation",
    "ended.again": "Try again",

    "panel.eyebrow": "Secure panel",
    "panel.note": "This is not part of the chat. What you enter here never becomes part of the conversation.",
    "panel.close": "Close the panel",
    "panel.notNow": "Not now",

    "password.title": "Sign in",
    "password.tenant": "Organisation",
    "password.choose": "Choose …",
    "password.username": "User name",
    "password.password": "Password",
    "password.show": "Show",
    "password.hide": "Hide",
    "password.showLabel": "Show the password",
    "password.hideLabel": "Hide the password",
    "password.submit": "Continue",
    "password.forgotten": "Forgot your password?",
    "password.missingTenant": "Choose your organisation first.",
    "password.missingUsername": "Enter your user name.",
    "password.missingPassword": "Enter your password.",

    "recover.title": "Get back into your account",
    "recover.text":
      "Forgot your password, or lost your phone? Tell us who you are, and we email you a link that leads on.",
    "recover.open": "Get back into my account",
    "recover.submit": "Send me a link",
    "recover.sent":
      "If this account exists, we have sent a link to its email address. Please look in your mailbox, also under spam.",
    "recover.back": "Back to sign-in",

    "code.title.sign_in": "Enter your code",
    "code.title.step_up": "Confirm that it is you",
    "code.title.change": "Confirm that it is you",
    "code.binding": "With this code you approve",
    "code.check": "Check each line: with this code you approve exactly this",
    "code.label": "6-digit code",
    "code.labelRecovery": "Recovery code",
    "code.hint.totp": "Open your authenticator app and type the code that it shows for this account.",
    "code.hint.recovery":
      "One of the codes that you saved when you set up your account, like abcd-efgh-jkmn. Each works once.",
    "code.place.sms": "your phone",
    "code.place.email": "your email address",
    "code.sms.ready": "We can text a code to {destination}.",
    "code.sms.sending": "Texting a code to {destination} …",
    "code.sms.sent": "We texted a code to {destination}. It can take a minute to arrive.",
    "code.sms.failed": "The text message to {destination} could not be sent. Please choose another way.",
    "code.email.ready": "We can email a code to {destination}.",
    "code.email.sending": "Emailing a code to {destination} …",
    "code.email.sent": "We emailed a code to {destination}. Please look under spam, too.",
    "code.email.failed": "The email to {destination} could not be sent. Please choose another way.",
    "code.sendFirst": "Send me the code",
    "code.resend": "Send a new code",
    "code.resendIn": "Send a new code in {time}",
    "code.others": "Other ways",
    "code.way.totp": "Use my authenticator app instead",
    "code.way.sms": "Text me a code instead",
    "code.way.email": "Email me a code instead",
    "code.way.recovery": "Use a recovery code instead",
    "code.pausedFor": "This way opens again in {time}.",
    "code.attempts.one": "{count} attempt left",
    "code.attempts.other": "{count} attempts left",
    "code.expiresIn": "Expires in",
    "code.submit": "Confirm",
    "code.reject": "No, cancel",
    "code.malformed": "A code has 6 digits. Please check it.",
    "code.malformedRecovery": "A recovery code has 12 letters and digits. Please check it.",
    "code.expired": "The time for this code is over.",
    "code.again.sign_in": "Start sign-in again",
    "code.again.step_up": "Back to the chat",
    "code.again.confirm": "Back to the chat",
    "code.again.change": "Start again",
    "code.askAgain": "Ask for it again in the chat.",

    "entry.hint":
      "{least} to {most} digits that are hard to guess: no 1234, no repeated digits, no year, not the number on the card.",
    "entry.again": "{label}, once more",
    "entry.malformed": "Please type {least} to {most} digits.",
    "entry.mismatch": "The two are not the same. Please type the second one again.",
    "entry.showLabel": "Show what I type",
    "entry.hideLabel": "Hide what I type",
    "entry.notHere": "Please type this into the panel only, never into the chat. I have not sent it.",

    "proof.signInTitle": "Sign in to continue",
    "proof.signInText": "A secure panel opens beside the chat.",
    "proof.signInDone": "You are signed in.",
    "proof.codeTitle": "Your confirmation is needed",
    "proof.codeOpen": "Enter the code",
    "proof.approveOpen": "Check and confirm",
    "proof.enrolTitle": "Set up a second step",
    "proof.enrolText": "An authenticator app on your phone, or a phone number for codes.",
    "proof.enrolOpen": "Set it up",
    "proof.passed": "Confirmed.",
    "proof.done": "Done.",
    "proof.expired": "The time for this is over. Nothing was done.",
    "proof.cancelled": "Cancelled. Nothing was done.",
    "proof.over": "This request is closed.",

    "card.available": "Available",
    "card.balance": "Balance",
    "card.balances": "Balances",
    "card.transactions": "Transactions: {account}",
    "card.bills": "Open bills",
    "card.due": "Due",
    "card.biller": "To",
    "card.date": "Date",
    "card.text": "Details",
    "card.amount": "Amount",
    "card.out": "paid out",
    "card.in": "received",
    "card.empty": "There are no transactions yet.",
    "card.state.waiting": "Waits for your confirmation",
    "card.state.passed": "You confirmed this.",
    "card.state.done": "Done",
    "card.state.cancelled": "Cancelled. Nothing was done.",
    "card.state.expired": "The time for this is over. Nothing was done.",
    "card.state.over": "This request is closed.",
    "card.state.closed": "This request is closed.",
    "card.appointments": "Appointments",
    "card.visitWith": "{patient} with {with}",
    "card.results": "Lab results: {patient}",
    "card.flag.low": "Below the range",
    "card.flag.normal": "Within the range",
    "card.flag.high": "Above the range",
    "card.range.both": "Reference range: {low} to {high} {unit}",
    "card.range.high": "Reference range: up to {high} {unit}",
    "card.range.low": "Reference range: from {low} {unit}",
    "card.course": "{name} over time, in {unit}. {values}",
    "card.medications": "Medicines: {patient}",
    "card.medicine.active": "Since {day}, prescribed by {by}",
    "card.medicine.completed": "Completed. Begun {day}, prescribed by {by}",
    "card.medicine.stopped": "Stopped. Begun {day}, prescribed by {by}",
    "card.orders": "Orders",
    "card.byCategory": "By category",
    "card.byMonth": "By month",
    "card.step.now": "the latest step",
    "card.step.ahead": "still to come",
    "document.open": "Save the document",
    "document.once": "Works once, for one minute.",
    "document.opening": "Fetching the document …",
    "document.saved": "Saved. This link is used up; just ask again if you need it once more.",
    "document.over": "The minute is over. Please ask again in the chat.",

    "card.unknown": "This answer has a part that this page cannot show.",

    "problem.offline": "You seem to be offline. Check your connection, then try again.",
    "problem.no_answer": "We get no answer right now. Please try again in a moment.",
    "problem.too_large": "That is too long for one message. Please shorten it.",
    "problem.server": "Something went wrong on our side. Please try again in a moment.",
    "problem.other": "That did not work. Please try again.",
    "problem.wait": "Please wait {time}.",

    "time.second.one": "{count} second",
    "time.second.other": "{count} seconds",
    "time.minute.one": "{count} minute",
    "time.minute.other": "{count} minutes",
    "time.hour.one": "{count} hour",
    "time.hour.other": "{count} hours",
    "time.day.one": "{count} day",
    "time.day.other": "{count} days",
  },
};

const FALLBACK = "en";

/** The language tag of the page, with the reader's region where it is known: "en-GB". */
export const locale =
  navigator.languages.find((tag) => tag.split("-")[0] in CATALOGUES) ?? FALLBACK;

const language = locale.split("-")[0];
const plurals = new Intl.PluralRules(locale);

/** Add the words of a page, of the same shape as here. */
export function addTexts(catalogues) {
  for (const [tag, words] of Object.entries(catalogues)) Object.assign(CATALOGUES[tag], words);
}

/** Tell whether there are words for `key`. */
export function hasText(key) {
  return key in CATALOGUES[FALLBACK];
}

/** Return the words for `key`, with `{name}` replaced by `values.name`. */
export function text(key, values = {}) {
  const words = CATALOGUES[language][key] ?? CATALOGUES[FALLBACK][key];
  if (words === undefined) throw new Error(`no words for ${key}`);
  return words.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** Return the words for `count` things: "1 attempt left", "3 attempts left". */
export function counted(key, count) {
  const form = `${key}.${plurals.select(count)}`;
  return text(hasText(form) ? form : `${key}.other`, { count });
}

/** Fill every element under `root` that names its words or its label. */
export function fillTexts(root) {
  for (const node of root.querySelectorAll("[data-text]")) node.textContent = text(node.dataset.text);
  for (const node of root.querySelectorAll("[data-label]"))
    node.setAttribute("aria-label", text(node.dataset.label));
  for (const node of root.querySelectorAll("[data-placeholder]"))
    node.setAttribute("placeholder", text(node.dataset.placeholder));
}
