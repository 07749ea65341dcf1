// Where a frame leads to: the page, in a window of its own, with what was asked for here if it can.
import { clone, make, part } from "../dom.js";
import { text } from "../texts.js";

export const TENANT = location.pathname.split("/").at(-1);
export const FULL_PAGE = `/?tenant=${encodeURIComponent(TENANT)}`;

/**
 * Return the card that opens the page, for a message that says that nothing is proved here; else
 * null. With a link the question goes along: what stands behind the # is sent to no server.
 */
export function drawOnward({ sign_in: signIn, refused, onward }) {
  if (!signIn && refused !== "full_page_required") return null;
  const card = clone("proof-template");
  part(card, "title").textContent = text("embed.onwardTitle");
  part(card, "text").textContent = text(onward ? "embed.onwardGoesOn" : "embed.onwardAskThere");
  const href = onward ? `${FULL_PAGE}#continue=${encodeURIComponent(onward)}` : FULL_PAGE;
  const look = { class: "button primary", href, target: "_blank", rel: "noopener" };
  part(card, "open").replaceWith(make("a", look, text("embed.openButton")));
  return card;
}
