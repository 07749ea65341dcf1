"""What the tests of backups share."""

from __future__ import annotations

import pytest

from cli.backup import restore
from cli.backup.content import RING
from cli.home import prepare_home
from tests.cli.backup.homes import SECRET, database


@pytest.fixture(autouse=True)
def settled(monkeypatch):
    """What security does after a restore is shown with the real system (tests/e2e)."""
    calls = []

    async def settle(settings):
        calls.append(settings.home_folder)

    monkeypatch.setattr(restore, "_settle", settle)
    return calls


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    prepare_home(folder, "demo")
    for name in ("security/security", "rasa/tracker", "banking/banking"):
        database(folder / "db" / f"{name}.sqlite3")
    database(folder / RING, "the ring")
    database(folder / "db/banking/ring.db", "the bank's ring")
    for name in ("keys/master.key", "keys/signing.jwk", "api-keys/banking.key"):
        (folder / name).write_bytes(SECRET)
        (folder / name).chmod(0o600)
    (folder / "keys" / "clients").mkdir()
    (folder / "keys" / "clients" / "shop.yml").write_text("id: shop\n")
    return folder
