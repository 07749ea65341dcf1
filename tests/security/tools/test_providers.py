"""What `gatehouse doctor` is told of identity providers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from security.adapters.provider_client import Providers
from security.tools.providers import reach
from tests.security.idp import Idp, globex


async def test_each_provider_is_told_of_with_what_is_wrong() -> None:
    good, bad = (Idp(replace(globex(), id=id), lambda: datetime.now(UTC)) for id in ("a", "b"))
    bad.metadata = {"issuer": "https://another.example"}
    there = Providers({"a": good.client(), "b": bad.client()})
    told = await reach(there, ["a", "b", "c"])
    assert told == ["a: ", "b: metadata_of_another", "c: unknown_provider"]
