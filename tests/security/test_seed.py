"""What a seed file brings: factors, limits, and nothing that is malformed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters.database import Database
from security.adapters.tables import AuthenticatorRow, PersonRow, TenantRow
from security.passwords import Passwords
from security.seed import Seed, SeedPerson, SeedTenant, read_people, seed
from security.services.factors import secret_of
from security.setup import prepare_database, prepare_keys
from tests.security.fakes import NOW, CountingHasher
from tests.security.world import PROJECT

BANK: dict[str, Any] = {"id": "bank", "name": "Bank", "idle_minutes": 5, "public": True}
ZOE: dict[str, Any] = {
    "tenant": "bank",
    "username": "zoe",
    "name": "Zoe",
    "roles": ["customer"],
    "password": "Gantry-plover-miso-sextant",
}


class Home:
    """An empty home with keys and a database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys = prepare_keys(folder)
        self.database: Database = prepare_database(folder, self.keys)

    def seed(self, person: dict[str, Any], tenant: dict[str, Any] = BANK) -> None:
        wanted = Seed(tenants=[SeedTenant(**tenant)], people=[SeedPerson(**person)])
        seed(self.database, self.keys.data_keys, Passwords(CountingHasher()), wanted)

    def read[T](self, work: Callable[[Session], T]) -> T:
        """Look at the database."""
        return self.database.run_here(work, across="a test looks on")

    def limit(self) -> tuple[str, str]:
        """Return how much a code by SMS may approve."""
        tenant = self.read(lambda s: s.get_one(TenantRow, "bank"))
        return tenant.sms_limit, tenant.sms_currency

    def apis(self) -> list[str]:
        """Return which APIs the tenant uses."""
        return list(self.read(lambda s: s.get_one(TenantRow, "bank")).apis)

    def secrets(self) -> dict[str, str]:
        """Return every factor's secret by its method."""
        rows = self.read(lambda s: s.scalars(select(AuthenticatorRow)).all())
        return {r.method: secret_of(r) for r in rows}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.database.close()


def test_number_and_address_are_sealed_factors(home: Home, tmp_path: Path) -> None:
    """ASVS 11.3.3: neither is in the database in plain."""
    given = {"sms": "+12025550188", "email": "zoe@bank.example.com", "totp": "A" * 32}
    home.seed({**ZOE, "phone": given["sms"], "email": given["email"], "totp_secret": given["totp"]})
    assert home.secrets() == given
    content = b"".join(path.read_bytes() for path in (tmp_path / "db" / "security").iterdir())
    assert not any(secret.encode() in content for secret in given.values())


def test_what_is_not_given_is_no_factor(home: Home) -> None:
    home.seed(ZOE)
    assert home.secrets() == {}


def test_a_second_run_adds_nothing(home: Home) -> None:
    for number in ("+12025550188", "+12025550199"):
        home.seed({**ZOE, "phone": number})
    assert home.secrets() == {"sms": "+12025550188"}
    assert len(home.read(lambda s: s.scalars(select(PersonRow)).all())) == 1


@pytest.mark.parametrize(
    ("given", "kept"),
    [({}, ("0.00", "EUR")), ({"sms_limit": "100.00", "sms_currency": "USD"}, ("100.00", "USD"))],
)
def test_a_tenant_says_what_a_code_by_sms_may_approve(
    home: Home, given: dict[str, str], kept: tuple[str, str]
) -> None:
    """Nothing at all, unless it is said."""
    home.seed(ZOE, {**BANK, **given})
    assert home.limit() == kept


GIVEN = {"sms": "+12025550188", "email": "zoe@bank.example.com", "totp": "A" * 32}
ALL_OF_ZOE = {
    **ZOE,
    "phone": GIVEN["sms"],
    "email": GIVEN["email"],
    "totp_secret": GIVEN["totp"],
}


def test_a_home_of_an_earlier_seed_gets_what_is_new(home: Home) -> None:
    """Seeded before there were codes by SMS and mail, and a limit for them."""
    home.seed({**ZOE, "totp_secret": "B" * 32})
    for _ in range(2):
        home.seed(ALL_OF_ZOE, {**BANK, "sms_limit": "100.00", "sms_currency": "USD"})
    assert home.secrets() == {**GIVEN, "totp": "B" * 32}
    assert home.limit() == ("100.00", "USD")


