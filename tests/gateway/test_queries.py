"""The one parameter that a call may read of its query."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.problems import Problem
from gateway.queries import one_parameter


@pytest.mark.parametrize(
    ("query", "value"),
    [
        (b"", None),
        (b"other=1&too=2", None),
        (b"to=%2B15550100001", "+15550100001"),
        (b"to=+15550100001", "+15550100001"),
        (b"a=1&to=alice%40example.org&b", "alice@example.org"),
        (b"t%6f=x", "x"),
        (b"to=caf%C3%A9", "café"),
        (b"to=a=b", "a=b"),
        (b"to=" + b"x" * 256, "x" * 256),
    ],
)
def test_a_plus_is_a_plus_whether_encoded_or_not(query: bytes, value: str | None) -> None:
    assert one_parameter(query, "to") == value


@pytest.mark.parametrize(
    "query",
    [
        b"to=a&to=b",
        b"to=a&t%6F=b",
        b"to=",
        b"to",
        b"to=" + b"x" * 257,
        b"to=%00",
        b"to=a%0d%0ab",
        b"to=%ff",
        b"to=%ED%A0%80",
        b"to=caf\xc3\xa9",
        b"%ff=1",
    ],
)
def test_a_doubled_or_malformed_parameter_is_refused(query: bytes) -> None:
    """Abuse: parameter pollution, control characters, encodings (ASVS 15.3.7)."""
    with pytest.raises(Problem) as refused:
        one_parameter(query, "to")
    assert (refused.value.code, refused.value.details) == ("invalid_request", {"field": "to"})


@given(st.binary(max_size=60) | st.binary(max_size=60).map(lambda tail: b"to=" + tail))
def test_any_query_is_read_or_refused(query: bytes) -> None:
    try:
        value = one_parameter(query, "to")
    except Problem:
        return
    assert value is None or 1 <= len(value) <= 256
