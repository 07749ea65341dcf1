"""The project's policies, and copies of them that a test may spoil."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from security.access import Access, Facts
from security.operations.operation import Operation
from security.server import read_operations
from tests.security.world import PROJECT

DECLARED = read_operations(PROJECT)
CUSTOMER = Facts("bank", ("customer",), "bank", "web", "aal2", 30)


class Folder:
    """A copy of the project's policies, to be changed."""

    def __init__(self, path: Path, operations: Mapping[str, Operation] = DECLARED) -> None:
        shutil.copytree(PROJECT / "security" / "policies", path)
        self.path = path
        self.operations = operations
        kept = {operation.api for operation in operations.values()}
        for api in {operation.api for operation in DECLARED.values()} - kept:
            (path / f"{api}.cedar").unlink()  # Permits of an API that is not there stop the start.

    def add(self, text: str, file: str = "banking.cedar") -> None:
        with (self.path / file).open("a") as opened:
            opened.write(text)

    def load(self) -> Access:
        return Access(self.path, self.operations)
