"""Print the OpenAPI document of this API: `python -m apis.banking.openapi > …/openapi.json`."""

from __future__ import annotations

import sys
from typing import Any

from apis.banking.app import routes
from apis.banking.payment_model import BillOrder, PayeeOrder, TransferOrder
from apis.banking.pin_model import PinOrder
from apis.banking.protection_model import (
    DisputeOrder,
    FraudOrder,
    FreezeOrder,
    LostCardOrder,
    UnfreezeOrder,
)
from apis.common.openapi import as_text, document_of


def document() -> dict[str, Any]:
    """Return the document that is committed beside this file."""
    protection = (FreezeOrder, UnfreezeOrder, LostCardOrder, FraudOrder, DisputeOrder)
    return document_of(routes(), (TransferOrder, BillOrder, PayeeOrder, PinOrder, *protection))


if __name__ == "__main__":
    sys.stdout.write(as_text(document()))
