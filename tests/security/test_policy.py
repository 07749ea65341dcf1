"""The evaluator: policies that nothing starts with, and decisions that cannot be made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, combinations
from typing import Any

import cedarpy
import pytest

from security import policy as module
from security.policy import Entity, Policy, PolicyError, PolicyFailure, Prepared, Uid, Verdict

_APPLIES = """appliesTo
  { principal: [Person], resource: [Box], context: { dark: Bool, level?: Long } };"""
SCHEMA = f"""
entity Team;
entity Person in [Team] {{ name: String }};
entity Box {{ owner: Person, size: Long }};
action anything;
action looking in [anything];
action open, close in [anything] {_APPLIES}
action peek in [looking] {_APPLIES}
"""
OWN = '@id("own") permit (principal, action, resource) when { resource.owner == principal };'
DARK = '@id("dark") forbid (principal, action, resource) when { context.dark };'

ANNA = Uid("Person", "anna")


def person(uid: Uid = ANNA, *teams: str) -> Entity:
    return Entity(uid, {"name": uid.id}, tuple(Uid("Team", team) for team in teams))


def box(owner: Uid = ANNA, size: Any = 1) -> Entity:
    return Entity(Uid("Box", "b"), {"owner": owner, "size": size})


def decide(policy: Policy, action: str = "open", owner: Uid = ANNA, **context: Any) -> Verdict:
    prepared = policy.prepare(person(), action, box(owner))
    return policy.decide(prepared, {"dark": False, **context})


def test_a_verdict_names_the_policies_that_made_it() -> None:
    """ASVS 16.3.2."""
    policy = Policy([OWN, DARK], SCHEMA)
    assert decide(policy) == Verdict(True, ("own",))
    assert decide(policy, dark=True) == Verdict(False, ("dark",))
    assert decide(policy, owner=Uid("Person", "bert")) == Verdict(False, ())


def test_an_action_that_the_schema_does_not_know_is_denied() -> None:
    """ASVS 8.2.1."""
    assert not decide(Policy([OWN], SCHEMA), "burn")


def test_a_parent_is_a_parent() -> None:
    text = '@id("team") permit (principal in Team::"x", action, resource);'
    policy = Policy([text], SCHEMA)
    for teams, expected in (((), False), (("y",), False), (("x",), True), (("y", "x"), True)):
        prepared = policy.prepare(person(ANNA, *teams), "open", box())
        assert bool(policy.decide(prepared, {"dark": False})) is expected


@pytest.mark.parametrize("odd", ["", '"', "\\", "\x00", "é", "a" * 10_000, '"} permit(', "a\nb"])
def test_no_name_breaks_out_of_its_quotes(odd: str) -> None:
    """ASVS 1.2.1: names are data; they neither allow nor fail."""
    policy = Policy([OWN], SCHEMA)
    prepared = policy.prepare(person(), "open", box(Uid("Person", odd)))
    assert not policy.decide(prepared, {"dark": False})
    same = policy.prepare(person(Uid("Person", odd)), "open", box(Uid("Person", odd)))
    assert policy.decide(same, {"dark": False})


UNSOUND = {
    "no Cedar": "permit everything;",
    "an unfinished policy": "permit (principal, action, resource",
    "an action that is not there": '@id("x") permit (principal, action == Action::"x", resource);',
    "a kind that does not exist": '@id("x") permit (principal is Robot, action, resource);',
    "an attribute that does not exist": (
        '@id("x") permit (principal, action, resource) when { principal.salary > 1 };'
    ),
    "an attribute that may be absent": (
        '@id("x") permit (principal, action, resource) when { context.level > 1 };'
    ),
    "a comparison that makes no sense": (
        '@id("x") permit (principal, action, resource) when { principal.name > "a" };'
    ),
    "a policy without a name": "permit (principal, action, resource);",
    "an empty name": '@id("") permit (principal, action, resource);',
    "a name twice": OWN + OWN,
    "a template": '@id("x") permit (principal == ?principal, action, resource);',
}


@pytest.mark.parametrize("text", UNSOUND.values(), ids=UNSOUND)
def test_policies_that_do_not_hold_do_not_start(text: str) -> None:
    """ASVS 16.5.3: validated against the schema at start."""
    with pytest.raises(PolicyError):
        Policy([text], SCHEMA)


@pytest.mark.parametrize("schema", ["", "entity", "entity Person;", "{}", "\x00"])
def test_a_schema_that_does_not_hold_does_not_start(schema: str) -> None:
    """ASVS 16.5.3."""
    with pytest.raises(PolicyError):
        Policy([OWN], schema)


# Decisions that cannot be made


def test_a_policy_that_fails_while_it_decides_is_a_failure() -> None:
    """ASVS 16.5.3: an error beside an allow denies; it is not left out as if it were not there."""
    overflow = '@id("o") forbid (principal, action, resource) when { resource.size + 1 > 0 };'
    policy = Policy([OWN, overflow], SCHEMA)
    largest = policy.prepare(person(), "open", box(size=2**63 - 1))
    with pytest.raises(PolicyFailure):
        policy.decide(largest, {"dark": False})


UNFIT: dict[str, Callable[[Policy], object]] = {
    "an attribute of another type": lambda policy: policy.prepare(person(), "open", box(size="1")),
    "an attribute too many": lambda policy: policy.prepare(
        Entity(ANNA, {"name": "a", "age": 3}), "open", box()
    ),
    "an attribute too few": lambda policy: policy.prepare(Entity(ANNA), "open", box()),
    "an entity of another kind": lambda policy: policy.prepare(
        person(), "open", Entity(Uid("X", "x"))
    ),
    "a number that is too large": lambda policy: policy.prepare(person(), "open", box(size=2**63)),
    "a number that is none": lambda policy: policy.prepare(person(), "open", box(size=1.5)),
    "what JSON does not know": lambda policy: policy.prepare(person(), "open", box(size=object())),
    "half a surrogate pair": lambda policy: policy.prepare(
        person(Uid("Person", "\ud800")), "open", box()
    ),
    "a context of another type": lambda policy: decide(policy, dark="no"),
    "a context that is too short": lambda policy: policy.decide(
        policy.prepare(person(), "open", box()), {}
    ),
    "a context that cannot be written": lambda policy: decide(policy, dark=object()),
    "two entities of one name": lambda policy: policy.prepare(
        person(), "open", Entity(ANNA, {"name": "other"})
    ),
}


@pytest.mark.parametrize("ask", UNFIT.values(), ids=UNFIT)
def test_facts_that_do_not_fit_the_schema_are_a_failure(ask: Callable[[Policy], object]) -> None:
    """ASVS 16.5.3: a schema mismatch at run time decides nothing."""
    with pytest.raises(PolicyFailure):
        ask(Policy([OWN, DARK], SCHEMA))


class Panic(BaseException):
    """As the engine's own panics: no `Exception`."""


