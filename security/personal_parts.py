"""Wires what people may do with their own data, and what goes by itself."""

from __future__ import annotations

from concurrent.futures import Executor

from security.core import Core
from security.execution import Execution
from security.faces.admin import admin_face
from security.faces.http import Face
from security.guard import Guard
from security.key_parts import Rotations
from security.ports import Transactions
from security.services.breaches import Breaches
from security.services.exporting import Exporting
from security.services.operating import Operating
from security.services.retention import Housekeeping
from security.services.tenants import Tenants
from security.services.users import Users


def build_export(
    core: Core, guard: Guard, execution: Execution, transactions: Transactions
) -> Exporting:
    """Return what gathers a person's data, around the same guard."""
    return Exporting(core, guard, execution, transactions)


def build_housekeeping(core: Core) -> Housekeeping:
    """Return what erases people, and what has had its time."""
    return Housekeeping(core, core.retention, core.data_keys.destroy_person_keys)


def build_admin(
    core: Core,
    hashing: Executor,
    keys: Rotations,
    export: Exporting,
    operating: Operating,
) -> Face:
    """Wire what the command line of this installation may ask."""
    people, tenants = Users(core, hashing), Tenants(core)
    return admin_face(people, tenants, keys, export, Breaches(core), operating)
