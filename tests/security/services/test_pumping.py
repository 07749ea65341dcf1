"""Codes that leave by text and that nobody types."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from security.adapters.tables import ChallengeRow, ConversationRow, SessionRow
from security.services.letters import Letter

from .post_office import ALICE, TENANT, MakeOffice, PostOffice, offices

ALARM = "sms:service:pumping"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[PostOffice]:
    with offices(tmp_path) as make:
        make_office: MakeOffice = make
        office = make_office(alarm_texted_codes_per_hour=5, limit_codes_per_person_per_hour=100)
        office.add_alice(totp="JBSWY3DPEHPK3PXP")
        with office.store() as store:
            now = office.clock.now
            store.add(ConversationRow(id="c", key_sealed=b"", created_at=now))
            store.flush()
            store.add(
                SessionRow(
                    id="s",
                    id_hash="h",
                    conversation_id="c",
                    csrf_seed="x",
                    created_at=now,
                    last_seen_at=now,
                    idle_seconds=300,
                    absolute_seconds=3_600,
                )
            )
        yield office


def code(office: PostOffice, at: int, *, answered: bool = False, channel: str = "sms") -> None:
    """Send a code to one more number, and let it be typed."""
    to = f"+1202555{at:04}" if channel == "sms" else f"p{at}@example.com"
    message = office.queue(Letter(channel, "code", to, "", "1"), address=f"192.0.2.{at}")  # type: ignore[arg-type]
    with office.store() as store:
        store.add(
            ChallengeRow(
                id=f"challenge-{message}",
                session_id="s",
                tenant_id=TENANT,
                person_id=ALICE,
                purpose="sign_in",
                method="sms",
                allows=["sms"],
                shown_sealed=b"",
                state="passed" if answered else "open",
                attempts_left=5,
                created_at=office.clock.now,
                expires_at=office.clock.now + timedelta(minutes=5),
                message_id=message,
            )
        )


def test_attack_pumping_raises_an_alarm_once_an_hour(office: PostOffice) -> None:
    """ASVS 6.6.3, GH-8: on the trail and in the operator's log, with no number and no person."""
    for at in range(4):
        code(office, at)
    assert office.trail(ALARM) == []
    with capture_logs() as told:
        for at in range(4, 8):
            code(office, at)
    [record] = office.trail(ALARM)
    assert (record["tenant"], record["reason"]) == (TENANT, "codes_unanswered")
    assert "person" not in record
    [line] = [one for one in told if one["event"] == "texted_codes_unanswered"]
    assert (line["tenant"], line["sent"], line["answered"]) == (TENANT, 5, 0)
    office.clock.advance(hours=1)
    for at in range(8, 13):
        code(office, at)
    assert len(office.trail(ALARM)) == 2


def test_people_who_type_their_codes_raise_none(office: PostOffice) -> None:
    code(office, 0, answered=True)
    code(office, 1, answered=True)
    for at in range(2, 9):
        code(office, at)
    assert office.trail(ALARM) == []


def test_mail_and_what_was_sent_an_hour_ago_do_not_count(office: PostOffice) -> None:
    code(office, 0)
    office.clock.advance(hours=1)
    for at in range(1, 5):
        code(office, at)
    for at in range(5, 9):
        code(office, at, channel="email")
    assert office.trail(ALARM) == []
