"""Wires what people may do with their own data, and what goes by itself."""

from __future__ import annotations

from dataclasses import dataclass

from security.access import Access
from security.accesses import read_words
from security.core import Core
from security.guard_parts import build_execution, build_guard, transactions
from security.ports import ApiCaller
from security.services.accesses import Accesses, Following
from security.services.accounting import Accounting
from security.services.exporting import Exporting
from security.services.own_api import OwnOperations
from security.services.retention import Housekeeping


@dataclass(frozen=True)
class Personal:
    """What people may do with their own data: on the page, at the command line, in the chat."""

    export: Exporting
    accounting: Accounting
    own: OwnOperations


def build_personal(core: Core, api: ApiCaller, access: Access | None = None) -> Personal:
    """Wire it around a guard that asks the APIs, and them alone: no copy asks for a copy."""
    guard = build_guard(core, api, access)
    export = Exporting(core, guard, build_execution(core, api), transactions(core))
    accounting = Accounting(core, Accesses(core, Following(core), read_words()))
    return Personal(export, accounting, OwnOperations(core, export, accounting))


def build_following(core: Core) -> Following:
    """Return what copies accesses from the trail, so that they are found by person."""
    return Following(core)


def build_housekeeping(core: Core) -> Housekeeping:
    """Return what erases people, and what has had its time."""
    return Housekeeping(core, core.retention, core.data_keys.destroy_person_keys)
