"""What an API tells security of tokens that it refused: all of it, once, and to nobody else."""

from __future__ import annotations

import asyncio
import inspect
import re
import threading
from datetime import UTC, datetime
from types import ModuleType

import pytest
from joserfc.jwk import OctKey

from apis.common import caller, reports
from apis.common.reports import LOST, Incident, Reports
from runtime.log_gate import coded
from security.tokens import compact, dpop, reported, verifier
from security.tokens.compact import Unreadable
from security.tokens.reported import OTHER, REASONS, read_reported

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
AUDIENCE = "https://security.gatehouse.internal"
SECRET = "s" * 43
KEY = OctKey.import_key(SECRET.encode())


def _reports(most: int = 10, secret: str = SECRET) -> Reports:
    return Reports("banking", AUDIENCE, secret, most)


def _incident(reason: str = "no_token", token: str | None = None) -> Incident:
    return Incident(reason, NOW, "banking:accounts:read", token)


def test_both_ends_mean_the_same() -> None:
    """Only HTTP joins the two rooms, so what they agree on stands in both."""
    for name in ("PATH", "KIND", "EVENT", "SIGNED_BY"):
        assert getattr(reports, name) == getattr(reported, name)
    assert reports.scope_of("hr") == reported.scope_of("hr")


@pytest.mark.parametrize("module", [caller, compact, dpop, verifier], ids=lambda one: one.__name__)
def test_every_reason_of_a_refusal_is_known_to_security(module: ModuleType) -> None:
    """One that is not would stand on the trail as `other`, and no rule would see it."""
    said = re.findall(
        r'(?:TokenRefused|ProofRefused|Unreadable)\(\s*"([^"]+)"|^(?:USED|ANOTHER)\w+ = "([^"]+)"',
        inspect.getsource(module),
        re.MULTILINE,
    )
    reasons = {coded(first or second) for first, second in said}
    assert reasons
    # With an access token there always is a token.
    assert reasons - {"proof_for_a_token_where_there_is_none"} <= REASONS


def test_a_report_is_read_back_as_it_was_told() -> None:
    """RFC 8417: signed for security, by this API, about this token."""
    told = _reports()
    told.note(_incident("proof_used_before", "t" * 22))
    [(id, text)] = told.fetch(5).items()
    read = read_reported(id, text, "banking", AUDIENCE, KEY)
    assert (read.reason, read.scope, read.token) == (
        "proof_used_before",
        "banking:accounts:read",
        "t" * 22,
    )
    assert read.is_replay


@pytest.mark.parametrize(
    ("api", "audience", "secret"),
    [
        ("hr", AUDIENCE, SECRET),
        ("banking", "https://elsewhere.example", SECRET),
        ("banking", AUDIENCE, "x" * 43),
    ],
)
def test_attack_a_report_of_somebody_else_is_not_believed(
    api: str, audience: str, secret: str
) -> None:
    """ASVS 9.1.1: another API's, for somebody else, or signed with another secret."""
    told = _reports()
    told.note(_incident())
    [(id, text)] = told.fetch(5).items()
    with pytest.raises(Unreadable):
        read_reported(id, text, api, audience, OctKey.import_key(secret.encode()))


def test_attack_a_report_under_another_id_or_changed_is_not_believed() -> None:
    """ASVS 9.1.1: an answer is exactly what was signed."""
    told = _reports()
    told.note(_incident())
    told.note(_incident("no_proof"))
    (first, one), (second, other) = told.fetch(5).items()
    for id, text in ((first, other), (second, one), (first, one[:-2]), (first, 7), ("", one)):
        with pytest.raises(Unreadable):
            read_reported(id, text, "banking", AUDIENCE, KEY)


def test_attack_words_of_an_api_do_not_reach_the_trail() -> None:
    """ASVS 16.2.5: a reason is one of a list, a scope and an id have their forms."""
    told = _reports()
    told.note(Incident("my mother's maiden name", NOW, "Smith, 4000 1234", "Bob says hello"))
    [(id, text)] = told.fetch(5).items()
    read = read_reported(id, text, "banking", AUDIENCE, KEY)
    assert (read.reason, read.scope, read.token) == (OTHER, None, None)


def test_they_wait_until_they_are_acknowledged() -> None:
    """RFC 8936 2.4: what security could not keep is told again."""
    told = _reports()
    for _ in range(3):
        told.note(_incident())
    first = told.fetch(2)
    assert told.fetch(2).keys() == first.keys()
    assert told.more_than(2)
    told.acknowledge([*first, "never-told"])
    assert not told.more_than(1)
    assert not told.fetch(2).keys() & first.keys()


def test_attack_a_flood_of_refusals_is_bounded_and_says_that_it_is_one() -> None:
    """ASVS 15.2.2: memory is bounded, and nobody is hidden behind a flood unseen."""
    told = _reports(most=4)
    for _ in range(500):
        told.note(_incident())
    reasons = [
        read_reported(id, text, "banking", AUDIENCE, KEY).reason
        for id, text in told.fetch(50).items()
    ]
    assert reasons == ["no_token"] * 3 + [LOST]


@pytest.mark.parametrize(("length", "serves"), [(42, False), (43, True)])
def test_without_a_secret_nothing_is_told(length: int, serves: bool) -> None:
    """Fail closed: nobody could believe it."""
    told = _reports(secret="s" * length)
    told.note(_incident())
    assert told.serves is serves
    assert bool(told.fetch(5)) is serves


async def test_whoever_waits_is_woken_from_another_thread() -> None:
    """A write's token is used up in a thread of its own."""
    told = _reports()
    waiting = [asyncio.create_task(told.wait(60)) for _ in range(2)]
    await asyncio.sleep(0)
    thread = threading.Thread(target=told.note, args=(_incident(),))
    thread.start()
    await asyncio.gather(*waiting)
    thread.join()
    assert len(told.fetch(5)) == 1


async def test_nobody_waits_once_the_process_stops() -> None:
    told = _reports()
    waiting = asyncio.create_task(told.wait(60))
    await asyncio.sleep(0)
    told.close()
    await waiting
    await told.wait(60)
