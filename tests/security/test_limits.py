"""Tries at one name, from one address and from all of them; operations of one person."""

from __future__ import annotations

from dataclasses import replace

from security.limits import NameLimit, OperationLimit
from security.operations.operation import Rate
from tests.security.fakes import FakeClock
from tests.security.visitor import BALANCE
from tests.security.world import Origin


def test_a_stranger_elsewhere_shuts_nobody_out() -> None:
    """ASVS 6.3.1: the few tries of one address are its own."""
    limit = NameLimit(from_one_address=2, from_all=10)
    assert [limit.allow("alice", "192.0.2.1") for _ in range(3)] == [True, True, False]
    assert limit.allow("alice", "192.0.2.2")
    assert limit.allow("bob", "192.0.2.1")


def test_many_addresses_together_do_not_guess_without_end() -> None:
    """ASVS 6.3.1: a name is bounded over all addresses, to the last try and not one more."""
    limit = NameLimit(from_one_address=2, from_all=5)
    tries = [limit.allow("alice", f"192.0.2.{number}") for number in range(7)]
    assert tries == [True] * 5 + [False] * 2
    assert limit.allow("bob", "192.0.2.1")


def test_attack_hopping_within_an_ipv6_network() -> None:
    """ASVS 6.3.1: one subscriber holds a whole /64, and is one client all the same."""
    limit = NameLimit(from_one_address=2, from_all=10)
    tries = [limit.allow("alice", f"2001:db8:1:2::{number}") for number in range(4)]
    assert tries == [True, True, False, False]
    assert limit.allow("alice", "2001:db8:1:3::1")


def _limited(origin: Origin, clock: FakeClock, **own: int) -> OperationLimit:
    operation = replace(origin.operations[BALANCE], rate=Rate(**own))
    return OperationLimit(5, {BALANCE: operation}, clock.seconds)


def test_an_operations_own_hour_is_a_moving_one(origin: Origin) -> None:
    """ASVS 2.4.1: at the boundary, one second before it and after it."""
    clock = FakeClock()
    limit = _limited(origin, clock, per_hour=2)
    assert [limit.allow("alice", BALANCE) for _ in range(3)] == [True, True, False]
    clock.advance(seconds=3_599)
    assert not limit.allow("alice", BALANCE)
    clock.advance(seconds=1)
    assert limit.allow("alice", BALANCE)


def test_what_its_own_limit_refuses_takes_nothing_of_the_others(origin: Origin) -> None:
    clock = FakeClock()
    limit = _limited(origin, clock, per_minute=1)
    assert [limit.allow("alice", BALANCE) for _ in range(9)].count(True) == 1
    assert [limit.allow("alice", "another") for _ in range(9)].count(True) == 4
    assert limit.allow("bob", BALANCE)


def test_a_browser_that_is_known_has_tries_of_its_own_at_each_name() -> None:
    """ASVS 6.3.1: whatever strangers do, and another browser, and at another name."""
    limit = NameLimit(from_one_address=1, from_all=1)
    assert limit.allow("alice", "192.0.2.1")
    assert not limit.allow("alice", "192.0.2.2")
    assert [limit.allow("alice", "192.0.2.1", "b1") for _ in range(2)] == [True, False]
    assert limit.allow("alice", "192.0.2.1", "b2")
    assert limit.allow("bob", "192.0.2.1", "b1")


def test_limits_of_a_minute_end_after_a_minute(origin: Origin) -> None:
    """At the boundary: one second before it they hold, at it they do not."""
    clock = FakeClock()
    own = _limited(origin, clock, per_minute=1)
    everything = OperationLimit(1, {}, clock.seconds)
    assert own.allow("alice", BALANCE)
    assert everything.allow("alice", BALANCE)
    clock.advance(seconds=59)
    assert not own.allow("alice", BALANCE)
    assert not everything.allow("alice", BALANCE)
    clock.advance(seconds=1)
    assert own.allow("alice", BALANCE)
    assert everything.allow("alice", BALANCE)
