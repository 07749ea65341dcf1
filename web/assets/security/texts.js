// The words of the security page (see ../texts.js).

export const TEXTS = {
  en: {
    "security.heading": "Your security",
    "security.lead":
      "How we make sure that it is you, and who is signed in. Each change asks for your password and a code, and we tell you about it.",
    "security.back": "Back to the chat",
    "security.people": "People of your organisation",
    "security.skip": "Skip to your security",

    "stranger.title": "Sign in first",
    "stranger.text": "This page shows your own security settings. Please sign in on the chat page, then come back.",
    "stranger.toChat": "Go to the chat page",

    "setup.title": "One more step: set up a second way",
    "setup.text":
      "A password alone can be guessed or stolen. With an authenticator app on your phone, only you can open your personal details. It takes two minutes.",
    "setup.start": "Set up an authenticator app",

    "list.loading": "Loading …",
    "copy.done": "Copied.",
    "copy.failed": "Copying did not work. Please select and copy it by hand.",

    "ways.title": "Ways to confirm it is you",
    "ways.text": "Have at least two, so that a lost phone does not lock you out.",
    "ways.adds": "Add or change a way",
    "ways.none": "You have not set up any way yet.",
    "ways.passkey": "Passkey",
    "ways.sso": "Account at",
    "ways.totp": "Authenticator app",
    "ways.sms": "Text message to",
    "ways.email": "Email to",
    "ways.recovery": "Recovery codes",
    "ways.added": "Added on {day}",
    "ways.paused": "Paused",
    "ways.pausedText": "After too many wrong codes it rests for a while. Use another way meanwhile.",
    "ways.remove": "Remove",
    "ways.removeLabel": "Remove: {name}",
    "ways.codesNone": "None left",
    "ways.codesLeft.one": "{count} code left",
    "ways.codesLeft.other": "{count} codes left",
    "ways.codesText": "For when your phone is lost. Each works once.",
    "ways.codesNew": "New recovery codes",

    "sessions.title": "Where you are signed in",
    "sessions.text": "If you do not recognise one of these, sign it out and change your password.",
    "sessions.current": "This device",
    "sessions.since": "Signed in {time}",
    "sessions.seen": "Last used {time}",
    "sessions.end": "Sign out",
    "sessions.endLabel": "Sign out: {device}",
    "sessions.endOthers": "Sign out everywhere else",
    "sessions.ended": "That device is signed out.",
    "sessions.endedOthers": "All other devices are signed out.",

    "signIns.title": "Recent sign-ins",
    "signIns.text": "The latest ten, with those that failed.",
    "signIns.none": "There are none yet.",
    "signIns.passed": "Signed in",
    "signIns.failed": "Failed",
    "signIns.by.passkey": "With a passkey",
    "signIns.by.sso": "With the account of your organisation",
    "signIns.by.totp": "With the authenticator app",
    "signIns.by.sms": "With a code by text message",
    "signIns.by.email": "With a code by email",
    "signIns.by.recovery": "With a recovery code",

    "change.step": "Step {number} of {total}",
    "change.next": "Continue",
    "change.close": "Close",
    "change.working": "One moment …",
    "change.currentPassword": "Your current password",
    "change.wrongPassword": "That password is not right. Please try again.",
    "change.toRecovery": "Get back in through recovery",
    "change.toCodes": "Get recovery codes next",

    "change.signInThere": "Sign in at {name} once more",
    "change.sso.title": "Link my account at {name}",
    "change.sso.text": "From then on you can sign in here with your account at {name}. You sign in there once, to show that it is yours.",
    "confirm.sso.title": "Sign in at your organisation",
    "change.sso.doneTitle": "Your account is linked",
    "change.sso.done": "From now on you can sign in with it.",
    "change.passkey.title": "Add a passkey",
    "change.passkey.text":
      "With a passkey you sign in and confirm with what unlocks this device: fingerprint, face or code. Nobody can guess or copy it, and it works on our real page alone.",
    "change.passkey.label": "Name",
    "change.passkey.hint": "So that you know it again, like “My laptop”.",
    "change.passkey.missing": "Enter a name.",
    "change.passkey.doneTitle": "Your passkey is ready",
    "change.passkey.done": "From now on you can sign in and confirm with it.",
    "confirm.passkey.title": "Make the passkey",
    "confirm.passkey.text": "Your device asks where to keep the passkey, and to confirm that it is you.",
    "confirm.passkey.make": "Make the passkey",

    "change.totp.title": "Add an authenticator app",
    "change.totp.anew": "Set up a new authenticator app",
    "change.totp.anewText": "The app that you use now then stops working for this account.",
    "change.totp.text":
      "You need an authenticator app on your phone: any one will do, also a password manager that shows codes. Have it at hand, then continue.",
    "change.totp.doneTitle": "Your app is set up",
    "change.totp.done": "From now on you can confirm with the codes that your authenticator app shows.",

    "change.phone.title": "Add a phone number",
    "change.phone.anew": "Change the phone number",
    "change.phone.anewText": "It replaces the number that you have now; we send a notice there, too.",
    "change.phone.text": "We text a code to this number, now and when you need one.",
    "change.phone.label": "Phone number",
    "change.phone.hint": "With the country code, like +49 30 123456.",
    "change.phone.missing": "Enter the phone number.",
    "change.phone.doneTitle": "Your phone is added",
    "change.phone.done": "From now on we can text codes to this number.",

    "change.email.title": "Add an email address",
    "change.email.anew": "Change the email address",
    "change.email.anewText": "It replaces the address that you have now; we send a notice there, too.",
    "change.email.text": "We send a code to this address, now and when you need one. Notices about your security go there, too.",
    "change.email.label": "Email address",
    "change.email.hint": "One that only you read.",
    "change.email.missing": "Enter the email address.",
    "change.email.doneTitle": "Your email address is added",
    "change.email.done": "From now on we can send codes and notices to this address.",

    "change.recovery.title": "New recovery codes",
    "change.recovery.text":
      "Each of these codes lets you in once when your phone is lost. The codes that you have now stop working.",
    "change.recovery.doneTitle": "Your recovery codes",
    "change.recovery.done":
      "Save these codes now, on paper or in a password manager. We cannot show them again. Your earlier codes no longer work.",

    "change.password.section": "Password",
    "change.password.lead": "Change it when somebody else may know it. Regular changes are not needed.",
    "change.password.title": "Change the password",
    "change.password.text": "Choose one that you use nowhere else.",
    "change.password.label": "New password",
    "change.password.hint":
      "Long is better than complicated: a few unrelated words, for example. A password manager can make one for you.",
    "change.password.missing": "Enter the new password.",
    "change.password.doneTitle": "Your password is changed",
    "change.password.done": "Use the new password the next time you sign in.",

    "data.title": "Your data",
    "data.text":
      "All that we and your organisation's systems hold about you: what was said, how you sign in, what was done with it, and for how long it is kept.",
    "data.html": "Save a copy to read",
    "data.json": "Save a copy for other programs",
    "data.prove": "First, show that it is you",
    "data.working": "Collecting your data from every system. This can take half a minute …",
    "data.saved": "Your copy is saved. Keep it as safe as a letter from your bank.",
    "data.failed": "That did not work. Please try again.",

    "change.erase.title": "Delete my account and data",
    "change.erase.text":
      "This cannot be undone. You are signed out everywhere and cannot sign in again. What the law makes us keep, and until when, is shown next, before anything happens.",
    "change.erase.doneTitle": "Your data is being deleted",
    "change.erase.done":
      "You are signed out. Within ten minutes everything that need not be kept is gone. We have sent you a last message about it.",
    "change.remove.title": "Remove a way",
    "change.remove.text": "{name}: you will no longer be able to confirm with it.",
    "change.remove.doneTitle": "It is removed",
    "change.remove.done": "You can no longer confirm with it.",

    "confirm.totp.title": "Connect your app",
    "confirm.totp.step1": "In your authenticator app choose “Add an account” or “+”.",
    "confirm.totp.step2": "Scan this picture, then type the code that the app shows.",
    "confirm.totp.qr": "QR code for your authenticator app. The same key is below as text.",
    "confirm.totp.byHand": "Cannot scan? Type the key by hand",
    "confirm.totp.byHandHint": "Choose “Enter a setup key” in the app. Type of key: time-based.",
    "confirm.totp.copy": "Copy the key",
    "confirm.totp.open": "On your phone? Open the app on this device",
    "confirm.totp.hint": "The code that your app shows for this account now.",
    "confirm.phone.title": "Enter the code we texted",
    "confirm.email.title": "Enter the code we emailed",
    "confirm.phone.hint": "If nothing comes, start again and check the number.",
    "confirm.email.hint": "If nothing comes, start again and check the address.",

    "codes.label": "Recovery codes",
    "codes.copy": "Copy all",
    "codes.print": "Print",
    "codes.saved": "I have saved them",

    "invited.title": "Welcome",
    "invited.text": "Choose a password for your new account. You sign in with it afterwards.",
    "invited.submit": "Set the password",
    "invited.done":
      "Your password for {name} is set. Sign in as “{username}” now; we then help you to set up a second way.",
    "invited.expired":
      "This link is no longer valid. Please ask whoever invited you to send another one.",
    "invited.badLink":
      "This link is not complete. Please open it from the message again, or ask for another one.",

    "recovery.title": "Get back into your account",
    "recovery.text": "Choose a new password, then sign in with it.",
    "recovery.lost": "I lost my authenticator app or phone",
    "recovery.lostHint":
      "When you sign in, we help you to set up a new way to confirm.",
    "recovery.code": "Recovery code (if you have one)",
    "recovery.codeHint":
      "Like abcd-efgh-jkmn. With one, this works at once; without one there is a waiting time that protects your account.",
    "recovery.submit": "Set the new password",
    "recovery.done": "Your password is changed. Sign in with it now.",
    "recovery.doneLost":
      "Your password is changed. Sign in with it now; we then help you to set up a new way to confirm.",
    "recovery.toSignIn": "Go to sign-in",
    "recovery.waiting":
      "You can finish this in {wait}, from {time} on. Nothing has been changed yet. Please keep the email and open its link again then. This waiting time protects you: we have told you about it on every other way we know, and if it was not you, there is time to stop it.",
    "recovery.waitingSome":
      "You can finish this later. Nothing has been changed yet. Please keep the email and open its link again tomorrow. This waiting time protects you.",
    "recovery.expired": "This link is no longer valid. Please ask for a new one.",
    "recovery.badLink": "This link is not complete. Please open it from the email again, or ask for a new one.",
    "recovery.newLink": "Ask for a new link",
  },
};
