// The words of the demo's outbox (see ../texts.js).

export const TEXTS = {
  en: {
    "demo.kind": "Demo",
    "demo.skip": "Skip to the messages",
    "demo.toChat": "To the chat",
    "demo.heading": "What the demo has sent",
    "demo.lead":
      "The demo sends no real text messages and emails: they appear here instead, newest first. Outside the demo, the phones and mailboxes of real people take the place of this page, and nobody else sees what is in them.",
    "demo.empty": "Nothing has been sent yet. Ask for a code by text message or email, and it appears here.",
    "demo.off": "There is no outbox here: this installation is not a demo, or sends for real.",
    "demo.unreachable": "The outbox cannot be read right now. {reason}",
    "demo.sms": "Text message",
    "demo.email": "Email",
    "demo.to": "to {address}",
  },
};
