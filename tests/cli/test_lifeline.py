"""The pipes that tell each process that its launcher still lives."""

from __future__ import annotations

import os
import select
import sys

import pytest

from cli.launching import Lifeline


def at_its_end(reading: int, seconds: float = 0) -> bool:
    """Tell whether whoever reads here learns that the launcher is gone."""
    return bool(select.select([reading], [], [], seconds)[0])


@pytest.mark.skipif(sys.platform != "linux", reason="a descriptor can be opened by its number")
def test_attack_a_process_cannot_end_another_nor_keep_it_by_the_lifeline():
    """ASVS 13.2.4: as the same user, a pipe can be opened again, for writing."""
    with Lifeline() as lifeline, lifeline.to_a_child() as one, lifeline.to_a_child() as other:
        kept = os.dup(other)
        held = os.open(f"/proc/self/fd/{one}", os.O_WRONLY)
        os.write(held, b"x")
        os.set_blocking(one, False)
        assert at_its_end(one)
        assert not at_its_end(other)
        assert os.get_blocking(other)
    assert at_its_end(kept)  # Though what the first has opened stays open.
    os.close(held)
    os.close(kept)


def test_all_reach_the_end_with_the_launcher():
    with Lifeline() as lifeline, lifeline.to_a_child() as one, lifeline.to_a_child() as other:
        kept = [os.dup(one), os.dup(other)]
        assert not any(map(at_its_end, kept))
    assert all(map(at_its_end, kept))
    for each in kept:
        os.close(each)


def test_of_a_process_that_has_ended_nothing_is_kept():
    before = len(os.listdir("/dev/fd"))
    with Lifeline() as lifeline:
        for _ in range(20):
            with lifeline.to_a_child():
                pass
        assert len(os.listdir("/dev/fd")) <= before + 1
