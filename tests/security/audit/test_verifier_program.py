"""The verifier as a program: it only reads, and what it cannot read is one clear line."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from security.audit import verifier
from tests.security.audit.exports import KEY, Written, put
from tests.security.audit.test_verdicts import AT, EXPORT, NEITHER


def run(*words: object) -> int:
    return verifier.main([str(word) for word in words])


@pytest.fixture
def key(tmp_path: Path) -> Path:
    file = tmp_path / "key.pem"
    file.write_bytes(KEY.public_pem)
    return file


def database(file: Path, log: Written) -> Path:
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("CREATE TABLE audit_checkpoints (number INTEGER, line BLOB)")
        opened.execute("CREATE TABLE audit (writer TEXT, sequence INTEGER, record BLOB)")
        lines = reversed(list(enumerate(log.checkpoints, 1)))
        opened.executemany("INSERT INTO audit_checkpoints VALUES (?, ?)", lines)
        for name, lane in reversed(log.lanes.items()):
            rows = reversed([(name, number, each) for number, each in enumerate(lane, 1)])
            opened.executemany("INSERT INTO audit VALUES (?, ?, ?)", rows)
        opened.commit()
    return file


def test_a_database_is_read_and_never_written(
    tmp_path: Path, key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """ASVS 16.4.2: and a path may hold what means something in an address."""
    log = Written().write("1", 11).write("2", 2)
    for _ in range(11):
        log.sign()
    file = database(tmp_path / "a ?#%.sqlite3", log)
    before = file.read_bytes()
    assert run(file, "--key", key) == 0
    assert capsys.readouterr().out == f"13 records, whole; checkpoint 11 of {AT}\n"
    assert file.read_bytes() == before
    missing = tmp_path / "missing.sqlite3"
    assert run(missing, "--key", key) == 1
    assert not missing.exists()
    older = put(tmp_path, "older", [Written().write("1", 12).write("2", 2).sign()])
    assert run(file, "--key", key, "--checkpoint", older) == 1
    assert "record 1-12: missing" in capsys.readouterr().err


def test_what_it_cannot_read_is_one_clear_line(
    tmp_path: Path, key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = put(tmp_path, "export", EXPORT)
    empty, broken, other = (tmp_path / name for name in ("empty", "broken", "other"))
    empty.write_bytes(b"")
    broken.write_bytes(b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    other.write_bytes(curve.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    for words, said in (
        ((file, "--key", empty), NEITHER),
        ((file, "--key", broken), ""),
        ((file, "--key", other), "the key is not an Ed25519 public key"),
        ((file, "--key", tmp_path / "missing"), ""),
        ((tmp_path / "missing", "--key", key), ""),
        (
            (file, "--key", key, "--checkpoint", empty),
            "the older checkpoints: there is none in that file",
        ),
    ):
        assert run(*words) == 1
        told = capsys.readouterr()
        assert (told.out, len(told.err.splitlines())) == ("", 1)
        assert told.err.startswith(said)
    with pytest.raises(SystemExit):
        run(file)
    assert "--key" in capsys.readouterr().err


def test_it_says_what_it_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("--help")
    told = " ".join(capsys.readouterr().out.split())
    assert "Checks a trail with its public key alone" in told
    assert "what was kept elsewhere, a line each" in told
    assert "security's SQLite database" not in told
