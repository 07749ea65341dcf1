"""What concerns no organisation, or reaches nobody there, reaches the operator: in one letter."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from security.adapters.posts.post import CannotSend
from security.monitor.alerts import Alert
from security.monitor.rules import Response, read_rules
from security.services import operating as services
from security.services.answering import Answers
from security.services.operating import LISTED, Operating
from security.services.watching import OnlyOne
from security.settings import SecuritySettings
from tests.security.conftest import MakeWorld
from tests.security.fakes import FakeClock
from tests.security.services.contacts import give
from tests.security.services.test_one_watch import SomebodyElse
from tests.security.world import World

pytestmark = pytest.mark.both_databases
TO = "on-call@example.com"
BANK = "northwind-bank"


class Mail:
    """A service that carries mail, or does not."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []
        self.works = True

    async def send(self, tenant: str, to: str, subject: str, text: str) -> str | None:
        if not self.works:
            raise CannotSend("refused", retry=True)
        self.sent.append((to, subject, text))
        return None

    async def check(self) -> None:
        return

    async def close(self) -> None:
        return


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world(operator_email=TO)


@pytest.fixture
def mail() -> Mail:
    return Mail()


def _operating(world: World, mail: Mail | None, lease: Any = None) -> Operating:
    return Operating(world.core, read_rules(), mail, lease or OnlyOne())


async def _alert(world: World, number: int, tenant: str | None = None, **other: Any) -> None:
    said: dict[str, Any] = {
        "rule": "log_gap",
        "title": "A record is missing",
        "level": "critical",
        "at": world.clock.now,
        "tenant": tenant,
        "who": None,
        "origin": None,
        "sessions": (),
        "evidence": (f"1-{number}",),
        "responses": (Response.NOTIFY,),
        "group": {},
        "quiet_seconds": 60.0,
    }
    await Answers(world.core).answer(Alert(**{**said, **other}))


async def test_an_alert_of_no_organisation_is_written_of_once(world: World, mail: Mail) -> None:
    """PCI DSS 10.7.2: a gap in the log is told to somebody, with what to do next."""
    await _alert(world, 1)
    operating = _operating(world, mail)
    assert await operating.round() == 1
    [(to, subject, text)] = mail.sent
    assert to == TO
    assert subject == "Gatehouse: 1 alert of the watch"
    assert "A record is missing (critical)" in text
    assert "gatehouse alerts" in text
    world.clock.advance(minutes=10)
    assert await operating.round() == 0


async def test_what_an_organisation_was_told_of_is_its_own(world: World, mail: Mail) -> None:
    give(world, "adam", "email", "adam@northwind.example.com")
    await _alert(world, 1, BANK)
    assert await _operating(world, mail).round() == 0


async def test_an_organisation_where_nobody_can_be_told(world: World, mail: Mail) -> None:
    """GDPR 33: no alert ends with nobody. Whoever is told hears which organisation by listing."""
    world.sql("UPDATE people SET disabled_at = 1 WHERE tenant_id = ?", BANK)
    await _alert(world, 1, BANK)
    operating = _operating(world, mail)
    assert await operating.round() == 1
    assert [one["tenant"] for one in await operating.listed(BANK, False)] == [BANK]


@pytest.mark.parametrize(("seconds", "written"), [(299, 1), (300, 2), (301, 2)])
async def test_attack_many_alerts_are_no_flood_of_letters(
    world: World, mail: Mail, seconds: int, written: int
) -> None:
    """ASVS 15.2.2: one letter in five minutes, of all there are, however many."""
    assert isinstance(world.clock, FakeClock)
    operating = _operating(world, mail)
    for number in range(LISTED + 3):
        await _alert(world, number)
    assert await operating.round() == LISTED + 3
    assert "and 3 more." in mail.sent[0][2]
    assert mail.sent[0][2].count("A record is missing") == LISTED
    await _alert(world, 99)
    world.clock.advance(seconds=seconds)
    await operating.round()
    assert len(mail.sent) == written


async def test_attack_small_alerts_do_not_hide_a_great_one(world: World, mail: Mail) -> None:
    """PCI DSS 10.7.2: the worst stand first, however many others somebody has provoked before."""
    for number in range(LISTED):
        await _alert(world, number, rule="tokens_refused", level="high")
    world.clock.advance(seconds=1)
    await _alert(world, 99)
    await _operating(world, mail).round()
    assert "A record is missing" in mail.sent[0][2].splitlines()[2]


async def test_attack_more_alerts_than_one_statement_takes(
    world: World, mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ASVS 15.2.2: bounded, and each is written of once."""
    monkeypatch.setattr(services, "MOST_AT_ONCE", 3)
    operating, found = _operating(world, mail), []
    for number in range(7):
        await _alert(world, number)
    for _ in range(4):
        found.append(await operating.round())
        world.clock.advance(minutes=5)
    assert found == [3, 3, 1, 0]
    assert len(mail.sent) == 3


async def test_a_letter_that_is_not_taken_is_tried_again(world: World, mail: Mail) -> None:
    await _alert(world, 1)
    operating, mail.works = _operating(world, mail), False
    with pytest.raises(CannotSend):
        await operating.round()
    assert await operating.round() == 0  # Not at once.
    mail.works = True
    world.clock.advance(minutes=5)
    assert await operating.round() == 1
    assert len(mail.sent) == 1


async def test_it_goes_on_after_a_failure(world: World, mail: Mail) -> None:
    await _alert(world, 1)
    mail.works = False
    rounds = 0

    async def sleep(_seconds: float) -> None:
        nonlocal rounds
        rounds += 1
        mail.works = True
        world.clock.advance(minutes=5)
        if rounds == 2:
            raise asyncio.CancelledError

    operating = Operating(world.core, read_rules(), mail, OnlyOne(), sleep)
    with pytest.raises(asyncio.CancelledError):
        await operating.run()
    assert len(mail.sent) == 1


async def test_of_several_processes_one_writes(world: World, mail: Mail) -> None:
    await _alert(world, 1)
    assert await _operating(world, mail, SomebodyElse()).round() == 0
    assert not mail.sent


async def test_without_mail_or_an_address_they_wait_in_the_list(make_world: MakeWorld) -> None:
    for world, mail in ((make_world(), Mail()), (make_world(operator_email=TO), None)):
        await _alert(world, 1)
        operating = _operating(world, mail)
        assert await operating.round() == 0
        [listed] = await operating.listed(None, False)
        assert (listed["rule"], listed["state"], listed["evidence"]) == ("log_gap", "open", ["1-1"])
        assert listed["steps_to_take"]


async def test_the_list_is_of_none_of_one_or_of_all(world: World) -> None:
    await _alert(world, 1)
    await _alert(world, 2, BANK)
    await _alert(world, 3, "acme-shop")
    operating = _operating(world, None)
    for asked, count in (((None, False), 1), ((BANK, False), 1), ((None, True), 3)):
        assert len(await operating.listed(*asked)) == count


@pytest.mark.parametrize("address", ["me", "a@b", "a@b.test, c@d.test", "A <a@b.test>"])
def test_attack_an_address_that_is_several(address: str, tmp_path: Any) -> None:
    """ASVS 1.3.11: one plain address, and nothing that a header could be made of."""
    with pytest.raises(ValueError, match="operator_email"):
        SecuritySettings(home=tmp_path, run_dir=tmp_path, operator_email=address)
