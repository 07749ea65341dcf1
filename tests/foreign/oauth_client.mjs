// A strict client of other people's making against the authorization server and an API.
// Standard input: {issuer, api, audience, scope, ticket, client, resourceServer}; each client is
// {id, jwk}. Standard output: what was seen, as JSON. Every step throws on the least deviation.
import * as oauth from "oauth4webapi";

const given = JSON.parse(await new Response(process.stdin).text());
const issuer = new URL(given.issuer);

async function clientOf({ id, jwk }) {
  const { kty, crv, x, d } = jwk;
  const algorithm = { name: "Ed25519" };
  const key = await crypto.subtle.importKey("jwk", { kty, crv, x, d }, algorithm, false, ["sign"]);
  return [{ client_id: id }, oauth.PrivateKeyJwt({ key, kid: jwk.kid })];
}

const discovered = await oauth.discoveryRequest(issuer, { algorithm: "oauth2" });
const as = await oauth.processDiscoveryResponse(issuer, discovered);
const [client, proves] = await clientOf(given.client);
const [server, serverProves] = await clientOf(given.resourceServer);
const keys = await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"]);
const DPoP = oauth.DPoP(client, keys);

const own = await oauth.clientCredentialsGrantRequest(
  as, client, proves, { scope: given.scope, resource: given.audience }, { DPoP },
);
const ownToken = await oauth.processClientCredentialsResponse(as, client, own);

const exchange = await oauth.genericTokenEndpointRequest(
  as, client, proves, "urn:ietf:params:oauth:grant-type:token-exchange",
  {
    subject_token: given.ticket,
    subject_token_type: "urn:gatehouse:params:oauth:token-type:ticket",
    audience: given.audience,
    scope: given.scope,
  },
  { DPoP },
);
const token = await oauth.processGenericTokenEndpointResponse(as, client, exchange);

async function introspect() {
  const asked = await oauth.introspectionRequest(as, server, serverProves, token.access_token);
  return oauth.processIntrospectionResponse(as, server, asked);
}

const active = await introspect();

// What the other side of the library says of the token: RFC 9068 and 9449, with our key set.
const url = new URL(`${given.api}/accounts`);
const headers = new Headers();
await oauth.DPoP(client, keys).addProof(url, headers, "GET", token.access_token);
headers.set("authorization", `DPoP ${token.access_token}`);
const claims = await oauth.validateJwtAccessToken(
  as, new Request(url, { headers }), given.audience, { requireDPoP: true },
);

const called = await oauth.protectedResourceRequest(
  token.access_token, "GET", url, undefined, undefined, { DPoP },
);
const accounts = await called.json();
const stolen = await fetch(url, { headers: { authorization: `DPoP ${token.access_token}` } });

const revoked = await oauth.revocationRequest(as, client, proves, token.access_token);
await oauth.processRevocationResponse(revoked);

const thumbprint = await DPoP.calculateThumbprint();
console.log(JSON.stringify({
  as, ownToken, token, active, claims, accounts, thumbprint,
  stolen: stolen.status, after: await introspect(),
}));
