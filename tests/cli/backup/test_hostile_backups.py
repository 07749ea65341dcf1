"""Backups that somebody made who has the key: nothing but a backup's own names comes of them."""

from __future__ import annotations

import io
import tarfile

import pytest

from cli.backup import keys
from cli.backup.content import MANIFEST, Manifest, permitted
from cli.backup.stream import Header, Sealing, key_name
from cli.problems import Problem
from tests.cli.backup.homes import bring_back, new_home


def forged(home, tmp_path, members, manifest=None):
    """A backup by somebody who has the key, with whatever they like in it."""
    key, _ = keys.make_backup_key(home)
    file = tmp_path / "forged"
    told = manifest or Manifest(
        mode="demo", made="x", gatehouse="0", keys=[], rings=[],
        files=[member.name for member, _ in members],
    )  # fmt: skip
    with file.open("wb") as out:
        sealing = Sealing(out, key, Header("backup", key_name(key), "x"))
        with tarfile.open(fileobj=sealing, mode="w|") as archive:
            text = told.model_dump_json().encode()
            first = tarfile.TarInfo(MANIFEST)
            first.size = len(text)
            archive.addfile(first, io.BytesIO(text))
            for member, content in members:
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        sealing.close()
    return file


def member(name, kind=tarfile.REGTYPE, link=""):
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    return made


@pytest.mark.parametrize(
    "name",
    [
        "../outside.yml", "/etc/cron.d/x", "keys/master.key", "keys/clients/../master.key",
        "db/security/ring.db", "db/x/../../keys/x.sqlite3", ".env", "keys/clients/.yml/x",
        "models/model.tar.gz", "db/security/security.sqlite3-wal", "manifest.json/x",
    ],
)  # fmt: skip
def test_attack_no_path_but_a_backup_s_own(home, tmp_path, name):
    """ASVS 5.3.2: whoever has the backup key still writes nowhere else."""
    file = forged(home, tmp_path, [(member(name), b"x")])
    again = new_home(tmp_path, home)
    with pytest.raises(Problem, match="something that no backup has"):
        bring_back(file, again)
    assert not permitted(name)


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE]
)
def test_attack_no_link_and_no_device(home, tmp_path, kind):
    file = forged(home, tmp_path, [(member("db/x/x.sqlite3", kind, "/etc/passwd"), b"")])
    with pytest.raises(Problem, match="something that no backup has"):
        bring_back(file, new_home(tmp_path, home))


def test_attack_a_file_twice_or_one_that_was_not_told(home, tmp_path):
    one = (member("db/x/x.sqlite3"), b"x")
    again = new_home(tmp_path, home) if keys.make_backup_key(home) else None
    with pytest.raises(Problem, match="something that no backup has"):
        bring_back(forged(home, tmp_path, [one, (member("db/x/x.sqlite3"), b"y")]), again)
    told = Manifest(mode="demo", made="x", gatehouse="0", keys=[], rings=[], files=[])
    with pytest.raises(Problem, match="something else than it says"):
        bring_back(forged(home, tmp_path, [one], told), again)
