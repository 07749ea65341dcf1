"""New keys for an API: given by a walled child, as the user whose keys they are."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from apis.common.database import database_path
from apis.common.key_file import key_path, read_keys
from apis.common.sealing.envelope import key_id_of
from apis.it.setup import PREPARATION
from cli.api_keys import renew
from cli.given_files import folder_of
from cli.ownership import give
from cli.problems import Problem
from cli.profiles import renewal_profile
from cli.settings import Settings

OTHER = 61_013


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    home = tmp_path / "home"
    (home / "logs").mkdir(parents=True)
    PREPARATION.prepare(home, None, "", datetime.now(UTC))
    return Settings(_env_file=None, home=home)


def keys_of(home: Path) -> tuple[bytes, set[str]]:
    with closing(sqlite3.connect(database_path(home, "it").with_name("ring.db"))) as ring:
        named = {row[0] for row in ring.execute("SELECT id FROM keys WHERE purpose = 'rows'")}
    return read_keys(key_path(home, "it"))[-1], named


def give_a_row(home: Path) -> None:
    from apis.it.tables import MemberRow
    from tests.support.opened import keep

    member = {"tenant": "globex", "subject": "pw-1", "name": "Somebody", "desk": ""}
    keep(database_path(home, "it"), MemberRow, member)


@pytest.mark.parametrize("owner", [None, OTHER])
def test_both_kinds_of_keys_are_new_and_stay_their_owners(
    settings: Settings, owner: int | None
) -> None:
    """ASVS 11.2.2, 13.2.4."""
    home = settings.home_folder
    give_a_row(home)
    if owner is not None:
        if os.geteuid() != 0:
            pytest.skip("only root starts processes as other users")
        give(home / "db" / "it", owner)
        give(key_path(home, "it"), owner)
    master, named = keys_of(home)
    said = asyncio.run(renew(settings, "it", "master"))
    assert said == "it: 2 keys under a new master key"
    assert keys_of(home)[0] != master
    assert asyncio.run(renew(settings, "it", "data")) == "it: 1 rows under new keys"
    assert named.isdisjoint(keys_of(home)[1])
    with closing(sqlite3.connect(database_path(home, "it"))) as data:
        [(sealed,)] = data.execute("SELECT sealed FROM members")
    assert key_id_of(sealed).hex() in keys_of(home)[1]
    for path in (key_path(home, "it"), *(home / "db" / "it").iterdir()):
        assert path.stat().st_mode & 0o077 == 0, path
        assert owner is None or path.stat().st_uid == owner, path


def test_attack_the_child_is_shown_no_other_keys(settings: Settings) -> None:
    """ASVS 13.2.4: what was left in one API's database gets nothing of another's."""
    home = settings.home_folder
    profile = renewal_profile(settings, "it")
    assert profile.writes == (home / "db" / "it", key_path(home, "it"))
    assert profile.reads == (folder_of(settings, "it"),)  # Copies of its own files, if any.
    assert (profile.network, profile.connect_tcp, profile.calls) == (False, (), ())


def test_what_cannot_be_done_is_said(settings: Settings) -> None:
    key_path(settings.home_folder, "it").write_bytes(b"k" * 32)
    with pytest.raises(Problem, match=r"it\.setup failed"):
        asyncio.run(renew(settings, "it", "master"))
