// A certified provider of other people's making. Standard input: {port, key, cert, client}.
// Whoever comes is signed in as "e-1", with two factors; /log-out ends what that began, by
// back-channel logout. Prints "ready".
import { createServer } from "node:https";
import { readFileSync } from "node:fs";
import { Provider } from "oidc-provider";

const given = JSON.parse(readFileSync(0, "utf-8"));
const issuer = `https://localhost:${given.port}`;
const provider = new Provider(issuer, {
  clients: [given.client],
  pkce: { required: () => true },
  claims: { openid: ["sub", "amr"], auth_time: null },
  features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true } },
  interactions: { url: (_, { uid }) => `/interaction/${uid}` },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  async loadExistingGrant(ctx) {
    const grant = new provider.Grant({ clientId: given.client.client_id, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope("openid");
    await grant.save();
    return grant;
  },
  cookies: { keys: ["test"] },
});
const answer = provider.callback();
let sid = "";
provider.on("authorization.success", (ctx) => {
  sid = ctx.oidc.session.sidFor(given.client.client_id);
});

async function handle(req, res) {
  if (req.url.startsWith("/interaction/")) {
    const login = { accountId: "e-1", amr: ["pwd", "mfa"], ts: Math.floor(Date.now() / 1000) };
    return provider.interactionFinished(req, res, { login }, { mergeWithLastSubmission: false });
  }
  if (req.url === "/log-out") {
    const client = await provider.Client.find(given.client.client_id);
    await client.backchannelLogout("e-1", sid);
    return res.end();
  }
  return answer(req, res);
}

createServer({ key: given.key, cert: given.cert }, handle).listen(given.port, "127.0.0.1", () => console.log("ready"));
