"""A process that is killed while it rotates the master key, whatever it was just doing."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from security.vault.envelope import Place
from security.vault.owners import Owner, Scope
from tests.security.adapters.rings import Ring

HERE = Place("t", "c", "row", "bank", "alice")
PEOPLE = 60
ROTATES = """
import sys
from pathlib import Path
from security.vault_parts import open_keys
folder = Path(sys.argv[1])
keys = open_keys(folder, sys.argv[2]).data_keys
while True:
    fresh = keys.begin_master()
    print("step", flush=True)
    while keys.rewrap(fresh, most=7):
        print("step", flush=True)
    keys.end_master()
    print("step", flush=True)
"""


pytestmark = pytest.mark.both_databases


@pytest.fixture
def ring(request: pytest.FixtureRequest, tmp_path: Path, which_database: str) -> Iterator[Ring]:
    there = which_database == "postgres"
    made = Ring(tmp_path, request.getfixturevalue("postgres") if there else None)
    yield made
    made.close()


def killed_after(ring: Ring, steps: int) -> None:
    """Let a process of its own rotate, and kill it after so many steps."""
    command = [sys.executable, "-c", ROTATES, str(ring.folder), ring.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(steps):
            assert process.stdout.readline() == "step\n"
        process.kill()
        process.stdout.read()
    assert process.returncode == -signal.SIGKILL


def test_attack_killed_again_and_again_while_the_master_key_rotates(ring: Ring) -> None:
    """ASVS 11.2.2: every key is under one of the two that are kept, and the change ends."""
    keys = ring.open()
    owners = [Owner(Scope.PERSON_ERASABLE, "bank", f"p{n}") for n in range(PEOPLE)]
    keys.data_keys.make(owners)
    sealed = [keys.vault.seal(b"planted", HERE, owner) for owner in owners]
    for steps in (1, 4, 11):
        killed_after(ring, steps)
        after = ring.open()
        assert [after.vault.open(each, HERE) for each in sealed] == [b"planted"] * PEOPLE
    fresh = after.data_keys.begin_master()
    while after.data_keys.rewrap(fresh):
        pass
    after.data_keys.end_master()
    assert not after.data_keys.master_is_rotating()
    assert ring.sql("SELECT DISTINCT master_id FROM data_keys") == [(fresh.id,)]
    at_last = ring.open()
    assert [at_last.vault.open(each, HERE) for each in sealed] == [b"planted"] * PEOPLE
