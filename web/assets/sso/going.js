// Leaving for a provider. Where it leads is the server's word; what ties the way back is a cookie.
import { makeButton } from "../dom.js";
import { text } from "../texts.js";

/** Leave for the provider of `asked`: `{tenant, provider?, challenge?, change?, reauthenticate?}`. */
export async function leave(session, asked) {
  const { location: to } = await session.send("POST", "/api/sso/start", asked);
  location.assign(to);
}

/** Draw the ways to sign in of one organisation, `[{id, name}]`, in `box`; `go(id)` takes one. */
export function offerWays(box, ways, go) {
  const buttons = ways.map(({ id, name }) =>
    makeButton("button quiet", text("sso.signIn", { name }), () => go(id)),
  );
  box.replaceChildren(...buttons);
  box.hidden = buttons.length === 0;
}

