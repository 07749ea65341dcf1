"""Print the OpenAPI document of this API: `python -m apis.it.openapi > …/openapi.json`."""

from __future__ import annotations

import sys
from typing import Any

from apis.common.openapi import as_text, document_of
from apis.it.app import routes
from apis.it.model import PersonOrder, TicketOrder


def document() -> dict[str, Any]:
    """Return the document that is committed beside this file."""
    return document_of(routes(), (PersonOrder, TicketOrder))


if __name__ == "__main__":
    sys.stdout.write(as_text(document()))
