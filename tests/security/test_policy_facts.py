"""The evaluator: what a policy may read of person, action and thing, and whose word it is."""

from __future__ import annotations

import pytest

from security.policy import Entity, Policy, PolicyError, Uid, Verdict, forbids_only
from tests.security.test_policy import ANNA, DARK, OWN, SCHEMA, box, decide, person


@pytest.mark.parametrize("others", [[], [OWN]])
def test_a_policy_without_a_name_is_refused(others: list[str]) -> None:
    """ASVS 16.3.2: a verdict could not say which one made it."""
    with pytest.raises(PolicyError):
        Policy([*others, "permit (principal, action, resource);"], SCHEMA)


def test_what_is_said_of_the_person_counts_for_several_things_as_well() -> None:
    """ASVS 8.2.1: and an action that a policy names is that one."""
    text = """@id("n") permit (principal, action == Action::"open", resource)
when { principal.name == "anna" };"""
    policy = Policy([text], SCHEMA)
    assert policy.decide_all(person(), "open", [box()], {"dark": False}) == [Verdict(True, ("n",))]
    assert decide(policy) == Verdict(True, ("n",))
    assert not decide(policy, "close")


def test_what_lies_inside_of_a_fact_arrives_as_it_is() -> None:
    """ASVS 8.2.1: lists, records, and entities within them."""
    schema = """
entity Person;
entity Box { tags: Set<String>, made: { by: Person, of: Set<Long> } };
action open appliesTo { principal: [Person], resource: [Box] };
"""
    text = """@id("in") permit (principal, action, resource) when {
  resource.tags.contains("mine") && resource.made.by == principal && resource.made.of.contains(7)
};"""
    policy = Policy([text], schema)
    for tags, by, of, expected in (
        (["mine"], ANNA, [7], True),
        (["yours"], ANNA, [7], False),
        (["mine"], Uid("Person", "bert"), [7], False),
        (["mine"], ANNA, [8], False),
    ):
        whole = Entity(Uid("Box", "b"), {"tags": tags, "made": {"by": by, "of": of}})
        prepared = policy.prepare(Entity(ANNA, {}), "open", whole)
        assert bool(policy.decide(prepared, {})) is expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("permit (principal, action, resource);", "^every policy needs an @id of its own$"),
        (OWN + OWN, "^every policy needs an @id of its own$"),
        ('@id("x") permit (principal == ?principal, action, resource);', "^a policy has a slot"),
        ('@id("x") permit (principal is Robot, action, resource);', "Robot"),
        (
            '@id("x") permit (principal, action, resource) when { principal.a && principal.b };',
            "`?a`?.*; .*`?b`?",
        ),
        ("permit everything;", "everything"),
    ],
)
def test_whoever_writes_a_policy_is_told_what_is_wrong_with_it(text: str, said: str) -> None:
    """ASVS 16.5.3: at start, all of it at once."""
    with pytest.raises(PolicyError, match=said):
        Policy([text], SCHEMA)


@pytest.mark.parametrize(
    ("texts", "only"),
    [([DARK], True), ([OWN], False), ([OWN, DARK], False), ([DARK, OWN], False), ([], True)],
)
def test_what_can_only_take_away_is_told_apart(texts: list[str], only: bool) -> None:
    """ASVS 8.2.1: one that permits among many that forbid is enough."""
    assert forbids_only("\n".join(texts)) is only
