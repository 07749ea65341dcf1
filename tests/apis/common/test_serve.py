"""An API follows the keys that security publishes, beside its requests."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from apis.common import serve
from security.tokens.keys import generate_signing_key, public_keys
from security.tokens.verifier import DEFAULT_ISSUER, PublishedKeys
from tests.security.fakes import NOW


def _publish(path: Path, content: bytes) -> None:
    path.with_suffix(".new").write_bytes(content)
    os.replace(path.with_suffix(".new"), path)


async def test_a_new_key_is_known_without_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 7517; also after a file that could not be read."""
    monkeypatch.setattr(serve, "RELOAD_SECONDS", 0)
    path, old, new = tmp_path / "jwks.json", generate_signing_key(), generate_signing_key()
    _publish(path, public_keys(old))
    keys = PublishedKeys(path)
    watch = asyncio.create_task(serve._follow(keys))
    for broken in (b"", b'{"keys": []}', b"[]"):
        _publish(path, broken)
        for _ in range(5):
            await asyncio.sleep(0)
        assert keys.find(old.kid, NOW) is not None
    _publish(path, public_keys(new, old))
    while keys.find(new.kid, NOW) is None:
        await asyncio.sleep(0)
    assert keys.find(old.kid, NOW) is not None
    assert not watch.done()
    watch.cancel()


def test_an_api_is_called_by_its_configured_address() -> None:
    """RFC 9449 4.3: what proofs are made for."""
    assert serve.base_url("banking", {}) == "http://banking"
    given = {"GATEHOUSE_API_BANKING_URL": "https://bank.example/v1/"}
    assert serve.base_url("banking", given) == "https://bank.example/v1"
    assert serve.base_url("hr", given) == "http://hr"


def test_the_issuer_is_the_one_that_is_set() -> None:
    assert serve.issuer({}) == DEFAULT_ISSUER
    assert serve.issuer({"GATEHOUSE_OAUTH_ISSUER": "https://as.example"}) == "https://as.example"