def test_a_limit_that_is_there_is_left_alone(home: Home) -> None:
    for limit in ("50.00", "100.00"):
        home.seed(ZOE, {**BANK, "sms_limit": limit})
    assert home.limit() == ("50.00", "EUR")


def test_a_tenant_of_an_earlier_seed_gets_the_apis_that_are_new(home: Home) -> None:
    """Those that it has stay, also one that the seed does not name; none stands twice."""
    home.seed(ZOE, {**BANK, "apis": ["own", "banking"]})
    for _ in range(2):
        home.seed(ZOE, {**BANK, "apis": ["banking", "orders"]})
    assert home.apis() == ["own", "banking", "orders"]


TOUCHED = {
    "a factor changed": "INSERT INTO changes (id, session_id, tenant_id, person_id, kind, state,"
    " payload_sealed, digest, created_at, expires_at, attempts_left, proved)"
    " SELECT 'c', 's', tenant_id, id, 'remove', '{}', x'00', '', 0, 0, 5, 1 FROM people",
    "a new password": "UPDATE people SET password_changed_at = 1",
    "a newcomer": "UPDATE people SET may_enrol_until = 1",
}


@pytest.mark.parametrize(
    ("touch", "kept"),
    [
        (TOUCHED["a factor changed"].format("done"), True),
        (TOUCHED["a factor changed"].format("void"), False),
        (TOUCHED["a new password"], True),
        (TOUCHED["a newcomer"], True),
    ],
)
def test_what_a_person_changed_is_not_changed_back(home: Home, touch: str, kept: bool) -> None:
    """Who took their telephone away, or was reset, does not get it back by a restart."""
    home.seed({**ZOE, "totp_secret": "B" * 32})
    file = home.folder / "db" / "security" / "security.sqlite3"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(touch)
        connection.commit()
    home.seed(ALL_OF_ZOE)
    assert (home.secrets() == {"totp": "B" * 32}) is kept


@pytest.mark.parametrize("limit", ["100", "100.0", "-1.00", "1e3", "", "١.00", "100.00 EUR"])
def test_a_limit_that_is_no_amount_stops_the_setup(limit: str) -> None:
    with pytest.raises(ValidationError):
        SeedTenant(**BANK, sms_limit=limit)


@pytest.mark.parametrize(
    "odd", [{"phone": "0170 1234567"}, {"phone": "+0123456789"}, {"email": "zoe"}, {"email": "a@b"}]
)
def test_a_number_or_address_that_is_none_stops_the_setup(odd: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        SeedPerson(**ZOE, **odd)


def test_the_demo_gives_everybody_three_ways_and_the_bank_a_limit() -> None:
    demo = read_people(PROJECT / "demo" / "personas.yml")
    assert all(one.totp_secret and one.phone and one.email for one in demo.people)
    assert {one.id: one.sms_limit for one in demo.tenants}["northwind-bank"] == "100.00"


def _erase(home: Home, username: str) -> None:
    def forget(store: Session) -> None:
        person = store.scalars(select(PersonRow).where(PersonRow.tenant_id == "bank")).one()
        assert person.username == username
        home.keys.data_keys.destroy_person_keys(person.id, NOW)
        for factor in store.scalars(select(AuthenticatorRow)).all():
            store.delete(factor)
        store.flush()
        store.delete(person)

    home.database.run_here(forget, across="a test erases somebody")


def test_who_was_erased_does_not_come_back_with_the_next_start(home: Home) -> None:
    home.seed(ALL_OF_ZOE)
    _erase(home, "zoe")
    home.seed(ALL_OF_ZOE)
    assert home.read(lambda s: s.scalars(select(PersonRow)).all()) == []
    home.seed({**ZOE, "username": "yan"})
    assert [one.username for one in home.read(lambda s: s.scalars(select(PersonRow)).all())] == [
        "yan"
    ]


def test_who_has_another_name_by_now_is_not_seeded_again(home: Home) -> None:
    home.seed(ZOE)

    def rename(store: Session) -> None:
        person = store.scalars(select(PersonRow)).one()
        person.username = "zoe-b"

    home.database.run_here(rename, across="an administrator changes a name")
    home.seed(ZOE)
    assert len(home.read(lambda s: s.scalars(select(PersonRow)).all())) == 1