@pytest.mark.parametrize("error", [RuntimeError("x"), ValueError("x"), MemoryError(), Panic()])
def test_an_engine_that_breaks_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """ASVS 16.5.3: a panic in the engine's own language included."""
    policy = Policy([OWN], SCHEMA)

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(module.cedarpy, "is_authorized", fail)
    with pytest.raises(PolicyFailure):
        decide(policy)


def test_an_engine_that_makes_no_decision_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """ASVS 16.5.3."""
    policy = Policy([OWN], SCHEMA)
    undecided = cedarpy.AuthzResult({"decision": "NoDecision", "diagnostics": {}})
    monkeypatch.setattr(module.cedarpy, "is_authorized", lambda *_: undecided)
    with pytest.raises(PolicyFailure):
        decide(policy)


def test_a_policy_of_unknown_name_behind_an_allow_is_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """ASVS 16.3.2: what cannot be named on the trail decides nothing."""
    policy = Policy([OWN], SCHEMA)
    nameless = cedarpy.AuthzResult({"decision": "Allow", "diagnostics": {"reason": ["policy9"]}})
    monkeypatch.setattr(module.cedarpy, "is_authorized", lambda *_: nameless)
    with pytest.raises(PolicyFailure):
        decide(policy)


@pytest.mark.parametrize(("took", "fails"), [(0.999, False), (1.0, False), (1.001, True)])
def test_a_decision_that_takes_too_long_is_a_failure(took: float, fails: bool) -> None:
    """ASVS 16.5.3: what it was asked about may have changed meanwhile."""
    moments = iter([5.0, 5.0 + took])
    policy = Policy([OWN], SCHEMA, timer=lambda: next(moments))
    if fails:
        with pytest.raises(PolicyFailure):
            decide(policy)
    else:
        assert decide(policy)


