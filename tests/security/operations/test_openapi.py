"""Arguments against the API's own document, and the address that they become."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from yarl import URL

from security.operations.openapi import ApiDocument, Endpoint, InvalidArguments
from tests.security.operations.conftest import Project


@pytest.fixture
def lines(project: Project) -> Endpoint:
    """An endpoint with an argument in its path and one in its query."""
    project.write()
    return ApiDocument.load(project.folder / "orders.json").endpoints["order_lines"]


@pytest.fixture
def orders(project: Project) -> Endpoint:
    project.write()
    return ApiDocument.load(project.folder / "orders.json").endpoints["list_orders"]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a missing one": ({}, "order_id"),
    "an empty one": ({"order_id": ""}, "order_id"),
    "a number for text": ({"order_id": 7}, "order_id"),
    "nothing for text": ({"order_id": None}, "order_id"),
    "a list for text": ({"order_id": ["a"]}, "order_id"),
    "an object for text": ({"order_id": {"$ne": ""}}, "order_id"),
    "too long": ({"order_id": "a" * 65}, "order_id"),
    "text for a number": ({"order_id": "a", "limit": "5"}, "limit"),
    "too small": ({"order_id": "a", "limit": 0}, "limit"),
    "too large": ({"order_id": "a", "limit": 101}, "limit"),
    "huge": ({"order_id": "a", "limit": 10**30}, "limit"),
    "a fraction": ({"order_id": "a", "limit": 1.5}, "limit"),
    "a whole number with a point": ({"order_id": "a", "limit": 10.0}, "limit"),
    "true for a number": ({"order_id": "a", "limit": True}, "limit"),
    "the parent folder": ({"order_id": ".."}, "order_id"),
    "this folder": ({"order_id": "."}, "order_id"),
}


@pytest.mark.parametrize(("arguments", "field"), REFUSED.values(), ids=REFUSED)
def test_arguments_are_refused_with_the_field_named(
    lines: Endpoint, arguments: dict[str, Any], field: str
) -> None:
    """ASVS 2.2.1."""
    with pytest.raises(InvalidArguments) as refusal:
        lines.check_arguments(arguments)
    assert refusal.value.field == field


@pytest.mark.parametrize("name", ["Limit", "limit ", "Authorization", "__proto__", "order_id[]"])
def test_an_argument_that_nobody_declared_is_refused(lines: Endpoint, name: str) -> None:
    """ASVS 15.3.3: no mass assignment; its name is the caller's own and is not repeated."""
    with pytest.raises(InvalidArguments) as refusal:
        lines.check_arguments({"order_id": "a", name: 1})
    assert refusal.value.field == "arguments"


def test_arguments_that_fit_become_path_and_query(lines: Endpoint, orders: Endpoint) -> None:
    lines.check_arguments({"order_id": "A-7", "limit": 5})
    assert lines.url_path({"order_id": "A-7", "limit": 5}) == "/orders/A-7/lines?limit=5"
    assert lines.url_path({"order_id": "A-7"}) == "/orders/A-7/lines"
    assert orders.url_path({}) == "/orders"


WANDERING = {
    "../admin": "/orders/..%2Fadmin/lines",
    "..": None,
    ".": None,
    "%2e%2e": "/orders/%252e%252e/lines",
    "a/b": "/orders/a%2Fb/lines",
    "a?limit=100": "/orders/a%3Flimit%3D100/lines",
    "a#": "/orders/a%23/lines",
    "a;b=c": "/orders/a%3Bb%3Dc/lines",
    "a\\b": "/orders/a%5Cb/lines",
    "a\r\nHost: evil": "/orders/a%0D%0AHost%3A%20evil/lines",
    "é": "/orders/%C3%A9/lines",
    "{limit}": "/orders/%7Blimit%7D/lines",
    "@evil.example": "/orders/%40evil.example/lines",
}


@pytest.mark.parametrize(("value", "path"), WANDERING.items())
def test_a_value_stays_in_its_own_segment(lines: Endpoint, value: str, path: str | None) -> None:
    """ASVS 1.2.2: neither another path, nor a query, nor another host."""
    if path is None:
        with pytest.raises(InvalidArguments):
            lines.check_arguments({"order_id": value})
        return
    lines.check_arguments({"order_id": value})
    assert lines.url_path({"order_id": value}) == path


@given(st.text(min_size=1, max_size=64))
@example("..")
@example("%2e%2e")
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None
)
def test_no_value_reaches_another_address_than_its_own(lines: Endpoint, value: str) -> None:
    """ASVS 1.2.2: as the HTTP client reads it."""
    try:
        lines.check_arguments({"order_id": value})
    except InvalidArguments:
        return
    address = URL("http://orders" + lines.url_path({"order_id": value}))
    assert address.host == "orders"
    assert address.raw_path.count("/") == 3
    assert address.raw_path.startswith("/orders/")
    assert address.raw_path.endswith("/lines")
    assert address.query_string == ""
    assert address.fragment == ""
    assert address.parts[2] == value


LIES = {
    "nothing": None,
    "text": "sent",
    "an error": {"error": "no"},
    "a state that does not exist": [{"id": "a", "state": "stolen"}],
    "a missing field": [{"id": "a"}],
    "one field too many": [{"id": "a", "state": "sent", "note": "<script>"}],
    "a number for text": [{"id": 5, "state": "sent"}],
    "one bad row among good ones": [{"id": "a", "state": "sent"}, 7],
}


@pytest.mark.parametrize("body", LIES.values(), ids=LIES)
def test_an_answer_that_was_not_promised_is_not_believed(orders: Endpoint, body: Any) -> None:
    """ASVS 2.2.1: the API's answer is input, too."""
    assert not orders.answers_with(body)


def test_an_answer_that_was_promised_is(orders: Endpoint) -> None:
    assert orders.answers_with([{"id": "a", "state": "sent", "lines": [{"name": "b"}]}])
    assert orders.answers_with([])


def test_the_fields_that_can_come_back_are_known_by_their_dotted_paths(orders: Endpoint) -> None:
    for path in ("id", "state", "lines", "lines.name", "lines.price"):
        assert orders.has_field(path)
    for path in ("", "*", "name", "lines.", "lines.0", "lines.id", ".id", "id.id", "password"):
        assert not orders.has_field(path)
