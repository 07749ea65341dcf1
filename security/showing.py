"""What of a result the bot gets: nothing that its channel may not show."""

from __future__ import annotations

from typing import Any

from security.model import Invoked
from security.operations.answers import withheld
from security.operations.manifest import Operation
from security.ports import Case


def shown(operation: Operation, case: Case, result: Any) -> Invoked:
    """Return a result with what is sensitive in it marked, and left out but on the web page."""
    if not operation.sensitive:
        return Invoked(result=result)
    if case.channel != "web":
        result = withheld(result, operation.sensitive)
    return Invoked(result=result, sensitive=sorted(operation.sensitive & operation.fields))