# Several things at once


def boxes(*owners: Uid) -> list[Entity]:
    return [
        Entity(Uid("Box", str(at)), {"owner": owner, "size": 1}) for at, owner in enumerate(owners)
    ]


@pytest.mark.parametrize("action", ["open", "close", "peek", "burn"])
@pytest.mark.parametrize("dark", [False, True])
def test_each_of_several_things_is_decided_as_it_is_alone(action: str, dark: bool) -> None:
    policy = Policy([OWN, DARK], SCHEMA)
    things = boxes(ANNA, Uid("Person", "bert"), ANNA)
    for some in (things, things[:1], []):
        together = policy.decide_all(person(), action, some, {"dark": dark})
        alone = [
            policy.decide(policy.prepare(person(), action, one), {"dark": dark}) for one in some
        ]
        assert together == alone


@pytest.mark.parametrize("answers", [[], ["Allow"], ["Allow", "Allow", "Allow"]])
def test_attack_an_engine_that_leaves_one_out_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, answers: list[str]
) -> None:
    """ASVS 16.5.3: nobody takes the answer about one thing for that about another."""
    policy = Policy([OWN], SCHEMA)
    told = [cedarpy.AuthzResult({"decision": one, "diagnostics": {}}) for one in answers]
    monkeypatch.setattr(module.cedarpy, "is_authorized_batch", lambda *_: told)
    with pytest.raises(PolicyFailure):
        policy.decide_all(person(), "open", boxes(ANNA, ANNA), {"dark": False})


def test_one_thing_that_cannot_be_decided_is_a_failure_of_all() -> None:
    """ASVS 16.5.3."""
    text = '@id("big") permit (principal, action, resource) when { resource.size * 2 > 0 };'
    policy = Policy([text], SCHEMA)
    things = boxes(ANNA, ANNA)
    huge = Entity(things[1].uid, {"owner": ANNA, "size": 2**63 - 1})
    assert policy.decide_all(person(), "open", things, {"dark": False})
    with pytest.raises(PolicyFailure):
        policy.decide_all(person(), "open", [things[0], huge], {"dark": False})


def test_several_things_of_one_name_are_a_failure() -> None:
    """ASVS 16.5.3: else one would be decided by what is true of the other."""
    policy = Policy([OWN], SCHEMA)
    same = [box(), box(Uid("Person", "bert"))]
    with pytest.raises(PolicyFailure):
        policy.decide_all(person(), "open", same, {"dark": False})


# A policy that does not speak of an action is left out


HEADS = ["action", 'action == Action::"open"', 'action in Action::"anything"',
         'action in Action::"looking"', 'action in [Action::"close", Action::"peek"]',
         'action == Action::"peek"']  # fmt: skip


def _texts() -> Iterator[str]:
    for place, head in enumerate(HEADS):
        yield f'@id("p{place}") permit (principal, {head}, resource);'
        yield f'@id("f{place}") forbid (principal, {head}, resource) when {{ context.dark }};'


@pytest.mark.parametrize("action", ["open", "close", "peek"])
def test_leaving_out_policies_of_other_actions_changes_no_decision(action: str) -> None:
    """ASVS 8.2.1: every one and every pair, beside Cedar with all of them."""
    texts = list(_texts())
    chosen = chain.from_iterable(combinations(texts, count) for count in (1, 2))
    principal, resource = person(), box()
    for some in chosen:
        policy = Policy(some, SCHEMA)
        prepared = policy.prepare(principal, action, resource)
        for dark in (False, True):
            assert policy.decide(prepared, {"dark": dark}) == whole(some, prepared, dark)


def whole(texts: tuple[str, ...], prepared: Prepared, dark: bool) -> Verdict:
    """Ask Cedar itself, with every policy."""
    request = {**prepared.request, "context": {"dark": dark}}
    result = cedarpy.is_authorized(request, "\n".join(texts), prepared.entities, None)
    names = result.diagnostics.id_annotations_by_reason
    return Verdict(result.allowed, tuple(sorted(names[one] for one in result.diagnostics.reasons)))
