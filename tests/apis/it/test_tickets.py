"""Tickets: one's own, the desk's queue, and the help that names nobody."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from apis.common.openapi import as_text
from apis.it.model import MOST_WAITING
from apis.it.openapi import document
from apis.it.seed import SeedBook
from apis.it.tables import TicketRow
from security.tokens.issuer import Authentication
from tests.apis.calling import NOW, Api, Endpoint, code_of

from .conftest import CREATE, QUEUE, RESET, TICKETS, UNLOCK, erins_ticket

PROJECT = Path(__file__).parents[3]


def _order(title: str = "Mouse is dead", priority: str = "normal") -> dict[str, str]:
    return {"title": title, "priority": priority}


async def test_everybody_sees_their_own_newest_first(it: Api) -> None:
    found = (await it.get(TICKETS, "pw-erin")).json()
    assert [one["number"] for one in found["tickets"]] == ["IT-1004", "IT-1001"]
    assert found["at_desk"] is False
    assert all("requester" not in one for one in found["tickets"])


async def test_the_desk_sees_what_is_not_solved_the_urgent_first(it: Api) -> None:
    found = (await it.get(QUEUE, "pw-ivan")).json()["tickets"]
    assert [(one["number"], one["requester"]) for one in found] == [
        ("IT-1004", "Erin"),
        ("IT-1002", "Mark"),
        ("IT-1003", "Ivan"),
    ]


async def test_a_long_queue_is_told_in_part_with_its_length(it: Api) -> None:
    for number in range(5_000, 5_040):
        it.keep(TicketRow, erins_ticket(number, state="solved" if number % 2 else "open"))
    found = (await it.get(QUEUE, "pw-ivan")).json()
    assert (found["total"], len(found["tickets"])) == (23, 23)
    for number in range(5_040, 5_060):
        it.keep(TicketRow, erins_ticket(number, state="waiting"))
    found = (await it.get(QUEUE, "pw-ivan")).json()
    assert (found["total"], len(found["tickets"])) == (43, MOST_WAITING)
    assert found["tickets"][0]["number"] == "IT-1004"  # The urgent one.


async def test_a_desk_of_another_tenant_sees_its_own_alone(it: Api) -> None:
    """ASVS 8.4.1: the same subject, another tenant."""
    found = (await it.get(QUEUE, "pw-ivan", tenant="acme-shop")).json()["tickets"]
    assert [one["title"] for one in found] == ["Till"]


@pytest.mark.parametrize("subject", ["pw-erin", "pw-mark"])
async def test_who_is_not_at_the_desk_sees_no_queue(it: Api, subject: str) -> None:
    """ASVS 8.2.2: even with a token for it."""
    assert code_of(await it.get(QUEUE, subject)) == "not_at_desk"


async def test_a_token_for_ones_own_opens_no_queue(it: Api) -> None:
    assert code_of(await it.get(TICKETS, "pw-ivan", "/queue")) == "insufficient_scope"


async def test_a_ticket_gets_the_next_number_and_stands_in_the_queue(it: Api) -> None:
    made = (await it.post(CREATE, "pw-mark", _order())).json()
    assert made == {
        "number": "IT-1005",
        "title": "Mouse is dead",
        "priority": "normal",
        "opened_on": "2026-11-25",
    }
    queue = (await it.get(QUEUE, "pw-ivan")).json()["tickets"]
    assert queue[-1]["title"] == "Mouse is dead"


async def test_fifty_at_once_have_fifty_numbers(it: Api) -> None:
    """ASVS 15.4.2."""
    replies = await asyncio.gather(*(it.post(CREATE, "pw-erin", _order()) for _ in range(50)))
    assert len({reply.json()["number"] for reply in replies}) == 50


async def test_the_same_ticket_twice_is_one(it: Api) -> None:
    replies = [await it.post(CREATE, "pw-erin", _order(), "a-key-of-16-chars") for _ in range(2)]
    assert replies[0].content == replies[1].content
    assert it.rows("SELECT count(*) FROM tickets WHERE title = 'Mouse is dead'") == [(1,)]


@pytest.mark.parametrize("length", [139, 140, 141])
async def test_a_title_has_its_limit(it: Api, length: int) -> None:
    said = code_of(await it.post(CREATE, "pw-erin", _order("x" * length)))
    assert said == ("ok" if length <= 140 else "invalid_request")


@pytest.mark.parametrize("title", ["", " x", "a\nb", "\u202eabc", "\U000e0041"])
async def test_a_title_is_one_line_of_visible_words(it: Api, title: str) -> None:
    assert code_of(await it.post(CREATE, "pw-erin", _order(title))) == "invalid_request"


@pytest.mark.parametrize("endpoint", [RESET, UNLOCK])
@pytest.mark.parametrize("subject", ["pw-erin", "pw-nobody", "gatehouse-bot"])
async def test_help_is_the_same_whoever_asks(it: Api, endpoint: Endpoint, subject: str) -> None:
    """ASVS 6.3.8: for people whom there are and whom there are not, also unauthenticated."""
    reply = await it.get(endpoint, subject, authentication=None)
    assert reply.json() == {
        "desk": "globex IT",
        "phone": "+12025550130",
        "hours": "Weekdays, 8 to 6",
    }


async def test_help_of_a_tenant_without_a_desk_is_not_found(it: Api) -> None:
    assert code_of(await it.get(RESET, "x", tenant="harbor-clinic")) == "not_found"


async def test_tickets_need_a_sign_in_and_new_ones_a_second_step(it: Api) -> None:
    """RFC 9470."""
    weak = "insufficient_user_authentication"
    assert code_of(await it.get(TICKETS, "pw-erin", authentication=None)) == weak
    assert code_of(await it.get(TICKETS, "pw-erin", aal="aal1")) == "ok"
    assert code_of(await it.post(CREATE, "pw-erin", _order(), aal="aal1")) == weak


@pytest.mark.parametrize(
    ("level", "amr", "minutes", "code"),
    [
        ("aal1", ("otp",), 0, "ok"),
        ("aal1", ("otp",), 15, "ok"),  # When the token was minted; security says no by then.
        ("aal1", ("otp",), 16, "insufficient_user_authentication"),
        ("aal1", (), 0, "insufficient_user_authentication"),
        ("aal1", ("pwd",), 0, "insufficient_user_authentication"),
        ("none", ("otp",), 0, "insufficient_user_authentication"),
        ("aal2", (), 0, "ok"),
    ],
)
async def test_a_new_ticket_takes_a_password_and_a_recent_code(
    it: Api, level: str, amr: tuple[str, ...], minutes: int, code: str
) -> None:
    """RFC 9470; the contract: email code. The API looks by itself at how somebody proved it."""
    proved = Authentication(level, NOW - timedelta(minutes=minutes), amr)
    assert code_of(await it.post(CREATE, "pw-erin", _order(), authentication=proved)) == code


async def test_somebody_whom_it_does_not_know_has_no_record(it: Api) -> None:
    assert code_of(await it.get(TICKETS, "pw-nobody")) == "no_record"
    assert code_of(await it.post(CREATE, "pw-nobody", _order())) == "no_record"


def test_the_demo_is_sound() -> None:
    book = SeedBook.model_validate(yaml.safe_load((PROJECT / "demo" / "it.yml").read_text())["it"])
    numbers = [ticket.number for one in book.members for ticket in one.tickets]
    assert len(set(numbers)) == len(numbers)
    assert [one.username for one in book.members if one.desk] == ["ivan", "tess", "rob", "sue"]
    assert {one.tenant for one in book.desks} == {one.tenant for one in book.members}


def test_the_document_is_what_the_routes_say() -> None:
    committed = (PROJECT / "apis" / "it" / "openapi.json").read_text("utf-8")
    assert committed == as_text(document())
