"""Print the OpenAPI document: `python -m apis.healthcare.openapi > …/openapi.json`."""

from __future__ import annotations

import sys
from typing import Any

from apis.common.openapi import as_text, document_of
from apis.healthcare.app import routes
from apis.healthcare.orders import CancelOrder, EmergencyOrder, VisitOrder


def document() -> dict[str, Any]:
    """Return the document that is committed beside this file."""
    return document_of(routes(), (VisitOrder, CancelOrder, EmergencyOrder))


if __name__ == "__main__":
    sys.stdout.write(as_text(document()))
