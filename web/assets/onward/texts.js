// The words of a question that came by text (see ../texts.js).

export const TEXTS = {
  en: {
    "onward.signIn": "You asked for something by text message. Please sign in to go on with it here.",
    "onward.title": "You asked for this by text message",
    "onward.label": "What was asked for",
    "onward.nothingYet": "Nothing has been done yet. Go on only if it was you who asked.",
    "onward.look": "It is shown here, and not by text message.",
    "onward.goOn": "Go on",
    "onward.notNow": "Not now",
    "onward.later": "All right. The link in the text message stays good for a few minutes.",
    "onward.over":
      "This link is no longer good, or it is for somebody else. Please ask again, here or by text message.",
  },
};
