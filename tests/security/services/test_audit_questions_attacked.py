"""Attacks on an auditor's page by what is asked: huge, odd, often, or for ever."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from security.auditing_model import Wanted
from security.errors import Refused
from tests.security.in_process import post
from tests.security.services.auditing import SHOP, Auditor, auditor, refusal
from tests.security.world import World


@pytest.fixture
async def aud(world: World) -> Auditor:
    return await auditor(world)


@pytest.mark.parametrize(
    "asked",
    [
        {"limit": 0},
        {"limit": 201},
        {"limit": 10**9},
        {"older": "x"},
        {"older": "1.5~1.6"},
        {"older": "~".join(f"w{n}.1" for n in range(9))},
        {"older": "1.5", "newer": "1.5"},
        {"newer": "1.-1"},
        {"newer": "1.99999999999999999999"},
        {"newer": "a" * 257},
        {"newer": "1.1' OR 1=1"},
        {"wanted": {"since": "yesterday"}},
        {"wanted": {"since": "2026-11-20T10:00:00"}},
        {"wanted": {"since": "9999-12-31T23:59:59-23:00"}},
        {"wanted": {"since": "2026-11-21T10:00:00Z", "until": "2026-11-20T10:00:00Z"}},
        {"wanted": {"kind": "%"}},
        {"wanted": {"kind": "sign_in:"}},
        {"wanted": {"person": "*"}},
        {"wanted": {"tenant": SHOP}},
        {"tenant": SHOP},
    ],
    ids=str,
)
async def test_attack_what_is_no_question_is_refused_before_anything_is_read(
    world: World, aud: Auditor, asked: dict[str, Any]
) -> None:
    """ASVS 2.2.1: huge pages, places that nobody was given, filters of other things."""
    body = orjson.dumps({"session_id": aud.cookie, **asked})
    status, answer = await post(world.gateway_face, "/audit/records", body)
    assert (status, orjson.loads(answer)["code"] in {"invalid_request", "invalid_arguments"}) == (
        422,
        True,
    )
    assert not world.trail("audit:record:read")


async def test_attack_files_are_limited(world: World, aud: Auditor) -> None:
    """ASVS 2.4.1: whoever takes out much is slowed down, and that is on the trail."""
    for _ in range(20):
        await aud.file(kind="sign_in")
    assert await refusal(aud.file(kind="sign_in")) == "rate_limited"
    assert world.trail("audit:caller:refuse")[-1]["reason"] == "rate_limited"


async def test_attack_whoever_is_slowed_down_by_the_watch_saves_nothing_in_a_hurry(
    world: World, aud: Auditor
) -> None:
    """ASVS 16.3.3: the watch's word counts here as well."""
    world.core.throttles.slow(world.look("tess").id, 600)
    for _ in range(6):
        await aud.file(kind="sign_in")
    assert await refusal(aud.file(kind="sign_in")) == "rate_limited"


async def test_attack_a_page_that_looks_extends_no_session(world: World, aud: Auditor) -> None:
    """ASVS 7.3.1: a feed that is left open is no presence."""
    await aud.records(newer="1.1")
    world.clock.advance(seconds=300)
    with pytest.raises(Refused, match="session_expired"):
        await world.gateway.audit_records(aud.cookie, Wanted(), newer="1.1")
