"""What sets a home up does so within walls, as the user whose it is: files there may be hostile."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from cli import people
from cli.backup import restore
from cli.home import prepare_home
from cli.launching import Lifeline
from cli.lending import lent
from cli.ownership import give
from cli.problems import Problem
from cli.progress import PlainDisplay, Progress
from cli.settings import Settings
from cli.setup_profiles import api_setup_profile, security_setup_profile
from cli.walls import missing_walls
from sandbox.profile import Profile
from sandbox.told import PROFILE
from sandbox.told import read as read_profile

SECURITYS, ITS = 61_014, 61_015


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(people, "served_here", lambda: ("it",))
    # Of no demo: nobody's password is hashed for it.
    prepare_home(tmp_path / "home", "production")
    return Settings(_env_file=None, home=tmp_path / "home", mode="production")


walled = pytest.mark.skipif(bool(missing_walls()), reason="this machine does not have all walls")


def set_up(settings: Settings) -> None:
    with Lifeline() as lifeline:
        asyncio.run(people.set_up_people(settings, Progress(PlainDisplay()), lifeline))


def owners(*folders: Path) -> set[int]:
    every = [path for folder in folders for path in (folder, *folder.rglob("*"))]
    return {path.stat().st_uid for path in every}


@walled
def test_a_home_is_set_up_as_whose_it_is(settings: Settings) -> None:
    """ASVS 13.2.4: also after a demo was reset, whose keys stay while its databases go."""
    set_up(settings)
    home = settings.home_folder
    if os.geteuid() != 0:
        return
    mine, its = (home / "keys", home / "db" / "security"), home / "db" / "it"
    for path, owner in ((mine[0], SECURITYS), (mine[1], SECURITYS), (its, ITS)):
        give(path, owner)
    give(home / "api-keys" / "it.key", ITS)
    set_up(settings)
    assert (owners(*mine), owners(its)) == ({SECURITYS}, {ITS})
    shutil.rmtree(home / "db")  # As when a demo is made anew.
    set_up(settings)
    assert (owners(*mine), owners(its)) == ({SECURITYS}, {ITS})
    assert (home / "api-keys").stat().st_uid == 0


@walled
def test_attack_a_file_that_leads_out_of_an_apis_folder(settings: Settings, tmp_path: Path) -> None:
    """ASVS 13.2.4: whoever has taken an API over leaves a link; root makes no file for them."""
    outside = tmp_path / "made-by-root"
    folder = settings.home_folder / "db" / "it"
    folder.mkdir(parents=True)
    (folder / "it.sqlite3").symlink_to(outside)
    with pytest.raises(Problem, match=r"apis\.it\.setup failed"):
        set_up(settings)
    assert not outside.exists()


def test_an_api_sees_its_own_key_file_alone(settings: Settings, tmp_path: Path) -> None:
    home, lent = settings.home_folder, tmp_path / "lent"
    lent.mkdir()
    assert home / "api-keys" in api_setup_profile(settings, "it", {}, lent, own_users=True).writes
    for name in ("it", "hr"):
        (home / "api-keys" / f"{name}.key").write_bytes(bytes(32))
    profile = api_setup_profile(settings, "it", {}, lent, own_users=True)
    assert profile.writes == (home / "db" / "it", home / "api-keys" / "it.key")
    assert not profile.network


def test_security_gets_the_way_to_its_servers_and_copies_of_their_files(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes = tmp_path / "pass"
    passes.write_text("a password")
    passes.chmod(0o600)
    named = "GATEHOUSE_SECURITY_DATABASE_PASS_FILE"
    monkeypatch.setenv(named, str(passes))
    url = "GATEHOUSE_SECURITY_DATABASE_URL"
    monkeypatch.setenv(url, "postgresql+psycopg://gatehouse@10.0.0.5:6543/gatehouse")
    with lent(settings, "security") as (folder, environ):
        assert Path(environ[named]).read_text() == "a password"
        assert Path(environ[named]).parent == folder
        profile = security_setup_profile(settings, environ, folder, own_users=True)
        assert (profile.network, profile.connect_tcp) == (True, (6543,))
        assert folder in profile.reads
    assert not folder.exists()


def test_an_api_gets_the_way_to_its_own_server_and_its_own_files(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ASVS 13.2.4: neither a password nor a port of another one's database."""
    for name, port in (("BANKING", 6543), ("HR", 6544)):
        file = tmp_path / name
        file.write_text(f"of {name}")
        file.chmod(0o600)
        monkeypatch.setenv(f"GATEHOUSE_{name}_DATABASE_OWNER_PASS_FILE", str(file))
        url = f"postgresql+psycopg://{name.lower()}@10.0.0.5:{port}/{name.lower()}"
        monkeypatch.setenv(f"GATEHOUSE_{name}_DATABASE_URL", url)
    with lent(settings, "banking") as (folder, environ):
        assert [each.read_text() for each in folder.iterdir()] == ["of BANKING"]
        profile = api_setup_profile(settings, "banking", environ, folder, own_users=True)
        assert (profile.network, profile.connect_tcp) == (True, (6543,))
        assert folder in profile.reads


@walled
async def test_attack_a_database_that_came_back_leads_out_of_its_folder(
    settings: Settings, tmp_path: Path
) -> None:
    """ASVS 13.2.4: what a restore sets up reaches what a set-up reaches, and nothing else."""
    outside = tmp_path / "made-by-root"
    folder = settings.home_folder / "db" / "security"
    folder.mkdir(parents=True)
    (folder / "security.sqlite3").symlink_to(outside)
    with pytest.raises(Problem, match=r"security\.setup failed"):
        await restore._settle(settings)
    assert not outside.exists()


async def test_a_database_that_came_back_has_the_walls_of_a_set_up(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup is as hostile as whoever has written what is in it."""
    ran: list[tuple[str, Profile]] = []

    async def run(module: str, _words: object, environ: dict[str, str], *_more: object) -> bytes:
        ran.append((module, read_profile(environ[PROFILE])))
        return b""

    monkeypatch.setattr(restore, "run_to_end", run)
    await restore._settle(settings)
    home = settings.home_folder
    assert [module for module, _ in ran] == ["security.setup", "security.tools.restored"]
    for _, profile in ran:
        assert profile.name == "security-setup"
        assert set(profile.writes) == {home / "db" / "security", home / "keys", home / "audit"}
        assert not profile.network
