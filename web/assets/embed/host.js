// What the frame and the page around it may say to each other: a closed list, exact origins on both
// sides. The page around it is somebody else's, and is believed in nothing but its own word.

const HELLO_WITHIN_MS = 4000;
const TOKEN_WITHIN_MS = 10_000;
const MOST_TOKEN = 8192;

/** Return what a message of the host says, or null where it is none that we know. */
export function readMessage(data) {
  if (typeof data !== "object" || data === null) return null;
  const { type, vouches, token } = data;
  if (type === "gatehouse.open") return { type };
  if (type === "gatehouse.hello" && typeof vouches === "boolean") return { type, vouches };
  const usable = token === null || (typeof token === "string" && token.length <= MOST_TOKEN);
  return type === "gatehouse.token" && usable ? { type, token } : null;
}

/** Events: `open`, when the frame has been shown. */
export class Host extends EventTarget {
  #origins;
  #origin = null;
  #hello = Promise.withResolvers();
  #token = null;
  #height = 0;

  /** `origins` are the sites that may hold this frame. */
  constructor(origins) {
    super();
    this.#origins = origins;
    addEventListener("message", (event) => this.#heard(event));
    setTimeout(() => this.#hello.resolve(false), HELLO_WITHIN_MS);
  }

  /** Whether the host says who is signed in there; known once it has said hello. */
  get vouches() {
    return this.#hello.promise;
  }

  /** Ask the host for its word, which has to repeat `nonce`; null where it gives none. */
  async token(nonce) {
    this.#token = Promise.withResolvers();
    const { promise, resolve } = this.#token;
    setTimeout(() => resolve(null), TOKEN_WITHIN_MS);
    this.#tell({ type: "gatehouse.token", nonce });
    return promise;
  }

  close() {
    this.#tell({ type: "gatehouse.close" });
  }

  /** Ask for room: `height` in CSS pixels, of which the host gives what it has. */
  fit(height) {
    const whole = Math.ceil(height);
    if (whole === this.#height) return;
    this.#height = whole;
    this.#tell({ type: "gatehouse.size", height: whole });
  }

  #tell(message) {
    if (this.#origin !== null) parent.postMessage(message, this.#origin);
  }

  #heard({ source, origin, data }) {
    if (source !== parent || !this.#origins.includes(origin)) return;
    const message = readMessage(data);
    if (message === null || (this.#origin ?? origin) !== origin) return;
    this.#origin = origin;
    if (message.type === "gatehouse.hello") this.#hello.resolve(message.vouches);
    else if (message.type === "gatehouse.open") this.dispatchEvent(new Event("open"));
    else this.#token?.resolve(message.token);
  }
}
