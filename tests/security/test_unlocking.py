"""What a code in a text opens: one personal read, for this once, and nothing beside."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import pytest

from security.ports import Approval
from security.unlocking import may_be_unlocked, unlocked
from tests.security.fakes import NOW

READ = {"is_write": False, "document": False, "confirmation": None, "kind": "personal"}


@dataclass(frozen=True)
class Asked:
    """As much of a case as is looked at."""

    channel: str = "sms"
    assurance: str = "aal1"
    proved_at: Any = None


def operation(**changes: Any) -> Any:
    return SimpleNamespace(**(READ | changes))


def waiting(method: str | None = "totp") -> Any:
    approval = Approval("d", method, NOW) if method else None
    return SimpleNamespace(approval=approval)


def opened(case: Asked, read: Any, released: Any) -> Any:
    return unlocked(cast("Any", case), read, released)


@pytest.mark.parametrize(
    "change",
    [
        {"is_write": True},
        {"document": True},
        {"confirmation": object()},
        {"kind": "public"},
        {"kind": "own"},
    ],
)
def test_nothing_but_a_personal_read_is_opened(change: dict[str, Any]) -> None:
    assert may_be_unlocked(operation())
    assert not may_be_unlocked(operation(**change))
    assert opened(Asked(), operation(**change), waiting()) == Asked()


def test_a_code_in_a_text_opens_the_one_read_that_asked_for_it() -> None:
    assert opened(Asked(), operation(), waiting()) == Asked(assurance="aal2", proved_at=NOW)


@pytest.mark.parametrize("method", ["sms", "email", "webauthn", "push", "unknown", None])
def test_no_other_proof_opens_anything_in_a_text(method: str | None) -> None:
    assert opened(Asked(), operation(), waiting(method)) == Asked()


def test_attack_the_proof_of_a_text_is_used_on_the_page() -> None:
    page = Asked(channel="web")
    assert opened(page, operation(), waiting()) == page


def test_an_operation_that_is_gone_opens_nothing() -> None:
    assert opened(Asked(), None, waiting()) == Asked()


@pytest.mark.parametrize("held", ["aal2", "aal3"])
def test_who_has_more_already_keeps_it(held: str) -> None:
    assert opened(Asked(assurance=held), operation(), waiting()) == Asked(assurance=held)
