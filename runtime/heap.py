"""What the garbage collector has to look at while a process serves."""

from __future__ import annotations

import gc

_YOUNG = 20_000
"""New objects before it looks at them: more than a request makes, which frees them itself."""


def settle_heap() -> None:
    """Keep what was made until now for the life of this process.

    The collector need not look at it ever again: a turn does not wait while it walks over a
    whole library. Nor does it walk over half a request: what goes in circles, and it alone can
    free, is little, and waits until a few requests are over.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, *gc.get_threshold()[1:])
