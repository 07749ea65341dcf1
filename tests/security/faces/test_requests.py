"""Hostile bytes at the faces: a 4xx problem with a stable code, never a 5xx (ASVS 2.2.1, GH-9)."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.security.faces.conftest import PATHS, ask, questions
from tests.security.visitor import BALANCE, TRANSACTIONS, Visitor
from tests.security.world import World

MANY = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

# Half of a surrogate pair as JSON writes it; the parser must not let it in.
NOT_READ = {
    "nothing": b"",
    "a blank": b" ",
    "no JSON": b"{",
    "two objects": b"{}{}",
    "no text": b"\xff\xfe\x00",
    "overlong UTF-8": b'{"session_id":"\xc0\xaf"}',
    "half a surrogate pair": b'{"session_id":"\\ud800"}',
    "half a surrogate pair as a name": b'{"\\udfff":1}',
    "not a number": b'{"session_id":NaN}',
    "infinity": b'{"session_id":-Infinity}',
    "a number beyond all bounds": b'{"session_id":1e999}',
    "a very long number": b'{"session_id":' + b"9" * 100_000 + b"}",
    "a comment": b'{"session_id":"a"} // b',
    "a lone quote": b"'",
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 40_000 + b"1" + b"}" * 40_000,
    "deep lists, closed": b"[" * 1_000 + b"]" * 1_000,
    "nothing at all": b"null",
    "a list": b"[]",
    "text": b'"hello"',
    "a number": b"7",
    "truth": b"true",
}


@pytest.mark.parametrize("raw", NOT_READ.values(), ids=NOT_READ)
async def test_what_cannot_be_read_is_an_invalid_request(world: World, raw: bytes) -> None:
    for path in PATHS:
        answer = await ask(world.gateway_face, path, raw)
        assert (answer.status, answer.code) == (422, "invalid_request")
    for path in ("/invoke", "/resume"):
        assert (await ask(world.actions_face, path, raw)).code == "invalid_request"


@pytest.mark.parametrize("size", [262_144, 262_145, 5_000_000])
async def test_a_body_beyond_256_kib_is_refused(world: World, size: int) -> None:
    """The limit itself is read; nothing beyond it is kept in memory."""
    body = orjson.dumps({"session_id": "a"})
    padded = body[:-1] + b" " * (size - len(body)) + b"}"
    answer = await ask(world.gateway_face, "/sessions/look", padded)
    assert answer.code == ("session_expired" if size <= 262_144 else "invalid_request")


ODD: list[Any] = [
    None,
    True,
    0,
    7,
    -1.5,
    10**18,
    "",
    [],
    {},
    ["a"],
    {"a": "b"},
    "x" * 5_000,
    [[[]]],
]


@pytest.mark.parametrize("path", PATHS)
async def test_a_value_of_another_type_is_refused(at_the_code: Visitor, path: str) -> None:
    """Nothing is converted; every field of every question, by every odd value."""
    good = questions(at_the_code)[path]
    for name in good:
        for odd in ODD:
            await ask(at_the_code.world.gateway_face, path, {**good, name: odd})


@pytest.mark.parametrize("path", PATHS)
async def test_a_missing_or_unknown_field_is_refused(at_the_code: Visitor, path: str) -> None:
    """ASVS 15.3.3: nothing that was not asked for is taken."""
    app = at_the_code.world.gateway_face
    good = questions(at_the_code)[path]
    assert (await ask(app, path, {**good, "admin": True})).code == "invalid_request"
    for name in set(good) - {"tenant", "client_id"}:
        without = {key: value for key, value in good.items() if key != name}
        assert (await ask(app, path, without)).code == "invalid_request"


BOTH = [
    {"text": "a", "choice": "b"},
    {"text": "a", "resume": True},
    {"choice": "b", "resume": True},
    {"text": "a", "choice": "b", "resume": True},
    {"resume": False},
    {"text": ""},
    {"text": "a" * 1_001},
    {"choice": ""},
    {"choice": "b" * 129},
    {"text": "a", "client_id": ""},
    {"text": "a", "client_id": "c" * 129},
    {},
]


@pytest.mark.parametrize("said", BOTH)
async def test_a_turn_begins_with_exactly_one_thing(visitor: Visitor, said: dict[str, Any]) -> None:
    held = {"session_id": visitor.cookie, "csrf_token": visitor.csrf}
    answer = await ask(visitor.world.gateway_face, "/turns/open", {**held, **said})
    assert answer.code == "invalid_request"


async def test_a_thousand_characters_are_not_too_many(visitor: Visitor) -> None:
    """Counted in characters, not in bytes."""
    assert (await visitor.say("🦉" * 1_000)).utterance.text == "🦉" * 1_000


def nested(depth: int, kind: type[dict[str, Any]] | type[list[Any]]) -> Any:
    value: Any = "leaf"
    for _ in range(depth):
        value = {"a": value} if kind is dict else [value]
    return value


@pytest.mark.parametrize("kind", [dict, list])
@pytest.mark.parametrize("depth", [21, 100, 254, 300, 900])
async def test_deep_arguments_are_refused(alice: Visitor, depth: int, kind: Any) -> None:
    """ASVS 2.2.1: read, but nested more deeply than anything needs."""
    turn = await alice.say()
    asked = {
        "ticket": turn.ticket,
        "operation": TRANSACTIONS,
        "arguments": {"limit": nested(depth, kind)},
        "action": "action_x",
    }
    body = orjson.dumps(asked) if depth < 250 else _by_hand(asked, depth, kind)
    answer = await ask(alice.world.actions_face, "/invoke", body)
    assert answer.code == "invalid_request"


@pytest.mark.parametrize("depth", [21, 100, 300, 900])
async def test_a_deep_card_is_refused(alice: Visitor, depth: int) -> None:
    """Rasa is not trusted either."""
    turn = await alice.say()
    closed = {"turn_id": turn.turn_id, "messages": [{"card": {"a": nested(depth, dict)}}]}
    body = orjson.dumps(closed) if depth < 250 else _by_hand(closed, depth, dict)
    answer = await ask(alice.world.gateway_face, "/turns/close", body)
    assert answer.code == "invalid_request"


def _by_hand(asked: dict[str, Any], depth: int, kind: Any) -> bytes:
    """Write JSON that is nested more deeply than the library writes it."""
    shallow = {name: value for name, value in asked.items() if name != "arguments"}
    opening, closing = (b'{"a":', b"}") if kind is dict else (b"[", b"]")
    deep = opening * depth + b'"leaf"' + closing * depth
    if "messages" in shallow:
        text = orjson.dumps({"turn_id": shallow["turn_id"]})[:-1]
        return text + b',"messages":[{"card":{"a":' + deep + b"}}]}"
    return orjson.dumps(shallow)[:-1] + b',"arguments":{"limit":' + deep + b"}}"


KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@MANY
@given(data=st.data())
async def test_no_question_is_a_server_error(at_the_code: Visitor, data: st.DataObject) -> None:
    """Any JSON in any field of any question, also where the session is live and held."""
    path = data.draw(st.sampled_from([p for p in PATHS if p != "/sessions/end"]))
    good = questions(at_the_code)[path]
    changed = data.draw(st.dictionaries(st.sampled_from([*good, "x"]), JSON, max_size=3))
    await ask(at_the_code.world.gateway_face, path, {**good, **changed})


@MANY
@given(raw=st.binary(max_size=300))
async def test_no_bytes_are_a_server_error(world: World, raw: bytes) -> None:
    for path in ("/sessions/create", "/turns/close"):
        assert (await ask(world.gateway_face, path, raw)).status == 422
    assert (await ask(world.actions_face, "/invoke", raw)).status == 422


@MANY
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
async def test_no_words_are_a_server_error(visitor: Visitor, text: str) -> None:
    """Control characters, homoglyphs, directions, emoji: they arrive as they were typed."""
    turn = await visitor.say(text)
    assert turn.utterance.text == text
    await visitor.hear(turn)
    assert (await visitor.world.gateway.past_messages(visitor.cookie))[-2].text == text


@MANY
@given(arguments=st.dictionaries(KEYS | st.just("limit"), JSON, max_size=3))
async def test_no_arguments_are_a_server_error(alice: Visitor, arguments: dict[str, Any]) -> None:
    """ASVS 15.3.3: they fit the API's document, or nothing is called."""
    alice.world.sql("UPDATE turns SET operations_left = 5")
    turn = await alice.say()
    asked = {
        "ticket": turn.ticket,
        "operation": TRANSACTIONS,
        "arguments": arguments,
        "action": "action_x",
    }
    before = len(alice.world.api.calls)
    answer = await ask(alice.world.actions_face, "/invoke", asked)
    fits = not arguments or (
        set(arguments) == {"limit"}
        and type(arguments["limit"]) is int
        and 1 <= arguments["limit"] <= 100
    )
    if answer.code != "rate_limited":
        assert (answer.status == 200) is fits
        assert len(alice.world.api.calls) - before == int(fits)


@MANY
@given(name=KEYS.filter(bool), action=KEYS.filter(bool))
async def test_no_name_is_a_server_error(alice: Visitor, name: str, action: str) -> None:
    turn = await alice.say()
    asked = {"ticket": turn.ticket, "operation": name, "arguments": {}, "action": action}
    answer = await ask(alice.world.actions_face, "/invoke", asked)
    assert answer.code == "forbidden"


async def test_a_result_arrives_whole(alice: Visitor) -> None:
    """Absent fields are left out of what is ours, never out of what the API said."""
    alice.world.api.answer = {"accounts": [{"name": None, "balance": "0.00"}], "empty": []}
    turn = await alice.say()
    asked = {"ticket": turn.ticket, "operation": BALANCE, "arguments": {}, "action": "action_x"}
    answer = await ask(alice.world.actions_face, "/invoke", asked)
    assert answer.body == {"result": alice.world.api.answer}
