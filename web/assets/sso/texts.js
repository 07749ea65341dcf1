// What is said about signing in with the account of an organisation, on every page that offers it.
export const SSO_TEXTS = {
  en: {
    "sso.signIn": "Sign in with {name}",
    "sso.use": "Go on at your organisation",
    "sso.binding": "You sign in at your organisation once more for",
    "sso.check": "You sign in at your organisation once more for",
    "sso.hint": "You sign in there with a second factor, and come back here by yourself.",
    "sso.going": "Taking you to the sign-in of your organisation …",
    "sso.coming": "Checking your sign-in …",
    "sso.title": "Signing in",
    "sso.failed": "You are not signed in",
    "sso.lost": "This page was opened without a sign-in, or a second time. Please start again.",
    "sso.back": "Back to the chat",
    "code.way.sso": "Sign in at my organisation instead",
  },
};
