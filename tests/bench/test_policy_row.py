"""The row of a decision is measured with the project's own policies."""

from __future__ import annotations

from bench.policy_row import measure


def test_it_measures_one_allowed_decision() -> None:
    [row] = measure(calls=20)
    assert (row.name, row.unit, row.stock) == ("policy_decision_p50", "us", None)
    assert row.gatehouse is not None
    assert row.gatehouse > 0
