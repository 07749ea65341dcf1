"""Users of the processes: none that another installation uses."""

from __future__ import annotations

import os

import pytest

from cli.process_users import FIRST_UID, SIZE, free_block, running_users

LAST = FIRST_UID + 3 * SIZE


@pytest.mark.parametrize(
    ("running", "first", "alone"),
    [
        ((), FIRST_UID, True),
        ((0, 1000, FIRST_UID - 1, LAST), FIRST_UID, True),
        ((FIRST_UID,), FIRST_UID + SIZE, True),
        ((FIRST_UID + SIZE - 1,), FIRST_UID + SIZE, True),
        ((FIRST_UID + SIZE,), FIRST_UID, True),
        ((FIRST_UID + 3, FIRST_UID + SIZE + 3), FIRST_UID + 2 * SIZE, True),
        ((FIRST_UID, FIRST_UID + SIZE, LAST - 1), FIRST_UID, False),
    ],
)
def test_attack_an_installation_uses_up_no_means_of_another(running, first, alone):
    """ASVS 13.2.4: threads are counted by user, whoever started them."""
    assert free_block(running) == (first, alone)


def test_whoever_runs_here_is_found(tmp_path):
    assert os.getuid() in running_users()
    for number, told in (("1", "Name:\tx\nUid:\t61003\t1\t2\t3\n"), ("2", ""), ("self", "Uid:\t7")):
        (tmp_path / number).mkdir()
        (tmp_path / number / "status").write_text(told)
    assert running_users(tmp_path) == {61_003}
