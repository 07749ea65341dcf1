"""The garbage collector leaves alone what lives as long as the process."""

import subprocess
import sys

_SETTLED = """
import gc
before = gc.get_threshold()[0]
from runtime.heap import settle_heap
settle_heap()
print(gc.get_freeze_count() > 1_000, gc.get_threshold()[0] > before)
"""


def test_what_was_made_before_serving_is_never_walked_over_again() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SETTLED], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "True"]
