"""What the manifest does not name never reaches the bot (ASVS 8.2.3)."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from security.operations.answers import found, repeats, trim, withheld

NAMES = st.sampled_from(["id", "iban", "accounts", "balance", "owner", "account", "i", ""])
SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=4)
BODIES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
PATHS = st.lists(NAMES.filter(bool), min_size=1, max_size=3).map(".".join)
FIELDS = st.frozensets(PATHS, max_size=4)

ACCOUNT = {"id": "acc_1", "name": "Current", "balance": "1.00", "owner": {"name": "A", "tax": "9"}}


def leaves(value: Any, prefix: str = "") -> list[str]:
    """Return the dotted path of every scalar in a body."""
    if isinstance(value, dict):
        return [path for name, inner in value.items() for path in leaves(inner, f"{prefix}{name}.")]
    if isinstance(value, list):
        return [path for item in value for path in leaves(item, prefix)]
    return [prefix.removesuffix(".")]


@given(st.dictionaries(NAMES, BODIES, max_size=4) | st.lists(BODIES, max_size=3), FIELDS)
def test_an_undeclared_field_is_never_returned(body: Any, fields: frozenset[str]) -> None:
    """ASVS 8.2.3."""
    assert set(leaves(trim(body, fields))) <= fields


@given(st.dictionaries(NAMES, BODIES, max_size=4) | st.lists(BODIES, max_size=3), FIELDS)
def test_every_declared_field_is_returned(body: Any, fields: frozenset[str]) -> None:
    """Trimming loses nothing that was promised."""
    wanted = [path for path in leaves(body) if path in fields]
    assert sorted(leaves(trim(body, fields))) == sorted(wanted)


@given(st.dictionaries(NAMES, BODIES, max_size=4), FIELDS)
def test_trimming_twice_changes_nothing_more(body: Any, fields: frozenset[str]) -> None:
    once = trim(body, fields)
    assert trim(once, fields) == once


def test_fields_of_lists_and_of_objects_within() -> None:
    fields = frozenset({"accounts.name", "accounts.owner.name"})
    body = {"accounts": [ACCOUNT, ACCOUNT], "next": "/accounts?page=2"}
    kept = {"name": "Current", "owner": {"name": "A"}}
    assert trim(body, fields) == {"accounts": [kept, kept]}


def test_a_name_that_begins_like_a_declared_one_is_another() -> None:
    assert trim({"balance_of_others": 1, "bal": 2}, frozenset({"balance"})) == {}
    assert trim({"owner": {"names": 1}}, frozenset({"owner.name"})) == {"owner": {}}


def test_naming_an_object_does_not_open_what_is_in_it() -> None:
    assert trim({"owner": {"name": "A", "tax": "9"}}, frozenset({"owner"})) == {"owner": {}}


def test_text_in_the_place_of_an_object_is_dropped() -> None:
    assert trim({"accounts": "secret"}, frozenset({"accounts.balance"})) == {}
    assert trim({"accounts": ["secret"]}, frozenset({"accounts.balance"})) == {"accounts": []}


def test_what_is_withheld_is_gone_wherever_it_stands_and_nothing_else() -> None:
    fields = frozenset({"results.value", "note"})
    body = {"note": "n", "results": [{"name": "iron", "value": "1"}, {"value": "2", "unit": "g"}]}
    assert withheld(body, fields) == {"results": [{"name": "iron"}, {"unit": "g"}]}
    assert withheld([{"note": 1, "a": 2}], fields) == [{"a": 2}]


@given(st.dictionaries(NAMES, BODIES, max_size=4), FIELDS)
def test_no_withheld_field_is_left(body: Any, fields: frozenset[str]) -> None:
    assert not set(leaves(withheld(body, fields))) & fields


def test_an_answer_about_something_else_is_noticed() -> None:
    """The API answers with another person's object, or another amount."""
    asked = {"order_id": "A-7", "amount": "50.00"}
    names = frozenset({"order_id", "amount", "text"})
    assert repeats({"order_id": "A-7", "amount": "50.00", "state": "sent"}, asked, names)
    for lie in ({"order_id": "A-8", "amount": "50.00"}, {"order_id": "A-7"}, {}, [], None, "A-7"):
        assert not repeats(lie, asked, names)


def test_what_stands_at_a_path_is_found_through_lists_each_text_once() -> None:
    """Whose data it was, as the trail is told."""
    body = {"rows": [{"who": "b", "x": 1}, {"who": "a"}, {"who": ["c", "b"]}, {}, 7, {"who": 7}]}
    assert found(body, "rows.who") == ["b", "a", "c"]
    assert found([body, body], "rows.who") == ["b", "a", "c"]
    for path in ("rows", "who", "rows.who.x", "rows.x", "", "rows."):
        assert found(body, path) == []
    assert found({"a": {"b": {"c": "deep", "": "no"}}}, "a.b.c") == ["deep"]
    assert found("text", "a") == []
    assert found(None, "a") == []
