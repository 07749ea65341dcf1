"""Print the OpenAPI document of this API: `python -m apis.banking.openapi > …/openapi.json`.

The document is committed beside this file, because security reads it at start; a test tells
when it is no longer what the routes say.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from apis.banking.app import routes
from apis.banking.model import Problem
from apis.banking.payment_model import BillOrder, PayeeOrder, TransferOrder


def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the routes."""
    described = routes().openapi()
    schemas = described["components"]["schemas"]
    schemas["Problem"] = Problem.model_json_schema(mode="serialization")
    # The routes read their bodies themselves, so the framework does not know of these.
    for order in (TransferOrder, BillOrder, PayeeOrder):
        schemas[order.__name__] = order.model_json_schema(mode="serialization")
    return described


def rendered() -> str:
    """Return the document as the text that is committed."""
    return json.dumps(document(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(rendered())
