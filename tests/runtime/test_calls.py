"""What a request is called: out of a list, however it was typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.calls import OTHER, Calls

CALLS = Calls(["/invoke", "/orders/{id}", "/orders/{id}/lines/{line:path}", "/a.b/{x}"])
KNOWN = {"/invoke", "/orders/{id}", "/orders/{id}/lines/{line:path}", "/a.b/{x}"}


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/invoke", "POST /invoke"),
        ("GET", "/orders/4711", "GET /orders/{id}"),
        ("GET", "/orders/1/lines/2", "GET /orders/{id}/lines/{line:path}"),
        ("GET", "/orders/", OTHER),
        ("GET", "/orders/1/2", OTHER),
        ("GET", "/aXb/1", OTHER),
        ("POST", "/invoke\n", OTHER),
        ("BREW", "/invoke", OTHER),
    ],
)
def test_a_call_has_the_name_of_its_route(method: str, path: str, name: str) -> None:
    assert CALLS.name(method, path) == name


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/orders/4711", "GET /orders/{id}"),
        ("DELETE", "/orders/4711", "DELETE /orders/{id}"),
        ("PUT", "/orders/4711", OTHER),
        ("POST", "/invoke", "POST /invoke"),
        ("HEAD", "/invoke", OTHER),
        ("GET", "/any", "GET /any"),
        ("PUT", "/any", "PUT /any"),
    ],
)
def test_attack_a_method_that_a_call_does_not_have_makes_no_name(
    method: str, path: str, name: str
) -> None:
    """ASVS 16.2.5: where methods are known, a stranger who tries them all makes one name more."""
    calls = Calls(["GET /orders/{id}", "DELETE /orders/{id}", "POST /invoke", "/any"])
    assert calls.name(method, path) == name


@given(st.text(max_size=20), st.text(max_size=200).map(lambda text: f"/{text}"))
def test_attack_no_request_makes_a_name_of_its_own(method: str, path: str) -> None:
    """ASVS 16.2.5: nothing that somebody typed becomes a label, and there is a bounded number."""
    name = CALLS.name(method, path)
    assert name == OTHER or name.partition(" ")[2] in KNOWN
