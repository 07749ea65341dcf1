"""Files that are there whole or not at all, for their owner only."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from security.adapters.key_files import sync_folder


@contextmanager
def written_whole(file: Path) -> Iterator[BinaryIO]:
    """Give what to write to; a file that was there is replaced once the new one is whole."""
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            yield opened
            opened.flush()
            os.fsync(opened.fileno())
        os.replace(part, file)
        sync_folder(file.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
