// The chat on another site, by one tag:
//   <script src="https://CHAT/embed.js" data-tenant="northwind-bank" async></script>
// It makes a button and, once that is pressed, a frame; both in a closed shadow tree, without an
// inline style, so that the strictest policy of a page needs to allow `script-src` and `frame-src`
// of CHAT and nothing else. It leaves no name behind, and reads nothing of the page.
(() => {
  const tag = document.currentScript;
  const CHAT = new URL(tag.src).origin;
  const { tenant = "", tokenUrl = "", label = "Chat with us" } = tag.dataset;
  const TENANT = /^[a-z0-9][a-z0-9_-]{0,63}$/;
  const NONCE = /^[\w-]{20,128}$/;
  const [LEAST, MOST] = [240, 640];
  const MOST_TOKEN = 8192;

  const STYLE = `
    :host { all: initial; color-scheme: light dark; --ink: #fff; --fill: #0e5a52; --edge: #0a453f; }
    .box { position: fixed; z-index: 2147483000; inset: auto 1.25rem 1.25rem auto; display: grid; justify-items: end; gap: 0.75rem; }
    .launcher {
      display: grid; place-items: center; width: 3.5rem; height: 3.5rem; padding: 0; border: 0;
      border-radius: 50%; background: var(--fill); color: var(--ink); cursor: pointer;
      box-shadow: 0 6px 20px rgb(0 0 0 / 30%); transition: background-color 160ms;
    }
    .launcher:hover { background: var(--edge); }
    .launcher:focus-visible { outline: 3px solid var(--ink); outline-offset: -6px; box-shadow: 0 0 0 3px var(--fill); }
    svg { width: 1.75rem; height: 1.75rem; fill: none; stroke: currentcolor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
    .panel {
      width: min(24rem, calc(100vw - 2.5rem)); height: min(var(--height, 30rem), calc(100vh - 7.5rem));
      overflow: hidden; border-radius: 1rem; background: canvas; box-shadow: 0 12px 48px rgb(0 0 0 / 35%);
      animation: rise 180ms ease-out; transition: height 160ms;
    }
    iframe { display: block; width: 100%; height: 100%; border: 0; color-scheme: light dark; }
    [hidden] { display: none !important; }
    @keyframes rise { from { opacity: 0; transform: translateY(12px); } }
    @media (max-width: 30rem), (max-height: 26rem) {
      .open { inset: 0; }
      .open .launcher { display: none; }
      .open .panel { width: 100vw; height: 100vh; height: 100dvh; border-radius: 0; }
    }
    @media (prefers-color-scheme: dark) { :host { --ink: #06211d; --fill: #84d3c6; --edge: #a5e2d8; } }
    @media (prefers-reduced-motion: reduce) { * { animation: none !important; transition: none !important; } }
    @media (forced-colors: active) { .launcher, .panel { border: 1px solid; } }
    @media print { .box { display: none; } }`;

  class Widget {
    #box = make("div", { class: "box" });
    #launcher = make("button", { type: "button", class: "launcher", "aria-label": label, "aria-expanded": "false" });
    #panel = make("div", { class: "panel", role: "dialog", "aria-label": label, hidden: "" });
    #size = new CSSStyleSheet();
    #frame = null;
    #loaded = false;
    #asking = false;

    constructor(tokens) {
      this.tokens = tokens;
      const home = make("div");
      const root = home.attachShadow({ mode: "closed" });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      root.adoptedStyleSheets = [sheet, this.#size];
      this.#launcher.append(drawing());
      this.#box.append(this.#panel, this.#launcher);
      root.append(this.#box);
      this.#launcher.addEventListener("click", () => (this.#open ? this.#hide() : this.#show()));
      this.#box.addEventListener("keydown", (event) => event.key === "Escape" && this.#hide());
      addEventListener("message", (event) => this.#heard(event));
      document.body.append(home);
    }

    get #open() {
      return !this.#panel.hidden;
    }

    #show() {
      // Nothing is loaded, and no cookie set, before somebody wants to talk.
      if (this.#frame === null) this.#load();
      this.#turn(true);
      this.#frame.focus();
      this.#tell({ type: "gatehouse.open" });
    }

    #hide() {
      if (!this.#open) return;
      this.#turn(false);
      this.#launcher.focus();
    }

    #turn(on) {
      this.#panel.hidden = !on;
      this.#box.classList.toggle("open", on);
      this.#launcher.setAttribute("aria-expanded", String(on));
    }

    #load() {
      this.#frame = make("iframe", {
        src: `${CHAT}/embed/${tenant}`,
        title: label,
        // The last one because the full page must not be a sandboxed window: its own policy
        // (Cross-Origin-Opener-Policy) makes browsers refuse to open it as one.
        sandbox: "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox",
        referrerpolicy: "no-referrer",
      });
      this.#frame.addEventListener("load", () => {
        this.#loaded = true;
        this.#tell({ type: "gatehouse.hello", vouches: this.tokens !== null });
        if (this.#open) this.#tell({ type: "gatehouse.open" });
      });
      this.#panel.append(this.#frame);
    }

    #tell(message) {
      if (!this.#loaded) return;
      this.#frame.contentWindow.postMessage(message, CHAT);
    }

    /** The three things that the frame may say; anything else, and anybody else, is not heard. */
    #heard({ source, origin, data }) {
      if (origin !== CHAT || this.#frame === null || source !== this.#frame.contentWindow) return;
      if (typeof data !== "object" || data === null) return;
      const { type, height, nonce } = data;
      if (type === "gatehouse.close") this.#hide();
      else if (type === "gatehouse.size" && Number.isInteger(height)) this.#fit(height);
      else if (type === "gatehouse.token" && typeof nonce === "string" && NONCE.test(nonce)) this.#vouch(nonce);
    }

    #fit(height) {
      const bounded = Math.min(MOST, Math.max(LEAST, height));
      this.#size.replaceSync(`.panel { --height: ${bounded}px }`);
    }

    /** Let the site say who is signed in here; that nobody is, is an answer as well. */
    async #vouch(nonce) {
      if (this.#asking) return;
      this.#asking = true;
      const token = this.tokens === null ? null : await fetchToken(this.tokens, nonce);
      this.#asking = false;
      this.#tell({ type: "gatehouse.token", token });
    }
  }

  async function fetchToken(url, nonce) {
    try {
      const answer = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ nonce }),
        credentials: "same-origin",
        cache: "no-store",
        redirect: "error",
      });
      const { token } = answer.ok ? await answer.json() : {};
      return typeof token === "string" && token.length <= MOST_TOKEN ? token : null;
    } catch {
      return null;
    }
  }

  /** Where the site says who is signed in: an address of its own, or nowhere. */
  function ownAddress(path) {
    if (path === "") return null;
    const url = new URL(path, location.href);
    return url.origin === location.origin ? url.href : null;
  }

  function make(name, attributes = {}) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  }

  function drawing() {
    const SVG = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", "M4 6.5A2.5 2.5 0 0 1 6.5 4h11A2.5 2.5 0 0 1 20 6.5v7a2.5 2.5 0 0 1-2.5 2.5H11l-4.5 4v-4A2.5 2.5 0 0 1 4 13.5zM8 8.5h8M8 12h5");
    svg.append(path);
    return svg;
  }

  if (!TENANT.test(tenant)) console.error("embed.js: data-tenant names no organisation");
  else if (document.body) new Widget(ownAddress(tokenUrl));
  else addEventListener("DOMContentLoaded", () => new Widget(ownAddress(tokenUrl)));
})();
