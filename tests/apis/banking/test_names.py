"""Names that a person could take for each other."""

from __future__ import annotations

import pytest

from apis.banking.names import looks


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Paul", "\u0420\u0430ul"),
        ("Bill Ohm", "BiII 0hm"),
        ("Li", "l1"),
        ("Arno", "Amo"),
        ("Ewa", "Evva"),
        ("José", "Jose\u0301"),
        ("José", "Jose"),
        ("Anna", "Anna\u3164"),
    ],
)
def test_what_is_drawn_alike_looks_alike(one: str, other: str) -> None:
    """Unicode TR 39."""
    assert looks(one) == looks(other)


@pytest.mark.parametrize(("one", "other"), [("Anna", "Anne"), ("Jan", "Jon"), ("李四", "李五")])
def test_other_names_look_different(one: str, other: str) -> None:
    assert looks(one) != looks(other)
