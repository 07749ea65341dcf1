"""A session between two starts: its owner's alone."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from cli.chat.client import Held
from cli.chat.kept import Kept

URL, HELD = "https://localhost:8443", Held("cookie", "token")


def test_what_was_kept_is_there_again(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "chat", URL)
    kept.write(HELD)
    kept.write(HELD)
    assert kept.read() == HELD
    file = tmp_path / "chat" / "session.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_session_is_of_one_server(tmp_path: Path) -> None:
    """Attack: another server that is asked with this one's cookie."""
    Kept(tmp_path, URL).write(HELD)
    assert Kept(tmp_path, "https://evil.example").read() is None


def test_a_file_that_others_may_read_is_not_used(tmp_path: Path) -> None:
    kept = Kept(tmp_path, URL)
    kept.write(HELD)
    (tmp_path / "session.json").chmod(0o644)
    assert kept.read() is None


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"url": 1}', b"\xff"])
def test_an_odd_file_is_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "session.json"
    path.write_bytes(content)
    path.chmod(0o600)
    assert Kept(tmp_path, URL).read() is None


def test_signing_out_takes_it_away(tmp_path: Path) -> None:
    kept = Kept(tmp_path, URL)
    kept.write(HELD)
    kept.write(Held())
    assert kept.read() is None
    assert list(tmp_path.iterdir()) == []
    kept.forget()
