"""The table of classes is the contract's, row by row."""

from __future__ import annotations

from datetime import timedelta

import pytest

from security.operations.classes import CLASSES, NOT_YET_ENFORCED, Demand
from security.operations.manifest import Operation
from tests.security.world import Origin

MINUTES_15, MINUTES_5 = timedelta(minutes=15), timedelta(minutes=5)

# "What must be bound to what": class, least assurance, freshness, confirmation, purpose. The
# contract's "every time" is the confirmation itself: no earlier proof takes its place.
CONTRACT = {
    "open": Demand("none", None, confirmation=False, purpose=False),
    "plain": Demand("aal1", None, confirmation=False, purpose=False),
    "personal": Demand("aal2", MINUTES_15, confirmation=False, purpose=False),
    "sensitive": Demand("aal2", MINUTES_5, confirmation=False, purpose=True),
    "binding": Demand("aal2", None, confirmation=True, purpose=False),
    "protective": Demand("aal1", None, confirmation=False, purpose=False),
}


def test_the_table_is_that_of_the_contract() -> None:
    """ASVS 6.3.4: the same strength for the same operation."""
    assert dict(CLASSES) == CONTRACT


@pytest.mark.parametrize("kind", CONTRACT)
def test_a_class_whose_demands_nothing_checks_cannot_be_used(kind: str) -> None:
    """ASVS 16.5.3: a purpose that is not enforced yet is not promised."""
    assert (kind in NOT_YET_ENFORCED) is CONTRACT[kind].purpose


def test_each_operation_is_of_the_class_that_the_contract_names(origin: Origin) -> None:
    """Every payment and every new payee is binding; what is due is plain."""
    found: dict[str, Operation] = dict(origin.operations)
    assert {name: operation.kind for name, operation in found.items()} == {
        "banking.list_accounts": "personal",
        "banking.list_recent_transactions": "personal",
        "banking.list_bills": "plain",
        "banking.payment_options": "personal",
        "banking.make_transfer": "binding",
        "banking.pay_bill": "binding",
        "banking.add_payee": "binding",
    }
