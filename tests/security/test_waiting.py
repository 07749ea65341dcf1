"""What waits for a proof: only what its person can prove, at the page."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from security.challenges.methods import for_approval, for_step_up
from security.checks import Denial
from security.embedding import FULL_PAGE
from security.waiting import answerable, is_kept

PROVE = Denial("step_up_required", "assurance")
CONFIRM = Denial("confirmation_required", "confirmation")
CASE = SimpleNamespace(sms_limit="a limit")


class Store:
    """A store that knows what a person can prove, and notes what it was asked."""

    def __init__(self, *, can: bool, in_doubt: bool = False) -> None:
        self.can, self.in_doubt = can, in_doubt
        self.asked: list[Any] = []

    def can_prove(self, case: Any, methods: Any) -> bool:
        self.asked.append((case, methods))
        return self.can

    def is_in_doubt(self, case: Any, digest: str) -> bool:
        assert (case, digest) == (CASE, "d")
        return self.in_doubt


def question(*, confirms: bool = True, write: bool = True) -> Any:
    confirmation = SimpleNamespace(is_small=lambda _arguments, _limit: False) if confirms else None
    operation = SimpleNamespace(
        demand=SimpleNamespace(assurance="aal2"),
        email_code=False,
        confirmation=confirmation,
        is_write=write,
    )
    return SimpleNamespace(case=CASE, operation=operation, arguments={}, digest="d")


PROVING = (CASE, for_step_up("aal2", "web", False))
APPROVING = (CASE, for_approval(False, "web"))


def asked_of(store: Store) -> Any:
    return cast("Any", store)


@pytest.mark.parametrize(("denial", "methods"), [(PROVE, PROVING), (CONFIRM, APPROVING)])
def test_a_proof_that_can_be_given_is_asked_for(denial: Denial, methods: Any) -> None:
    store = Store(can=True)
    assert answerable(asked_of(store), question(), denial) is denial
    assert store.asked == [methods]


@pytest.mark.parametrize("denial", [PROVE, CONFIRM])
def test_a_proof_that_nobody_has_is_not_asked_for(denial: Denial) -> None:
    found = answerable(asked_of(Store(can=False)), question(), denial)
    assert found == Denial("step_up_impossible", "no_method")


def test_what_may_have_been_done_already_is_not_approved_again() -> None:
    store = Store(can=True, in_doubt=True)
    assert answerable(asked_of(store), question(), CONFIRM) == Denial("in_doubt", "in_doubt")
    assert answerable(asked_of(store), question(), PROVE) is PROVE


def test_any_other_refusal_stays_what_it_is() -> None:
    denial, store = Denial("forbidden", "policy"), Store(can=False)
    assert answerable(asked_of(store), question(), denial) is denial
    assert store.asked == []


@pytest.mark.parametrize("can", [True, False])
@pytest.mark.parametrize(("confirms", "methods"), [(True, APPROVING), (False, PROVING)])
def test_what_a_frame_asks_is_kept_for_who_can_prove_it_at_the_page(
    can: bool, confirms: bool, methods: Any
) -> None:
    store = Store(can=can)
    assert is_kept(asked_of(store), question(confirms=confirms), Denial(FULL_PAGE, "")) is can
    assert store.asked == [methods]


@pytest.mark.parametrize(("write", "kept"), [(True, False), (False, True)])
def test_signing_in_approves_no_write(write: bool, kept: bool) -> None:
    denial = Denial("authentication_required", "")
    assert is_kept(asked_of(Store(can=True)), question(write=write), denial) is kept


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("step_up_required", True),
        ("confirmation_required", True),
        ("step_up_impossible", False),
        ("forbidden", False),
        ("in_doubt", False),
    ],
)
def test_only_what_a_proof_releases_is_kept(code: str, kept: bool) -> None:
    assert is_kept(asked_of(Store(can=True)), question(write=False), Denial(code, "")) is kept
