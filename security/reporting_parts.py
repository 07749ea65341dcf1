"""Wires what asks this installation's APIs for the tokens that they have refused."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack

from security.adapters.report_client import ReportClient
from security.api_addresses import ApiAddress
from security.core import Core
from security.minting import Presenter, Tokens
from security.services.reported_tokens import ReportedTokens
from security.tokens.issuer import TokenIssuer


class Reports:
    """Asks each API that is our own; a real one elsewhere tells its operators in its own way."""

    def __init__(
        self,
        core: Core,
        addresses: Iterable[ApiAddress],
        issuer: TokenIssuer,
        secrets: Mapping[str, str],
    ) -> None:
        tokens = Tokens(issuer, core.keys, Presenter(core.proof_key.thumbprint))
        audiences = {one.api: one.audience for one in core.operations.values()}
        self._clients = [
            ReportClient(one, audiences[one.api], tokens, core.proof_key, core.clock)
            for one in addresses
            if one.socket is not None
        ]
        self._workers = [
            ReportedTokens(core, one, secrets.get(f"{one.api}-to-security", ""))
            for one in self._clients
        ]

    async def run(self) -> None:
        """Ask until cancelled."""
        async with AsyncExitStack() as pools, asyncio.TaskGroup() as group:
            for client in self._clients:
                await pools.enter_async_context(client)
            for worker in self._workers:
                group.create_task(worker.run())
