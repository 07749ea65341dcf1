// This browser as a device that confirms: its own key, which cannot leave it, and its subscription.
// Nothing is decided here: the server checks what was signed.

const DATABASE = "gatehouse-push";
const STORE = "devices";
const WORKER = "/push-worker.js";
const SCOPE = "/push";
const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };
const ENCODER = new TextEncoder();

/** Tell whether this browser can be a device. */
export function canBeDevice() {
  return Boolean(globalThis.crypto?.subtle && globalThis.indexedDB && navigator.serviceWorker);
}

/** Make a key of this browser's own: `{key, privateKey, name}`. The private half cannot be read. */
export async function makeDevice(name) {
  const pair = await crypto.subtle.generateKey(CURVE, false, ["sign"]);
  const raw = await crypto.subtle.exportKey("raw", pair.publicKey);
  return { key: base64url(raw), privateKey: pair.privateKey, name };
}

/** What shows the server that this browser is `device`: the JSON of the last step of its change. */
export async function shownFor(device, { server_key: serverKey, challenge }) {
  const subscription = await subscribe(serverKey);
  const { endpoint = "", keys = {} } = subscription ?? {};
  const said = [challenge, endpoint, keys.p256dh ?? "", keys.auth ?? ""];
  const signature = await sign(device, "gatehouse-push-enrol-1", ...said);
  const shown = { type: "push-device", key: device.key, signature };
  return subscription ? { ...shown, subscription } : shown;
}

/** What a device asks with for what waits for it. */
export async function questionOf(device) {
  const at = String(Math.floor(Date.now() / 1000));
  const signature = await sign(device, "gatehouse-push-waiting-1", at);
  return { key: device.key, at, signature };
}

/** What a device answers to `push`, exactly as it was shown; `number` goes with "approve". */
export async function answerOf(device, push, decision, number = "") {
  const shown = await digestOfShown(push);
  const said = [push.id, push.challenge, shown, decision, number];
  const signature = await sign(device, "gatehouse-push-answer-1", ...said);
  return { key: device.key, decision, signature, ...(number ? { number } : {}) };
}

export async function keptDevices() {
  return inStore("readonly", (store) => store.getAll());
}

export async function keepDevice(device) {
  return inStore("readwrite", (store) => store.put(device));
}

export async function dropDevice(key) {
  return inStore("readwrite", (store) => store.delete(key));
}

/**
 * Subscribe with this browser's push service: the subscription as JSON, or null where there is no
 * service or the person wants no notifications. The device then asks by itself for what waits.
 */
async function subscribe(serverKey) {
  try {
    if ((await Notification.requestPermission()) !== "granted") return null;
    const registration = await registered();
    const asked = { userVisibleOnly: true, applicationServerKey: bytesOf(serverKey) };
    let subscription;
    try {
      subscription = await registration.pushManager.subscribe(asked);
    } catch (error) {
      // It has one for another key of ours, which is no longer in use.
      if (error.name !== "InvalidStateError") throw error;
      await (await registration.pushManager.getSubscription())?.unsubscribe();
      subscription = await registration.pushManager.subscribe(asked);
    }
    return subscription.toJSON();
  } catch {
    return null;
  }
}

async function registered() {
  const registration = await navigator.serviceWorker.register(workerUrl(), { scope: SCOPE });
  const worker = registration.installing ?? registration.waiting;
  if (!registration.active && worker)
    await new Promise((resolve) => {
      worker.addEventListener("statechange", () => worker.state === "activated" && resolve());
    });
  return registration;
}

/** The one script that this page may name: its Trusted Types allow this policy, and it once. */
let naming = null;

function workerUrl() {
  const { trustedTypes } = globalThis;
  if (!trustedTypes) return WORKER;
  naming ??= trustedTypes.createPolicy("push-worker", { createScriptURL: () => WORKER });
  return naming.createScriptURL("");
}

async function digestOfShown({ binding, details }) {
  const parts = [binding, ...details.flat()].map((part) => {
    const size = ENCODER.encode(part).length;
    return `${size}:${part}`;
  });
  const digest = await crypto.subtle.digest("SHA-256", ENCODER.encode(parts.join("")));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function sign({ privateKey }, ...lines) {
  const text = ENCODER.encode(lines.join("\n"));
  return base64url(await crypto.subtle.sign(SIGNING, privateKey, text));
}

function base64url(buffer) {
  const text = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function bytesOf(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}

async function inStore(mode, act) {
  const database = await opened();
  try {
    return await settled(act(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

function opened() {
  const asked = indexedDB.open(DATABASE, 1);
  asked.addEventListener("upgradeneeded", () =>
    asked.result.createObjectStore(STORE, { keyPath: "key" }),
  );
  return settled(asked);
}

function settled(asked) {
  return new Promise((resolve, reject) => {
    asked.addEventListener("success", () => resolve(asked.result));
    asked.addEventListener("error", () => reject(asked.error));
  });
}
