"""Every column of every API is sealed, looked up by a keyed hash, or plain for a reason given here.

ASVS 14.1.1: which data is sensitive is known; 14.2.4: it is protected as its class asks.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from apis.common.records import RecordsBase
from apis.common.sealing.columns import LookedUp, Sealed, is_sealed, shape_of
from apis.common.tables import OnceBase
from cli.apis import api_names

_EVERYWHERE = {
    "id": "a random name",
    "tenant": "the organisation; needed to look up, and a part of what a row is bound to",
    "subject": "a pairwise name that only this API knows somebody by; needed to look up",
    "sealed": "the envelope itself",
}
_ORDER = "a day or a moment, needed to order and to find a period: when, never what"
_LINK = "the random name of another row"
_STATE = "what is still to do; needed to find it"
_SHOWN = "a number that its owner calls it by, and that says nothing"
_HOUSE = "the organisation's own, for everybody to know"

PLAIN = {
    "accounts": {},
    "movements": {"kind": "that something was booked, and how; what and how much is sealed"}
    | {"booked_on": _ORDER},
    "transactions": {
        "account_id": _LINK,
        "movement_id": _LINK,
        "booked_on": _ORDER,
        "position": _ORDER,
    },
    "payees": {},
    "bills": {"due_on": _ORDER, "movement_id": _LINK},
    "cards": {"account_id": _LINK},
    "pins": {"card_id": _LINK},
    "declines": {"card_id": _LINK, "declined_on": _ORDER, "position": _ORDER},
    "cases": {"number": _SHOWN, "card_id": _LINK, "transaction_id": _LINK},
    "clinics": {"name": _HOUSE, "zone": _HOUSE},
    "patients": {},
    "practitioners": {},
    "desk": {},
    "care": {"patient_id": _LINK, "practitioner_id": _LINK},
    "slots": {
        "practitioner_id": _LINK,
        "starts_at": _ORDER,
        "ends_at": _ORDER,
        "taken_by": _LINK,
    },
    "appointments": {
        "patient_id": _LINK,
        "practitioner_id": _LINK,
        "slot_id": _LINK,
        "starts_at": _ORDER,
        "ends_at": _ORDER,
        "status": _STATE,
    },
    "observations": {"patient_id": _LINK, "observed_at": _ORDER},
    "medications": {"patient_id": _LINK, "practitioner_id": _LINK, "authored_on": _ORDER},
    "emergency_accesses": {
        "patient_id": _LINK,
        "practitioner_id": _LINK,
        "opened_at": _ORDER,
        "ends_at": _ORDER,
    },
    "employees": {"manager": _EVERYWHERE["subject"], "desk": "whose duty it is; to look up"},
    "allowances": {"year": _ORDER},
    "leave": {"first_on": _ORDER, "last_on": _ORDER, "state": _STATE},
    "documents": {"issued_on": _ORDER},
    "deposit_changes": {},
    "members": {"desk": "whose duty it is; to look up"},
    "desks": {"name": _HOUSE, "phone": _HOUSE, "hours": _HOUSE},
    "tickets": {
        "number": _SHOWN,
        "priority": _STATE,
        "state": _STATE,
        "kind": _STATE,
        "opened_on": _ORDER,
        "changed_on": _ORDER,
    },
    "customers": {},
    "orders": {"number": _SHOWN, "placed_on": _ORDER, "state": _STATE},
    "items": {"order_id": _LINK, "position": _ORDER, "return_label": _SHOWN},
    "events": {
        "order_id": _LINK,
        "at": _ORDER,
        "what": _STATE,
        "agent": _EVERYWHERE["subject"],
    },
    "consents": {"granted_at": _ORDER, "expires_at": _ORDER, "withdrawn_at": _ORDER},
    "idempotency_keys": {"key": "a random name", "state": _STATE},
    "spent_tokens": {"token_id": "a random name", "expires_at": _ORDER},
    "records": {"kind": "which kind of record; needed to look up"},
}


def _tables() -> dict[str, Any]:
    bases = [import_module(f"apis.{name}.tables").Base for name in api_names()]
    return {
        table.name: table
        for base in (*bases, OnceBase, RecordsBase)
        for table in base.metadata.sorted_tables
    }


@pytest.mark.parametrize("name", sorted(_tables()))
def test_every_column_is_declared(name: str) -> None:
    table = _tables()[name]
    plain = {c.name for c in table.columns if not isinstance(c.type, Sealed | LookedUp)}
    assert plain - set(_EVERYWHERE) == set(PLAIN[name])


def test_no_table_is_listed_that_is_not_there() -> None:
    assert set(_tables()) == set(PLAIN)


@pytest.mark.parametrize("name", sorted(name for name, one in _tables().items() if is_sealed(one)))
def test_a_row_is_bound_to_its_owner_and_never_changes_that(name: str) -> None:
    """A row is named by its key, and by whose it is where the key does not say so."""
    table = _tables()[name]
    row = set(shape_of(table).row)
    keys = {column.name for column in table.primary_key} - {"tenant"}
    assert keys <= row or name == "events"
    owner = {"subject", "account_id", "card_id", "patient_id", "order_id"} & set(table.c.keys())
    assert row & owner
    assert "tenant" in table.c
