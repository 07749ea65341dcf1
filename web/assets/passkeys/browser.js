// Passkeys, by the browser's own JSON methods (WebAuthn Level 3, section 5.1). Nothing is decided
// here: the server checks what was shown.

/** Why nothing came of it, by the name of the browser's error. */
const TROUBLE = new Map([
  ["NotAllowedError", "cancelled"],
  ["AbortError", "cancelled"],
  ["InvalidStateError", "there"],
]);

/** Tell whether this browser knows passkeys, and how to speak of them. */
export function knowsPasskeys() {
  return typeof globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON === "function";
}

/**
 * Let the person show one: `{credential}` as it is sent, or `{trouble}` in a word. `signal` ends it:
 * a form that is closed leaves no question of the browser behind.
 */
export function showPasskey(options, signal) {
  return told(() => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    return navigator.credentials.get({ publicKey, signal });
  });
}

/** Let the person make one, likewise. */
export function makePasskey(options, signal) {
  return told(() => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    return navigator.credentials.create({ publicKey, signal });
  });
}

async function told(ask) {
  try {
    return { credential: (await ask()).toJSON() };
  } catch (error) {
    return { trouble: TROUBLE.get(error.name) ?? "failed" };
  }
}
