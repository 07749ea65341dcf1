"""Tokens: what one costs to mint and to check, and how many a client gets a core and second.

In this process, with a real database and a durable trail; what the client itself computes, its
assertion and its proof, is not counted. Alone: `python -m bench.token_row`.
"""

from __future__ import annotations

import os
import secrets
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import uvloop
from joserfc import jws
from joserfc.jwk import OKPKey

from bench.customers import TENANT, Customer, new_customers, write_seed
from bench.guard_row import Holder, Stub, sign_in
from bench.ours import set_up_people
from bench.rows import Row, rounded
from bench.work import Work
from cli.launching import Lifeline
from cli.progress import terminal_or_plain
from security.core import Core
from security.guard_parts import build_guard, build_issuer
from security.model import BotMessage
from security.server import build_authorization_server, build_core
from security.services.oauth import AuthorizationServer
from security.services.oauth_requests import EXCHANGE, TICKET
from security.services.turns import Opening, Turns
from security.settings import SecuritySettings
from security.tokens.assertions import ASSERTION_TYPE
from security.tokens.dpop import ProofKey
from security.tokens.issuer import Authentication, Grant
from security.tokens.keys import PublicKey, generate_signing_key
from security.tokens.replay import ReplayCache
from security.tokens.verifier import Needed, Presented, TokenVerifier

_WARM_UP = 20
_CLIENT, _SCOPE, _AUDIENCE = "bench-client", "banking:accounts:read", "urn:gatehouse:api:banking"
_URL = "http://banking/transfers"
_DETAILS = {
    "type": "banking.make_transfer",
    "identifier": "A" * 22,
    "arguments": {
        "account": "acc_" + "A" * 22,
        "account_number": "•••• 4021",
        "payee": "pay_" + "A" * 22,
        "payee_name": "Anna Berg",
        "payee_number": "•••• 7788",
        "amount": "50.00",
        "currency": "EUR",
    },
}


@dataclass(frozen=True)
class _Client:
    """A registered client, as it proves itself."""

    key: OKPKey
    issuer: str
    proofs: ProofKey

    def form(self, **more: str) -> dict[str, str]:
        """Return a form with a new assertion."""
        now = int(time.time())
        claims = {"iss": _CLIENT, "sub": _CLIENT, "aud": self.issuer, "iat": now, "exp": now + 60}
        said = orjson.dumps({**claims, "jti": secrets.token_urlsafe(12)})
        header = {"alg": "Ed25519", "kid": self.key.kid}
        made = jws.serialize_compact(header, said, self.key, algorithms=["Ed25519"])
        return {
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": made,
            "scope": _SCOPE,
            **more,
        }

    def proof(self) -> str:
        """Return a new proof."""
        return self.proofs.prove("POST", f"{self.issuer}/token", None, datetime.now(UTC))


async def measure(work: Work, seed: Path, customer: Customer, count: int) -> list[Row]:
    """Return the rows of `count` tokens of each kind."""
    home = work.folder / "tokens"
    await set_up_people(work, home, seed)
    key = generate_signing_key()
    _register(home / "keys" / "clients", key)
    settings = SecuritySettings(
        home=home,
        run_dir=work.sockets,
        limit_operations_per_minute=1_000_000,
        limit_oauth_per_minute=1_000_000,
    )
    core = build_core(settings)
    try:
        server = build_authorization_server(core, build_guard(core, Stub()))
        client = _Client(key, settings.oauth_issuer, ProofKey())
        holder = await sign_in(core, customer)
        mint, verify = _in_hand(core, count)
        return [
            Row("token_mint_p50", "us", None, mint),
            Row("token_verify_p50", "us", None, verify),
            Row("client_grants_per_second_core", "1/s", None, await _own(server, client, count)),
            Row(
                "token_exchanges_per_second_core",
                "1/s",
                None,
                await _exchanges(core, server, client, holder, count),
            ),
        ]
    finally:
        core.database.close()


def _in_hand(core: Core, count: int) -> tuple[float, float]:
    """Return the microseconds of a write's token with its proof, and of checking both."""
    issuer, key, replays = build_issuer(core), core.proof_key, ReplayCache()
    verifier = TokenVerifier(core.published, _AUDIENCE, core.settings.oauth_issuer)
    needed = Needed("banking:transfers:write", "aal2")
    minted, verified = [], []
    for _ in range(_WARM_UP + count):
        now = datetime.now(UTC)
        began = time.perf_counter()
        grant = Grant(
            "A" * 64,
            TENANT,
            _AUDIENCE,
            needed.scope,
            key.thumbprint,
            details=[_DETAILS],
            authentication=Authentication("aal2", now, ("otp",)),
        )
        token = issuer.mint(grant, now).value
        proof = key.prove("POST", _URL, token, now)
        minted.append(time.perf_counter() - began)
        given = Presented(f"DPoP {token}", proof, "POST", _URL)
        began = time.perf_counter()
        _, held = verifier.verify(given, needed, now)
        if not replays.is_first_use(held.id, held.expires_at, now):
            raise RuntimeError("a proof was made twice")
        verified.append(time.perf_counter() - began)
    return _median_us(minted), _median_us(verified)


async def _own(server: AuthorizationServer, client: _Client, count: int) -> float:
    async def once() -> float:
        form = client.form(grant_type="client_credentials")
        return await _spent(server, form, client.proof())

    return await _per_core(once, count)


async def _exchanges(
    core: Core, server: AuthorizationServer, client: _Client, holder: Holder, count: int
) -> float:
    turns = Turns(core)

    async def once() -> float:
        opened = await turns.open(holder.session_id, holder.csrf_token, Opening(text="balance"))
        if opened.turn is None:
            raise RuntimeError("the turn was answered without a ticket")
        form = client.form(
            grant_type=EXCHANGE,
            subject_token=opened.turn.ticket,
            subject_token_type=TICKET,
            audience=_AUDIENCE,
        )
        spent = await _spent(server, form, client.proof())
        await turns.close(opened.turn.turn_id, [BotMessage(text="done")])
        return spent

    return await _per_core(once, count)


async def _spent(server: AuthorizationServer, form: dict[str, str], proof: str) -> float:
    began = time.process_time()
    await server.token(form, proof)
    return time.process_time() - began


async def _per_core(once: Callable[[], Awaitable[float]], count: int) -> float:
    spent = [await once() for _ in range(_WARM_UP + count)]
    return 1 / statistics.median(spent[_WARM_UP:])


def _median_us(seconds: list[float]) -> float:
    return statistics.median(seconds[_WARM_UP:]) * 1_000_000


def _register(folder: Path, key: OKPKey) -> None:
    folder.mkdir(parents=True)
    form: dict[str, Any] = {
        "client_id": _CLIENT,
        "tenant": TENANT,
        "grants": ["client_credentials", "token_exchange"],
        "access": {_AUDIENCE: [_SCOPE]},
        "jwks": {"keys": [PublicKey(key).as_jwk()]},
    }
    (folder / f"{_CLIENT}.yml").write_bytes(orjson.dumps(form))


async def _alone() -> list[Row]:
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory(prefix="gatehouse-bench-") as sockets,
        Lifeline() as lifeline,
    ):
        work = Work(Path(folder), Path(sockets), lifeline, terminal_or_plain())
        [customer] = new_customers(1)
        write_seed(Path(folder) / "seed.yml", [customer])
        return await measure(work, Path(folder) / "seed.yml", customer, 500)


if __name__ == "__main__":
    os.umask(0o077)
    for row in uvloop.run(_alone()):
        print(f"{row.name}: {rounded(row.gatehouse)} {row.unit}")
