// What is said about pushes: in the panel, on the security page, and on the device's own page.
export const PUSH_TEXTS = {
  en: {
    "push.title": "Confirm on your device",
    "push.number": "Type this number on your device",
    "push.sending": "We are notifying your device …",
    "push.sent": "We have notified your device. Check there what you confirm, and type this number.",
    "push.ready": "Open the page {url} on your device: what to confirm waits there.",
    "push.failed":
      "We could not notify your device. Open the page {url} on it: what to confirm waits there. Or choose another way.",
    "push.waits": "This page goes on by itself when you have done so.",
    "push.use": "Go on",
    "push.again": "Notify my device again",
    "push.againIn": "Notify again in {time}",
    "push.paused":
      "There were too many questions to your device, so it is left in peace for a while. Please choose another way.",
    "push.binding": "On your device you approve",
    "push.check": "Check each line on your device: there you approve exactly this",
    "code.way.push": "Confirm on my device instead",

    "ways.push": "Device",
    "signIns.by.push": "On a device",
    "change.push.title": "Make this browser a device",
    "change.push.text":
      "This browser, on your phone for example, can then confirm what you do in another one: it shows what it is about, and you type the number that stands there. It cannot confirm what is asked for in this browser itself.",
    "change.push.label": "Name",
    "change.push.hint": "So that you know it again, like “My phone”.",
    "change.push.missing": "Enter a name.",
    "change.push.doneTitle": "This browser is your device now",
    "change.push.done":
      "It confirms from now on. Without notifications, open the page “Your device” (/push) on it when you are asked to.",
    "confirm.push.title": "Make this browser a device",
    "confirm.push.text":
      "A key is made here that never leaves this browser. The browser then asks whether it may notify you: please allow it, so that you notice when something is to be confirmed.",
    "confirm.push.make": "Make it a device",
    "confirm.push.failed":
      "This browser could not do that. A private window may be the reason: please try it in an ordinary one.",
  },
};

/** What the device's own page says beside them. */
export const PAGE_TEXTS = {
  en: {
    "device.title": "Your device",
    "device.kind": "Confirm",
    "device.skip": "Skip to what waits",
    "device.waits": "Nothing waits for you. When something is to be confirmed, it appears here.",
    "device.none": "This browser is no device of yours yet",
    "device.noneText":
      "Sign in here, open “Your security” and choose “Make this browser a device”. From then on it confirms what you do in another browser.",
    "device.toSecurity": "Your security",
    "device.unable": "This browser cannot keep a key. Please use another one.",
    "device.unreachable": "We cannot be reached just now. This page tries again by itself.",
    "device.refused": "This browser is not your device any more. You can enrol it again under “Your security”.",
    "device.clock": "If the clock of this device is wrong, please set it right first.",
    "device.asks": "{tenant} asks you to confirm",
    "device.check": "Check each line: you approve exactly this",
    "device.number": "The number on the other screen",
    "device.numberHint": "Two digits. They stand where you asked for this. Nobody may tell you them on the phone.",
    "device.noNumber": "Type the two digits of the other screen.",
    "device.confirm": "Confirm",
    "device.notMe": "This was not me",
    "device.left.one": "{count} try left",
    "device.left.other": "{count} tries left",
    "device.expiresIn": "Expires in",
    "device.approvedTitle": "Confirmed",
    "device.approved": "You can go on, on the other screen.",
    "device.refusedTitle": "Stopped",
    "device.denied":
      "Nothing was done, and this device is left in peace for a while. Somebody may know your password: please change it under “Your security”. We have told you by your other ways as well.",
    "device.over": "This has been answered, or it has expired.",
    "device.next": "All right",
    "device.names": "This browser confirms as: {names}",
  },
};
