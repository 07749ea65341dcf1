"""Opening a link: once, for the session that was given it, with every check of the guard again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from security.audit.record import AuditEvent
from security.errors import Refused
from security.execution import Execution
from security.guard import Guard
from security.guard_records import Ask, Intent, Records
from security.links import LinkOpener
from security.ports import Case, Waiting
from security.sessions import hash_of
from security.tokens.issuer import AccessToken
from tests.security.policies import DECLARED
from tests.security.test_checks import CASE, NOW
from tests.security.test_writes import DOCUMENT, KEYS

COPY = DECLARED["account.read_copy"]
RECORDS = Records(KEYS)


@dataclass
class Bench:
    """A link that was given to a session, a guard, and what is done with both."""

    taken: tuple[Case, Waiting] | None
    denies: bool = False
    log: list[Any] = field(default_factory=list)
    events: list[AuditEvent] = field(default_factory=list)

    async def open(self) -> tuple[Any, bool]:
        of = (cast("Guard", self), self._transact, cast("Execution", self))
        return await LinkOpener(*of, RECORDS, lambda: NOW).open("session", "link")

    async def _transact(self, work: Any, _case: Any = None) -> Any:
        return work(self)

    def take_link(self, session: str, hashed: str, now: Any) -> tuple[Case, Waiting] | None:
        assert (session, hashed, now) == ("session", hash_of("link"), NOW)
        return self.taken

    def audit(self, event: AuditEvent, now: Any) -> str:
        assert now == NOW
        self.events.append(event)
        return "1-1"

    def checked(self, store: Any, case: Case, ask: Ask, keep: bool = True) -> Any:
        assert store is self
        self.log.append(("checked", case, ask, keep))
        if self.denies:
            raise Refused("forbidden")
        return DECLARED[ask.operation]

    def intend(self, store: Any, case: Case, operation: Any, ask: Ask, key: str | None) -> Intent:
        assert store is self
        self.log.append(("intended", case, operation.name, ask, key))
        return Intent(case, operation, ask, "1-1", AccessToken("signed", "t", NOW))

    async def carry_out(self, intent: Intent, waiting: Waiting | None) -> Any:
        self.log.append(("called", intent.operation.name, waiting))
        return "paper"


def given(operation: Any) -> tuple[Case, Waiting]:
    return CASE, Waiting("", operation.name, {"document": "d"}, "action", purpose="why")


@pytest.mark.parametrize(("operation", "own"), [(DOCUMENT, False), (COPY, True)])
async def test_a_link_is_asked_about_anew_and_then_called(operation: Any, own: bool) -> None:
    """ASVS 8.3.2: what it was asked with, and nothing kept for a proof."""
    bench = Bench(given(operation))
    assert await bench.open() == ("paper", own)
    ask = Ask(operation.name, {"document": "d"}, "action", None, "why")
    assert bench.log == [
        ("checked", CASE, ask, False),
        ("intended", CASE, operation.name, ask, None),
        ("called", operation.name, None),
    ]
    assert bench.events == []


async def test_attack_a_link_that_is_used_up_or_somebody_elses_opens_nothing() -> None:
    """ASVS 8.2.2: and the trail knows which session tried it."""
    bench = Bench(None)
    with pytest.raises(Refused, match="link_expired"):
        await bench.open()
    assert bench.log == []
    assert bench.events == [RECORDS.link_refused("session")]


async def test_what_the_guard_denies_is_not_called() -> None:
    bench = Bench(given(DOCUMENT), denies=True)
    with pytest.raises(Refused, match="forbidden"):
        await bench.open()
    assert [what for what, *_ in bench.log] == ["checked"]
