"""Codes of an independent tool sign in (RFC 6238): oathtool, of Debian."""

from __future__ import annotations

import subprocess

import pytest

from security.errors import Refused
from tests.security.visitor import Visitor


def code_of(oathtool: str, visitor: Visitor, username: str, seconds: int = 0) -> str:
    """Return what oathtool shows for somebody's secret, at the moment of the world or later."""
    secret = visitor.world.person(username).totp_secret
    at = int(visitor.world.clock.now.timestamp()) + seconds
    asked = [oathtool, "--totp", "--base32", "--now", f"@{at}", "-"]
    shown = subprocess.run(asked, input=secret, capture_output=True, text=True, check=True)
    return shown.stdout.strip()


async def test_a_code_of_oathtool_signs_in_once(visitor: Visitor, oathtool: str) -> None:
    """RFC 6238, ASVS 6.5.1."""
    await visitor.give_password("alice")
    code = code_of(oathtool, visitor, "alice")
    passed = await visitor.answer(code)
    assert passed.grant.session.assurance == "aal2"


@pytest.mark.parametrize(("seconds", "good"), [(-60, False), (-30, True), (0, True), (30, False)])
async def test_one_step_of_delay_is_accepted_and_no_more(
    visitor: Visitor, oathtool: str, seconds: int, good: bool
) -> None:
    """ASVS 6.5.5."""
    await visitor.give_password("alice")
    code = code_of(oathtool, visitor, "alice", seconds)
    if good:
        await visitor.answer(code)
        return
    with pytest.raises(Refused, match="wrong_code"):
        await visitor.answer(code)
