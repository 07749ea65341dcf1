"""The page knows how to draw every card that the bot can say."""

from __future__ import annotations

import re

from tests.security.world import PROJECT

_SAID = re.compile(r'"kind": "([a-z_]+)"')
_DRAWN = re.compile(r'^  \["([a-z_]+)", draw', re.MULTILINE)


def test_every_card_of_the_actions_is_drawn() -> None:
    sources = [*(PROJECT / "actions").glob("*.py"), *(PROJECT / "security/services").glob("*.py")]
    said = {kind for path in sources for kind in _SAID.findall(path.read_text("utf-8"))}
    drawn = set(_DRAWN.findall((PROJECT / "web" / "assets" / "cards.js").read_text("utf-8")))
    assert {"balances", "bills", "confirmation"} <= said
    assert said - drawn == set()
