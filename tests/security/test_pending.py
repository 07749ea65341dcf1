"""Pending operations: which moves exist, and that a walk over them ends where it must."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from security.pending import MOVES, State, canonical, is_open, may_move
from tests.security.fakes import NOW

ALLOWED = {
    ("waiting", "approved"),
    ("waiting", "void"),
    ("approved", "executing"),
    ("approved", "void"),
    ("executing", "done"),
    ("executing", "failed"),
    ("executing", "in_doubt"),
    ("in_doubt", "done"),
    ("in_doubt", "failed"),
}


def test_the_moves_are_those_of_the_design_and_no_others() -> None:
    """`waiting → approved → executing → done | failed | in_doubt`; `void` ends what waits."""
    allowed = {(a.value, b.value) for a in State for b in State if may_move(a, b)}
    assert allowed == ALLOWED
    assert set(MOVES) == set(State)


class Walk(RuleBasedStateMachine):
    """Whoever tries any move at any time, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State.WAITING
        self.been = [State.WAITING]

    @rule(to=st.sampled_from(State))
    def try_to_move(self, to: State) -> None:
        if may_move(self.state, to):
            self.state = to
            self.been.append(to)

    @precondition(lambda self: self.state in (State.DONE, State.FAILED, State.VOID))
    @rule(to=st.sampled_from(State))
    def what_has_ended_stays_ended(self, to: State) -> None:
        assert not may_move(self.state, to)

    @invariant()
    def nothing_runs_without_an_approval_or_twice(self) -> None:
        """ASVS 15.4.2."""
        if State.EXECUTING in self.been:
            assert State.APPROVED in self.been[: self.been.index(State.EXECUTING)]
        assert len(self.been) == len(set(self.been))

    @invariant()
    def what_was_voided_never_ran(self) -> None:
        if State.VOID in self.been:
            assert State.EXECUTING not in self.been


TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=40, stateful_step_count=15, deadline=None)


@pytest.mark.parametrize(("seconds", "still_open"), [(-1, True), (0, False), (1, False)])
@pytest.mark.parametrize("state", State)
def test_what_waits_can_be_proved_until_it_expires(
    state: State, seconds: int, still_open: bool
) -> None:
    """The limit itself is too late; what has ended is never open."""
    expires = NOW + timedelta(minutes=10)
    expected = still_open and state in (State.WAITING, State.APPROVED)
    assert is_open(state, expires, expires + timedelta(seconds=seconds)) is expected


NAMES = st.sampled_from(["a", "b", "1", ""])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | NAMES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner),
    max_leaves=4,
)
ARGUMENTS = st.dictionaries(NAMES, VALUES, max_size=3)


@settings(max_examples=60, deadline=None)
@example("a", {"b": []}, "a", {"b": {}})
@given(NAMES, ARGUMENTS, NAMES, ARGUMENTS)
def test_two_operations_never_share_their_bytes(
    name: str, arguments: dict[str, Any], other_name: str, other: dict[str, Any]
) -> None:
    """RFC 9396: an approval of one is worth nothing for another."""
    same = canonical(name, arguments) == canonical(other_name, other)
    alike = repr((name, _sorted(arguments))) == repr((other_name, _sorted(other)))
    assert same is alike


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        # Apart from a list: an empty one of each is not the same.
        return {"of": sorted((key, repr(_sorted(inner))) for key, inner in value.items())}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def test_the_order_of_arguments_does_not_matter_and_their_types_do() -> None:
    """RFC 9396."""
    assert canonical("pay", {"to": "a", "amount": 1}) == canonical("pay", {"amount": 1, "to": "a"})
    assert canonical("pay", {"amount": 1}) != canonical("pay", {"amount": "1"})
    assert canonical("pay", {"amount": 1}) != canonical("pay", {"amount": True})
    assert canonical("pay", {"note": "a"}) != canonical("pay", {"note": "a", "x": None})


def test_a_proof_for_one_purpose_is_none_for_another_or_for_none() -> None:
    said = [canonical("pay", {"to": "x"}, purpose) for purpose in (None, "", "support", "fraud")]
    assert len(set(said)) == 4
    assert said[2] == b'["pay",{"to":"x"},"support"]'
    assert said[0] == b'["pay",{"to":"x"}]'
