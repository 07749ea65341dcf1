// The words of the chat inside another site, beside those that the pages share.

export const TEXTS = {
  en: {
    "embed.welcome":
      "Ask in your own words. For what is personal, the chat opens in a window of its own: never type a password or a code here.",
    "embed.bank1": "Which bills are due?",
    "embed.bank2": "I have lost my card",
    "embed.clinic2": "Which times are free next week?",
    "embed.hint": "Never type passwords or codes here.",
    "embed.open": "Open the chat in its own window",
    "embed.close": "Close the chat",
    "embed.signedIn": "{name} · signed in at this site",
    "embed.noCookieTitle": "Your browser keeps nothing for this chat",
    "embed.noCookieText":
      "It blocks cookies inside other sites, so nothing said here could be answered. The chat works in a window of its own.",
    "embed.openButton": "Open the chat",
    "embed.onwardTitle": "In a window of its own",
    "embed.onwardGoesOn": "Sign in there, and this goes on: the answer is shown there alone.",
    "embed.onwardAskThere": "Sign in there and ask again: the answer is shown there alone.",
  },
};
