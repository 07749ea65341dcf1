// What is said about passkeys, on every page that asks for one.
export const PASSKEY_TEXTS = {
  en: {
    "passkey.signIn": "Sign in with a passkey",
    "passkey.title": "Use your passkey",
    "passkey.use": "Use my passkey",
    "passkey.binding": "With your passkey you approve",
    "passkey.check": "Check each line: with your passkey you approve exactly this",
    "passkey.hint":
      "Your device asks for your fingerprint, your face or the code that unlocks it. None of that leaves the device.",
    "passkey.cancelled": "Nothing was confirmed. Please try again when you are ready.",
    "passkey.there": "This device has a passkey for this account already.",
    "passkey.failed": "This device could not do that. Please try again, or choose another way.",
    "passkey.unsupported": "This browser does not know passkeys. Please choose another way.",
    "code.way.passkey": "Use my passkey instead",
  },
};
