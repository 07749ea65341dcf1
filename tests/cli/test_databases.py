"""Databases on PostgreSQL: each process is let through to its own, and sees its own password."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.checks import checks
from cli.database_checks import look
from cli.databases import files_of, on_servers, ports_of, sockets_of
from cli.given_files import bring
from cli.home import prepare_home
from cli.problems import Problem
from cli.profiles import profiles, renewal_profile
from cli.settings import Settings
from security.setup import OnServer, prepare_database, prepare_keys
from tests.support.postgres import OWNER, RUNNING, Server

ALL = {
    "GATEHOUSE_SECURITY_DATABASE_URL": "postgresql://gatehouse@db.example.com:6001/data",
    "GATEHOUSE_RING_URL": "postgresql://ring@[2001:db8::7]:6002/ring",
    "GATEHOUSE_TRACKER_URL": "postgresql://tracker@/tracker?host=/run/trackers&port=6003",
    "GATEHOUSE_HR_DATABASE_URL": "postgresql://hr@10.0.0.9:6004/hr",
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in ALL.items():
        monkeypatch.setenv(name, value)
    return tmp_path / "home"


def told(home: Path, mode: str = "demo") -> Settings:
    return Settings(_env_file=None, home=home, mode=mode, port=9443)


def test_each_process_is_let_through_to_its_own_databases_alone(home: Path) -> None:
    """ASVS 13.2.4."""
    table = profiles(told(home), home / "run", ("banking", "hr"))
    ports = {name: set(one.connect_tcp) & {*range(6000, 6009)} for name, one in table.items()}
    assert {name: found for name, found in ports.items() if found} == {
        "security": {6001, 6002},
        "hr": {6004},
    }
    reached = {name for name, one in table.items() if Path("/run/trackers") in one.calls}
    assert reached == {"rasa"}
    assert {name for name, one in table.items() if one.network} == {"gateway", "security", "hr"}


def test_new_keys_of_an_api_have_its_own_way_out(home: Path) -> None:
    """ASVS 13.2.4: what seals an API's rows anew reaches that API's server and no other."""
    found = renewal_profile(told(home), "hr", ALL)
    assert (found.connect_tcp, found.calls, found.network) == ((6004,), (), True)
    other = renewal_profile(told(home), "banking", ALL)
    assert (other.connect_tcp, other.calls, other.network) == ((), (), False)


def test_attack_no_process_is_brought_the_password_of_an_owner(home: Path, tmp_path: Path) -> None:
    """ASVS 13.2.2: who owns tables lifts their policies; the steps that set up do, alone."""
    settings, file = told(home), tmp_path / "owner"
    prepare_home(settings.home_folder, "demo")
    file.write_text("*:*:*:*:planted")
    named = ("SECURITY_DATABASE", "HR_DATABASE", "BANKING_DATABASE")
    given = {f"GATEHOUSE_{name}_OWNER_PASS_FILE": str(file) for name in named}
    assert bring(settings, given) == given
    kept = [one.read_text() for one in settings.home_folder.rglob("*") if one.is_file()]
    assert not any("planted" in text for text in kept)


def test_without_a_setting_no_wall_has_a_hole() -> None:
    for process in ("security", "rasa", "banking", "hr", "gateway"):
        assert ports_of(process, {}) == ()
        assert sockets_of(process, {}) == ()


def test_a_server_with_a_name_needs_names(home: Path) -> None:
    url = "postgresql://tracker@db.example.com/tracker"
    assert ports_of("rasa", {"GATEHOUSE_TRACKER_URL": url}) == (53, 5432)


def test_attack_nobody_sees_the_password_of_anothers_database(home: Path, tmp_path: Path) -> None:
    """ASVS 13.3.2: a copy a process, in a folder that no other is shown."""
    settings, file = told(home), tmp_path / "pass"
    prepare_home(settings.home_folder, "demo")
    file.write_text("*:*:*:*:planted")
    given = {
        name: str(file) for process in ("security", "rasa", "hr") for name in files_of(process)
    }
    brought = bring(settings, given)
    table = profiles(settings, home / "run", ("banking", "hr"))
    for name, value in brought.items():
        seen = {
            process
            for process, one in table.items()
            if any(Path(value).is_relative_to(path) for path in (*one.reads, *one.writes))
        }
        assert len(seen) == 1, name
        assert name in files_of(*seen)
        assert Path(value).stat().st_mode & 0o777 == 0o600
    assert bring(settings, {}) == {}
    assert not (settings.home_folder / "given-to").exists()


WRONG = {
    "a password": "postgresql://u:planted@db/x",
    "another kind": "mysql://u@db/x",
    "no user": "postgresql://db/x",
    "no host": "postgresql://u@/x",
    "two hosts": "postgresql://u@/x?host=a,b",
    "no port": "postgresql://u@db:port/x",
}


@pytest.mark.parametrize("what", WRONG)
def test_an_address_that_is_not_right_is_named_and_not_repeated(what: str) -> None:
    with pytest.raises(ValueError, match="GATEHOUSE_TRACKER_URL") as refused:
        on_servers({"GATEHOUSE_TRACKER_URL": WRONG[what]})
    assert "planted" not in str(refused.value)


def at(server: Server, monkeypatch: pytest.MonkeyPatch, database: str, user: str) -> None:
    monkeypatch.setenv("GATEHOUSE_TRACKER_URL", server.url(database, user))


def test_the_doctor_says_which_server_answers(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(postgres, monkeypatch, "postgres", RUNNING)
    assert look(told(tmp_path)).startswith("tracker on PostgreSQL ")


def test_the_doctor_says_what_the_schema_is_before_set_up_and_after(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the first start there is no key, no table, and nothing wrong."""
    name = postgres.create()
    monkeypatch.setenv("GATEHOUSE_SECURITY_DATABASE_URL", postgres.url(name))
    assert look(told(tmp_path)).endswith(", schema empty")
    (tmp_path / "keys").mkdir()
    keys = prepare_keys(tmp_path)
    prepare_database(tmp_path, keys, OnServer(postgres.url(name, OWNER), RUNNING)).close()
    keys.data_keys.close()
    assert look(told(tmp_path, "production")).endswith(", schema current")
    postgres.run("UPDATE alembic_version SET version_num = '0002'", database=name)
    assert "at 0002, upgraded to" in look(told(tmp_path))
    postgres.drop(name)


def test_the_doctor_says_that_no_server_answers(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(postgres, monkeypatch, "nowhere", RUNNING)
    with pytest.raises(Problem, match=r"GATEHOUSE_TRACKER_URL.*nowhere"):
        look(told(tmp_path))


def test_production_refuses_a_superuser_and_the_demo_says_so(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ASVS 13.2.2."""
    at(postgres, monkeypatch, "postgres", "postgres")
    assert "is a superuser" in look(told(tmp_path))
    with pytest.raises(Problem, match="is a superuser"):
        look(told(tmp_path, "production"))


def test_it_is_looked_at_before_every_start(tmp_path: Path) -> None:
    assert "databases" in [check.name for check in checks(told(tmp_path))]
