"""The actions of the stock side: they call the banking API themselves, as a Rasa project would.

`python -m rasa_sdk --actions bench.stock_actions` serves them. The words and cards are those of
Gatehouse's own actions; there is no security in between, and one person stands for everybody.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from rasa_sdk import Action

from actions.banking import balance_card, balance_words, transaction_cards, transaction_words
from actions.speech import Say
from security.tokens.dpop import ProofKey
from security.tokens.issuer import Authentication, Grant, Signer, TokenIssuer
from security.tokens.keys import load_signing_key
from security.tokens.verifier import DEFAULT_ISSUER, MAX_LIFE

SOCKET, KEY, TENANT, SUBJECT = "BENCH_SOCKET", "BENCH_KEY", "BENCH_TENANT", "BENCH_SUBJECT"
_AUDIENCE = "urn:gatehouse:api:banking"
_RENEW_AFTER = timedelta(seconds=45)


class Bank:
    """A kept client of the banking API with a token in hand for each scope.

    The API takes no token older than a minute, so every 45 s one call makes a new one. All other
    calls find theirs ready, as they would with a token that lives for days; the API's proof of
    possession is made for each, a tenth of a millisecond.
    """

    def __init__(self, socket: str, issuer: TokenIssuer, tenant: str, subject: str) -> None:
        transport = httpx.AsyncHTTPTransport(uds=socket)
        self._http = httpx.AsyncClient(transport=transport, base_url="http://banking")
        self._issuer = issuer
        self._subject, self._tenant = subject, tenant
        self._key = ProofKey()
        self._held: dict[str, tuple[datetime, str]] = {}

    async def get(self, path: str, scope: str) -> Any:
        """Return the API's answer; raises `httpx.HTTPError`."""
        now = datetime.now(UTC)
        token = self._token(scope, now)
        proof = self._key.prove("GET", f"http://banking{path.partition('?')[0]}", token, now)
        headers = {"Authorization": f"DPoP {token}", "DPoP": proof}
        answer = await self._http.get(path, headers=headers)
        return answer.raise_for_status().json()

    def _token(self, scope: str, now: datetime) -> str:
        made, token = self._held.get(scope, (None, ""))
        if made is None or now - made >= _RENEW_AFTER:
            proved = Authentication("aal2", now)
            grant = Grant(
                self._subject,
                self._tenant,
                _AUDIENCE,
                scope,
                self._key.thumbprint,
                authentication=proved,
            )
            token = self._issuer.mint(grant, now).value
            self._held[scope] = (now, token)
        return token


@cache
def bank() -> Bank:
    """Return the worker's client, made at its first use: the server pickles the actions."""
    signer = Signer(load_signing_key(Path(os.environ[KEY])))
    issuer = TokenIssuer(signer, DEFAULT_ISSUER, MAX_LIFE)
    return Bank(os.environ[SOCKET], issuer, os.environ[TENANT], os.environ[SUBJECT])


class CheckBalance(Action):  # type: ignore[misc]  # the SDK has no types
    """The balance of each account."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_check_balance"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
        """Ask the bank and say it."""
        accounts = (await bank().get("/accounts", "banking:accounts:read"))["accounts"]
        response, words = balance_words(accounts)
        say = Say()
        say(response, balance_card(accounts), **words)
        say.send(dispatcher)
        return []


class ListTransactions(Action):  # type: ignore[misc]
    """The last ten transactions."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_list_transactions"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
        """Ask the bank and say it."""
        answer = await bank().get("/transactions?limit=10", "banking:transactions:read")
        say = Say()
        for card in transaction_cards(answer["transactions"]):
            say("utter_transactions", card, **transaction_words(card))
        say.send(dispatcher)
        return []
