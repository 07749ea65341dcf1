"""Acting for somebody else: who that is, from the name that an operation was asked with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from security.guard_records import Ask
from security.operations.operation import Operation
from security.ports import Case, GuardStore


def acting(store: GuardStore, operations: Mapping[str, Operation], case: Case, ask: Ask) -> Case:
    """Return the case with the person for whom this is asked, where it is for another.

    Where nobody is found it stays without: `checks.somebody_is_acted_for` then denies.
    """
    operation = operations.get(ask.operation)
    if operation is None or operation.on_behalf_of is None or case.person is None:
        return case
    called = ask.arguments.get(operation.on_behalf_of)
    if not isinstance(called, str):
        return case
    return replace(case, subject=store.person_named(case.person.tenant, called))
