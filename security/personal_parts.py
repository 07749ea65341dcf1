"""Wires what people may do with their own data, and what goes by itself."""

from __future__ import annotations

from security.core import Core
from security.execution import Execution
from security.guard import Guard
from security.ports import Transactions
from security.services.exporting import Exporting
from security.services.retention import Housekeeping


def build_export(
    core: Core, guard: Guard, execution: Execution, transactions: Transactions
) -> Exporting:
    """Return what gathers a person's data, around the same guard."""
    return Exporting(core, guard, execution, transactions)


def build_housekeeping(core: Core) -> Housekeeping:
    """Return what erases people, and what has had its time."""
    return Housekeeping(core, core.retention, core.data_keys.destroy_person_keys)
