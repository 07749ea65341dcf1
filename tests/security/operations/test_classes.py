"""The table of classes is the contract's, row by row."""

from __future__ import annotations

from datetime import timedelta

import pytest

from security.model import Assurance
from security.operations.classes import CLASSES, Demand, stricter
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


STRICTER = {
    "nothing of its own": ("personal", None, None, Demand("aal2", MINUTES_15)),
    "the same": ("personal", "aal2", MINUTES_15, Demand("aal2", MINUTES_15)),
    "a stronger proof": ("plain", "aal2", None, Demand("aal2")),
    "a fresher proof": ("personal", None, MINUTES_5, Demand("aal2", MINUTES_5)),
    "fresh at all": ("protective", None, MINUTES_5, Demand("aal1", MINUTES_5)),
}


@pytest.mark.parametrize(("kind", "level", "fresh", "expected"), STRICTER.values(), ids=STRICTER)
def test_a_manifest_may_demand_more_than_the_class(
    kind: str, level: Assurance | None, fresh: timedelta | None, expected: Demand
) -> None:
    assert stricter(CLASSES[kind], level, fresh, purpose=False) == expected


WEAKER: dict[str, tuple[str, Assurance | None, timedelta | None]] = {
    "a weaker proof": ("personal", "aal1", None),
    "no proof": ("plain", "none", None),
    "an older proof": ("personal", None, MINUTES_15 + timedelta(microseconds=1)),
    "an older proof of what is sensitive": ("sensitive", None, MINUTES_15),
    "a level that is reserved": ("personal", "aal3", None),
    "a proof of a stranger": ("open", "aal1", None),
    "a fresh proof of a stranger": ("open", None, MINUTES_5),
    "an age of what is approved each time": ("binding", None, MINUTES_5),
}


@pytest.mark.parametrize(("kind", "level", "fresh"), WEAKER.values(), ids=WEAKER)
def test_a_manifest_may_not_demand_less(
    kind: str, level: Assurance | None, fresh: timedelta | None
) -> None:
    """ASVS 6.3.4: the table of classes is the least there is."""
    with pytest.raises(ValueError, match=r"only be stricter|demands no proof|each time"):
        stricter(CLASSES[kind], level, fresh, purpose=kind == "sensitive")


def test_what_is_sensitive_names_its_purposes() -> None:
    with pytest.raises(ValueError, match="purposes"):
        stricter(CLASSES["sensitive"], None, None, purpose=False)
    assert stricter(CLASSES["plain"], None, None, purpose=True).purpose


def test_each_operation_is_of_the_class_that_the_contract_names(origin: Origin) -> None:
    """Every payment and every new payee is binding; what is due is plain. Those of other APIs
    stand in `tests/access/rules.py`."""
    found: dict[str, Operation] = dict(origin.operations)
    banking = {name: each.kind for name, each in found.items() if each.api == "banking"}
    assert banking == {
        "banking.list_accounts": "personal",
        "banking.list_recent_transactions": "personal",
        "banking.list_bills": "plain",
        "banking.payment_options": "personal",
        "banking.make_transfer": "binding",
        "banking.pay_bill": "binding",
        "banking.add_payee": "binding",
        "banking.search_transactions": "personal",
        "banking.spending_summary": "personal",
        "banking.account_standing": "plain",
        "banking.list_declines": "personal",
        "banking.credit_limits": "personal",
        "banking.freeze_account": "protective",
        "banking.unfreeze_account": "binding",
        "banking.report_lost_card": "protective",
        "banking.report_fraud": "protective",
        "banking.dispute_transaction": "protective",
        "banking.change_pin": "binding",
    }
