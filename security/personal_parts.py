"""Wires what people may do with their own data, and what goes by itself."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from security.access import Access
from security.accesses import read_words
from security.adapters.erasure_client import ErasureClient
from security.api_addresses import ApiAddress
from security.core import Core
from security.guard_parts import build_execution, build_guard, transactions
from security.minting import Presenter, Tokens
from security.operations.operation import OWN_API
from security.ports import ApiCaller
from security.services.accesses import Accesses, Following
from security.services.accounting import Accounting
from security.services.erasure_orders import ErasureOrders
from security.services.exporting import Exporting
from security.services.own_api import OwnOperations
from security.services.retention import Housekeeping
from security.tokens.issuer import TokenIssuer


@dataclass(frozen=True)
class Personal:
    """What people may do with their own data: on the page, at the command line, in the chat."""

    export: Exporting
    accounting: Accounting
    own: OwnOperations


def build_personal(core: Core, api: ApiCaller, access: Access | None = None) -> Personal:
    """Wire it around a guard that asks the APIs, and them alone: no copy asks for a copy."""
    guard = build_guard(core, api, access)
    export = Exporting(core, guard, build_execution(core, api), transactions(core))
    accounting = Accounting(core, Accesses(core, Following(core), read_words()))
    return Personal(export, accounting, OwnOperations(core, export, accounting))


def build_following(core: Core) -> Following:
    """Return what copies accesses from the trail, so that they are found by person."""
    return Following(core)


class CarryingErasures:
    """Tells every API, our own or a real one elsewhere, of people who are erased."""

    def __init__(self, core: Core, addresses: Iterable[ApiAddress], issuer: TokenIssuer) -> None:
        self._core = core
        tokens = Tokens(issuer, core.keys, Presenter(core.proof_key.thumbprint))
        audiences = {one.api: one.audience for one in core.operations.values()}
        self._clients = [
            ErasureClient(one, audiences[one.api], tokens, core.proof_key, core.clock)
            for one in addresses
        ]

    async def run(self) -> None:
        """Work until cancelled."""
        async with AsyncExitStack() as pools:
            for client in self._clients:
                await pools.enter_async_context(client)
            await ErasureOrders(self._core, {one.api: one for one in self._clients}).run()


def build_housekeeping(core: Core) -> Housekeeping:
    """Return what erases people, and what has had its time.

    Raises `ValueError` where an API has not said what it keeps of people.
    """
    core.retention.check({one.api for one in core.operations.values()} - {OWN_API})
    return Housekeeping(core, core.retention, core.data_keys.destroy_person_keys)
