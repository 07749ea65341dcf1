"""The first start: keys and database for their owner only, and nothing done twice."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from security.adapters.database import Database
from security.passwords import Passwords
from security.seed import Seed, read_people, seed
from security.setup import prepare_database, prepare_keys, subjects
from tests.security.fakes import CountingHasher
from tests.security.people import new_seed
from tests.security.world import Origin

pytestmark = pytest.mark.sqlite_alone("a home that has everything in files")


def rights(file: Path) -> int:
    return file.stat().st_mode & 0o777


def test_keys_and_database_are_their_owners_alone(origin: Origin) -> None:
    """ASVS 13.3.2."""
    assert rights(origin.home / "keys") == 0o700
    assert rights(origin.home / "keys" / "master.key") == 0o600
    assert rights(origin.home / "keys" / "signing.jwk") == 0o600
    assert rights(origin.home / "db") == 0o700
    assert rights(origin.home / "db" / "security" / "security.sqlite3") == 0o600


def test_what_is_published_is_public(origin: Origin) -> None:
    """ASVS 13.3.1."""
    [key] = json.loads((origin.home / "keys" / "public" / "jwks.json").read_text())["keys"]
    assert "d" not in key


def test_a_second_start_keeps_the_keys(tmp_path: Path) -> None:
    first = prepare_keys(tmp_path)
    first.vault.close()
    files = {file: file.read_bytes() for file in (tmp_path / "keys").glob("*.*")}
    again = prepare_keys(tmp_path)
    again.vault.close()
    assert {file: file.read_bytes() for file in files} == files
    assert first.derived.sealed_before == again.derived.sealed_before


def test_a_master_key_of_the_wrong_length_stops_the_start(tmp_path: Path) -> None:
    """A start that was cut off while it wrote the key is noticed."""
    prepare_keys(tmp_path).vault.close()
    (tmp_path / "keys" / "master.key").write_bytes(b"")
    with pytest.raises(ValueError, match="32 bytes"):
        prepare_keys(tmp_path)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return prepare_database(tmp_path, prepare_keys(tmp_path))


def test_seeding_twice_adds_nobody_twice(tmp_path: Path, database: Database) -> None:
    people = new_seed()
    with closing(prepare_keys(tmp_path).data_keys) as data_keys:
        for _ in range(2):
            seed(database, data_keys, Passwords(CountingHasher()), people)
    database.close()
    with sqlite3.connect(tmp_path / "db" / "security" / "security.sqlite3") as connection:
        assert connection.execute("SELECT count(*) FROM people").fetchone() == (8,)
        assert connection.execute("SELECT count(*) FROM authenticators").fetchone() == (7,)
    connection.close()


def test_passwords_and_factors_are_not_in_the_database_in_plain(origin: Origin) -> None:
    """ASVS 11.4.2, 11.3.3."""
    stored = (origin.home / "db" / "security" / "security.sqlite3").read_bytes()
    for person in origin.seed.people:
        # Shorter ones are parts of other words, or stand there by chance.
        for plain in (person.username, person.name):
            assert len(plain) < 5 or plain.encode() not in stored
        assert person.password.encode() not in stored
        if person.totp_secret:
            assert person.totp_secret.encode() not in stored


def test_a_seed_does_not_show_its_secrets(origin: Origin) -> None:
    """ASVS 16.2.5."""
    for person in origin.seed.people:
        assert person.password not in repr(origin.seed)


def test_everybody_has_a_name_of_their_own_at_each_api(origin: Origin) -> None:
    """RFC 8693: pairwise."""
    keys = prepare_keys(origin.home)
    database = prepare_database(origin.home, keys)
    banking = subjects(database, keys.derived, "urn:gatehouse:api:banking")
    orders = subjects(database, keys.derived, "urn:gatehouse:api:orders")
    database.close()
    names = [name for people in (*banking.values(), *orders.values()) for name in people.values()]
    assert len(set(names)) == len(names) == 16
    assert set(banking["northwind-bank"]) == {"alice", "bob", "tess", "adam"}


def test_an_api_is_told_of_those_that_its_seed_may_name_alone(origin: Origin) -> None:
    keys = prepare_keys(origin.home)
    database = prepare_database(origin.home, keys)
    everybody = subjects(database, keys.derived, "urn:gatehouse:api:banking")
    named = subjects(database, keys.derived, "urn:gatehouse:api:banking", ["alice", "nobody"])
    database.close()
    assert named["northwind-bank"] == {"alice": everybody["northwind-bank"]["alice"]}
    assert {name for people in named.values() for name in people} == {"alice"}
    assert len(everybody["northwind-bank"]) == 4


ODD_SEEDS = {
    "a password that is missing": "{tenants: [], people: [{tenant: a, username: b, roles: []}]}",
    "no people": "{tenants: []}",
    "an idle limit of nothing": (
        "{tenants: [{id: a, name: A, idle_minutes: 0, public: true}], people: []}"
    ),
    "an idle limit of a day": (
        "{tenants: [{id: a, name: A, idle_minutes: 1440, public: true}], people: []}"
    ),
    "a tenant without a name": (
        "{tenants: [{id: '', name: A, idle_minutes: 5, public: true}], people: []}"
    ),
    "a secret that is too short": (
        "{tenants: [], people: [{tenant: a, username: b, name: B, roles: [], password: c,"
        " totp_secret: ABCDEFGH}]}"
    ),
}


@pytest.mark.parametrize("text", ODD_SEEDS.values(), ids=ODD_SEEDS)
def test_a_seed_file_that_does_not_hold_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "seed.yml"
    file.write_text(text)
    with pytest.raises(ValueError):  # noqa: PT011 - any kind of it is shown as one line.
        read_people(file)


def test_a_person_of_a_tenant_that_is_not_there_is_refused(
    tmp_path: Path, database: Database
) -> None:
    """ASVS 8.4.1: nobody is without a tenant."""
    people = new_seed().people
    with (
        closing(prepare_keys(tmp_path).data_keys) as data_keys,
        pytest.raises(Exception, match="security_unavailable"),
    ):
        seed(database, data_keys, Passwords(CountingHasher()), Seed(tenants=[], people=people))
    database.close()
