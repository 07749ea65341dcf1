"""The big set of demo data, in small: the same rows for the same seed, and books in order."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from apis.banking.tables import AccountRow, TransactionRow
from apis.common.database import database_path, writable_engine
from apis.common.sealing.columns import opened, rewrite
from cli.people import PERSONAS
from cli.problems import Problem
from cli.progress import PlainDisplay, Progress
from cli.settings import Settings
from security.passwords import Passwords
from tests.support.opened import sealing_at
from tools.big import __main__ as command
from tools.big.accounts import add_people, subjects_at
from tools.big.books import check
from tools.big.filling import Wanted, agree, everybody, fill_part
from tools.big.people import Person
from tools.big.plan import PARTS, Part, roles

from .conftest import APIS, WANTED, dump, filled, rows, subjects, told


def test_the_same_seed_makes_the_same_rows(
    small: Path, home: Path, tmp_path: Path, people: dict[str, list[Person]]
) -> None:
    again = filled(small, tmp_path / "again", everybody(WANTED, {}))
    for api in APIS:
        assert told(again, api) == told(home, api)


def test_another_seed_makes_other_people(people: dict[str, list[Person]]) -> None:
    other = everybody(Wanted(seed=8, people=60, today=WANTED.today), {})
    for tenant, some in people.items():
        assert [one.name for one in some] != [one.name for one in other[tenant]]


def test_nobody_has_the_user_name_of_somebody_who_is_there(people: dict[str, list[Person]]) -> None:
    taken = frozenset(one.username for one in people["globex"])
    others = everybody(WANTED, {"globex": taken})["globex"]
    assert not taken & {one.username for one in others}
    assert len({one.username for one in others}) == WANTED.people


def test_nothing_reaches_anybody(people: dict[str, list[Person]]) -> None:
    """Telephone numbers are those for fiction, mail addresses those of RFC 2606."""
    for one in (one for some in people.values() for one in some):
        assert one.phone[5:10] == "55501"
        assert len(one.phone) == 12
        assert one.email.endswith(".example.com")


def test_it_is_as_much_as_was_asked_for(home: Path) -> None:
    count = "SELECT count(*) FROM"
    assert rows(home, "banking", f"{count} transactions")[0][0] > WANTED.people * 250
    assert rows(home, "orders", f"{count} orders WHERE number LIKE 'B%'") == [(3_000,)]
    assert rows(home, "healthcare", f"{count} appointments")[0][0] >= 1_500
    assert rows(home, "healthcare", f"{count} observations")[0][0] >= 1_500
    assert rows(home, "it", f"{count} tickets WHERE number > 10000") == [(360,)]
    assert rows(home, "hr", f"{count} documents")[0][0] > WANTED.people * 12


def test_what_the_demo_s_people_have_is_untouched(small: Path, home: Path) -> None:
    for api in APIS:
        assert not set(dump(small, api)) - set(dump(home, api)), api


def test_the_books_are_in_order(home: Path) -> None:
    engine = writable_engine(
        database_path(home, "banking"), sealing_at(database_path(home, "banking"))
    )
    with engine.connect() as connection:
        check(connection)
    engine.dispose()


@pytest.mark.parametrize(
    "wrong",
    [
        (AccountRow, {"balance_minor": 1}, opened(AccountRow.name) == "Savings"),
        (TransactionRow, {"amount_minor": 1}, TransactionRow.movement_id.is_not(None)),
        (AccountRow, {"limit_minor": 0}, opened(AccountRow.number) == "incoming EUR"),
    ],
)
def test_books_that_are_not_in_order_are_noticed(home: Path, wrong: Any) -> None:
    engine = writable_engine(
        database_path(home, "banking"), sealing_at(database_path(home, "banking"))
    )
    table, changes, which = wrong
    with engine.connect() as connection:
        query = select(table.__table__).where(which).limit(1)
        rewrite(connection, table, connection.execute(query).one(), **changes)
        with pytest.raises(ValueError, match="not in order"):
            check(connection)
        connection.rollback()
    engine.dispose()


def test_money_to_spend_comes_every_month(home: Path) -> None:
    salaries = """SELECT count(*) FROM transactions t JOIN accounts a ON a.id = t.account_id
        WHERE t.text LIKE 'Salary %' AND a.tenant != '' GROUP BY a.id"""
    months = {count for (count,) in rows(home, "banking", salaries)}
    assert months <= {3, 11, 12}  # Three are those of the demo's people.


def test_a_time_has_one_appointment_and_an_appointment_its_time(home: Path) -> None:
    twice = """SELECT 1 FROM appointments WHERE status = 'booked' GROUP BY slot_id
        HAVING count(*) > 1"""
    assert rows(home, "healthcare", twice) == []
    lost = """SELECT 1 FROM appointments a JOIN slots s ON s.id = a.slot_id
        WHERE (a.status = 'booked') IS NOT (s.taken_by IS a.id) OR a.starts_at != s.starts_at"""
    assert rows(home, "healthcare", lost) == []
    assert rows(home, "healthcare", "PRAGMA foreign_key_check") == []


def test_an_order_tells_one_story(home: Path) -> None:
    late = """SELECT o.number FROM orders o JOIN events e ON e.order_id = o.id
        WHERE o.state = 'delivered' GROUP BY o.id HAVING max(e.what = 'delivered') IS NOT 1"""
    assert rows(home, "orders", late) == []
    total = """SELECT o.number FROM orders o JOIN items i ON i.order_id = o.id GROUP BY o.id
        HAVING sum(i.quantity * i.price_minor) IS NOT o.total_minor"""
    assert rows(home, "orders", total) == []


def test_leave_does_not_overlap(home: Path) -> None:
    twice = """SELECT 1 FROM leave a JOIN leave b ON a.subject = b.subject AND a.id < b.id
        AND a.tenant = b.tenant AND a.first_on <= b.last_on AND b.first_on <= a.last_on
        WHERE a.subject NOT IN ('pw-erin', 'pw-mark', 'pw-hana', 'pw-ivan')"""
    assert rows(home, "hr", twice) == []


@pytest.mark.parametrize("part", PARTS, ids=APIS)
def test_a_second_run_changes_nothing(
    home: Path, tmp_path: Path, part: Part, people: dict[str, list[Person]]
) -> None:
    copy = shutil.copytree(home, tmp_path / "home")
    assert fill_part(copy, part, WANTED, people[part.tenant], subjects()) is None
    assert dump(copy, part.api) == dump(home, part.api)


def test_a_part_that_fails_leaves_nothing_behind(
    small: Path, tmp_path: Path, people: dict[str, list[Person]]
) -> None:
    copy = shutil.copytree(small, tmp_path / "home")
    # The last thing that is written meets a table that is not as it was.
    with closing(sqlite3.connect(database_path(copy, "banking"))) as connection:
        connection.execute("DROP TABLE bills")
    before = dump(copy, "banking")
    with pytest.raises(sqlite3.OperationalError):
        fill_part(copy, PARTS[0], WANTED, people[PARTS[0].tenant], subjects())
    assert dump(copy, "banking") == before


def test_a_home_has_one_big_set(tmp_path: Path) -> None:
    (tmp_path / "db").mkdir()
    assert agree(tmp_path, WANTED) == WANTED
    later = Wanted(WANTED.seed, WANTED.people, "2026-12-24")
    assert agree(tmp_path, later) == WANTED
    with pytest.raises(Problem, match="seed 7 with 60 people"):
        agree(tmp_path, Wanted(8, WANTED.people, WANTED.today))


def test_people_get_accounts_once_and_nobody_knows_their_password(tmp_path: Path) -> None:
    from sqlalchemy import select

    from security.adapters.tables import PersonRow
    from security.seed import read_people, seed
    from security.setup import prepare_database, prepare_keys

    keys = prepare_keys(tmp_path)
    database = prepare_database(tmp_path, keys)
    quick = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    seed(database, keys.data_keys, quick, read_people(PERSONAS))
    database.close()
    listed = [one for some in everybody(WANTED, {}).values() for one in roles(some)]
    assert add_people(tmp_path, listed) == 4 * WANTED.people
    assert add_people(tmp_path, listed) == 0
    named = subjects_at(tmp_path, ["urn:gatehouse:api:it"])["urn:gatehouse:api:it"]["globex"]
    assert {one.username for one, _ in listed if one.tenant == "globex"} <= set(named)
    assert b"argon2id" not in (tmp_path / "db" / "security" / "security.sqlite3").read_bytes()
    keys = prepare_keys(tmp_path)
    database = prepare_database(tmp_path, keys)
    there = database.run_here(
        lambda store: store.scalars(select(PersonRow)).all(), across="a test looks on"
    )
    database.close()
    [shared] = {one.password_hash for one in there if "." in one.username}
    # A real hash: checking a guess costs what it costs for everybody (ASVS 6.3.8).
    assert shared.startswith("$argon2id$")
    assert not Passwords().matches(shared, "")


async def test_production_is_refused(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", mode="production", _env_file=None)  # type: ignore[call-arg]
    with pytest.raises(Problem, match="production"):
        await command.seed_big(settings, Progress(PlainDisplay()), WANTED)
    assert not (tmp_path / "home").exists()
