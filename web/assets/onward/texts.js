// The words of a question that was asked elsewhere (see ../texts.js).

export const TEXTS = {
  en: {
    "onward.signIn": "You asked for something that goes on here. Please sign in to see it.",
    "onward.text.title": "You asked for this by text message",
    "onward.site.title": "You asked for this on another site",
    "onward.label": "What was asked for",
    "onward.said": "In your words: “{words}”",
    "onward.nothingYet": "Nothing has been done yet. Go on only if it was you who asked.",
    "onward.look": "It is shown here, and nowhere else.",
    "onward.goOn": "Go on",
    "onward.notNow": "Not now",
    "onward.later": "All right. The link stays good for a few minutes.",
    "onward.over": "This link is no longer good, or it is for somebody else. Please ask again here.",
  },
};
