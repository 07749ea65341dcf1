"""Each API erases the person of the token, and nobody else, and tells what has to stay."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from apis.common.database import database_path
from apis.common.erasures import PATH, read_terms
from cli.apis import api_names, seed_of
from cli.people import PERSONAS
from tests.apis.erasing import APIS, CHANGED, Place, add_what_goes
from tests.support.api_server import move
from tests.support.opened import connect
from tests.tools.conftest import NOW, of_personas
from tools.big.doors import open_door

pytestmark = pytest.mark.sqlite_alone  # Each test says itself where its home is: on both.
FILE_ALONE = pytest.mark.parametrize("home", ["file"], indirect=True)
"""For what is decided before any database is asked."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the demo's data in every API, and something of each kind that goes."""
    made = tmp_path_factory.mktemp("erasures") / "home"
    for name in api_names():
        preparation = import_module(f"apis.{name}.setup").PREPARATION
        preparation.prepare(made, seed_of(name, PERSONAS), of_personas(), NOW)
        add_what_goes(name, database_path(made, name))
    return made


@pytest.fixture(params=api_names())
def api(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["file", "server"])
def home(
    request: pytest.FixtureRequest,
    api: str,
    files: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A copy of the home; the API on a server where this is about one."""
    made = shutil.copytree(files, tmp_path / "home")
    if request.param == "server":
        for name, value in move(request.getfixturevalue("postgres"), made, api).items():
            monkeypatch.setenv(name, value)
    return made


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
async def place(api: str, home: Path, tmp_path: Path, opened: ExitStack) -> AsyncIterator[Place]:
    folder = tmp_path / "doors"
    folder.mkdir()
    door = open_door(home, folder, api, opened)
    yield Place(door, database_path(home, api))
    await door.http.aclose()


async def test_what_the_api_says_goes_goes_and_nothing_else(place: Place) -> None:
    """GDPR 17: of this person, in this tenant; what a law wants stays as it was."""
    before, going = place.rows(), place.going()
    assert all(going.values()), "there is nothing to erase: the test shows nothing"
    reply = await place.erase()
    assert reply.status_code == 200, reply.text
    after = place.rows()
    for table, rows in before.items():
        if table in CHANGED.get(place.api, ()):
            assert len(rows) == len(after[table])
        else:
            assert rows - after[table] == going.get(table, Counter()), table
            assert not after[table] - rows, table
    assert not any(place.going().values())
    mine, other = (f"{who}: told" for who in (place.subject, "pw-somebody-else"))
    assert not [one for one in place.remembered() if one.startswith(mine)]
    assert [one for one in place.remembered() if one.startswith(other)]


@FILE_ALONE
async def test_it_tells_what_stays_as_it_is_declared(place: Place) -> None:
    """GDPR 17(3): the same words and years that security told before."""
    told = (await place.erase()).json()
    terms, today = read_terms(APIS / place.api), datetime.now(UTC).date()
    assert told["erased"] == [one.what for one in terms.erased]
    assert [one["what"] for one in told["kept"]] == [one.what for one in terms.kept]
    years = [date.fromisoformat(one["until"]).year - today.year for one in told["kept"]]
    assert years == [one.years for one in terms.kept]


async def test_asked_twice_it_answers_the_same(place: Place) -> None:
    """ASVS 15.4.2: by the same order, as after an answer that was lost, and by another one."""
    first = await place.erase(key="a" * 22)
    again, another = await place.erase(key="a" * 22), await place.erase()
    assert first.status_code == 200
    assert first.json() == again.json() == another.json()


async def test_what_stays_says_nothing_of_what_went(place: Place) -> None:
    """A time at the clinic is free again; a ticket has the person's words no more."""
    await place.erase()
    with closing(connect(place.database)) as there:
        if place.api == "healthcare":
            taken = there.execute("SELECT taken_by FROM slots WHERE taken_by GLOB 'apt_*'")
            assert sorted(taken.fetchall()) == [("apt_1",), ("apt_3",)]
        if place.api == "it":
            said = there.execute("SELECT DISTINCT words FROM tickets WHERE subject = 'pw-erin'")
            assert said.fetchall() == [(None,)]


@pytest.mark.parametrize("of", ["another", "elsewhere"])
async def test_attack_the_name_of_somebody_else_erases_nobody_here(place: Place, of: str) -> None:
    """ASVS 8.2.2 ★: whose rows go is whose token it is, in the tenant of the token."""
    before, keys = place.rows(), place.remembered()
    whose = {"subject": "pw-nobody"} if of == "another" else {"tenant": "another-tenant"}
    assert (await place.erase(**whose)).status_code == 200
    assert place.rows() == before
    assert set(keys) <= set(place.remembered())


@FILE_ALONE
async def test_attack_no_other_token_erases(place: Place) -> None:
    """ASVS 8.4.2, RFC 9396 ★: not one of an ordinary operation, nor one for another request."""
    before = place.rows()
    ordinary = {
        "banking": "banking:accounts:read",
        "healthcare": "healthcare:appointments:write",
        "hr": "hr:leave:write",
        "it": "it:tickets:write",
        "orders": "orders:address:write",
    }[place.api]
    refused = await place.erase(scope=ordinary)
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
    assert (await place.erase(scope=f"{place.api}:security_events:read")).status_code == 403
    assert (await place.erase(agent="pw-agent")).status_code == 401
    for details in ([], [{"type": f"{place.api}.settle_key", "arguments": {}}]):
        refused = await place.erase(details=details)
        assert refused.json()["code"] == "invalid_authorization_details"
    assert (await place.door.http.post(PATH, json={})).status_code == 401
    assert (await place.door.http.get(PATH)).status_code == 405
    assert place.rows() == before


BAD: tuple[Any, ...] = (
    {},
    {"asked_on": "soon"},
    {"asked_on": "9999-12-31"},
    {"asked_on": 7},
    {"asked_on": "2026-11-26", "subject": "pw-bob"},
)


@FILE_ALONE
async def test_attack_bad_orders_are_refused(place: Place) -> None:
    """ASVS 2.2.1: a day of today or before, and nothing else; never a 5xx."""
    for body in BAD:
        refused = await place.erase(body)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request"), body


@FILE_ALONE
async def test_attack_a_clock_that_is_behind_refuses_no_order_for_ever(place: Place) -> None:
    """ASVS 15.4.2: the same order is carried again, and done once the API knows the day."""
    before = place.remembered()
    ahead = {"asked_on": f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}"}
    assert (await place.erase(ahead, key="f" * 22)).status_code == 422
    assert place.remembered() == before
