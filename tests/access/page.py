"""`docs/access-matrix.md`: what was observed, for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from tests.access.bank import PEOPLE
from tests.access.observed import STATES, STRANGER, Observed, Who
from tests.access.rules import BANKING, NOBODY, OPERATIONS, PROOFS, Named, Owner, Proof

SIGNS = {
    "yes": ("✓", "is done"),
    "authentication_required": ("→", "has to sign in first"),
    "step_up_required": ("↑", "has to prove once more, or more strongly, who they are"),
    "confirmation_required": ("✎", "has to approve exactly this with a code, each time"),
    "full_page_required": ("↗", "has to open the page in a window of its own"),
    "forbidden": ("–", "is refused, whatever they prove"),
    "not_found": ("∅", "finds nothing, as if it were not there"),
}
_HEAD = """# Who may do what

Printed by the tests (`make access-matrix`), from what guard and APIs really answer to every
persona of the demo. The same answers are compared, cell by cell, with a table of the rules in
`tests/access/rules.py`. How it is decided is in [architecture.md](architecture.md).

| sign | whoever asks |
|---|---|
"""
_CHANNELS = {
    "web": "on the web page",
    "sms": "by text message",
    "embed": "in a frame of another site",
}


def page_of(observed: Observed) -> str:
    """Return the page."""
    signs = "".join(f"| {sign} | {words} |\n" for sign, words in SIGNS.values())
    return "\n".join([_HEAD + signs, *_by_role(observed), *_by_owner(observed)])


def _by_role(observed: Observed) -> Iterator[str]:
    """Yield what security answers, one table for all who are answered alike."""
    yield "## What security answers\n"
    yield (
        "By how they have proved who they are. Whoever has not signed in is a stranger, "
        "whoever they are.\n"
    )
    alike: dict[tuple[str, ...], list[Who]] = {}
    for who in PEOPLE:
        alike.setdefault(tuple(_row(observed, who)), []).append(who)
    refused = {answers for answers in alike if set(answers) == {"forbidden"}}
    for answers in [each for each in alike if each not in refused]:
        yield f"### {_named(alike[answers])}\n"
        yield from _table(observed, alike[answers][0])
    for answers in refused:
        yield "### Everybody else\n"
        yield f"{SIGNS['forbidden'][0]} for every operation, however they have signed in:\n"
        by_tenant = groupby(alike[answers], key=lambda who: who[0])
        yield "\n".join(f"- {_named(people)}" for _, people in by_tenant)
        yield ""


def _row(observed: Observed, who: Who) -> Iterator[str]:
    for name in OPERATIONS:
        for proof, channel in STATES:
            if proof is not NOBODY:
                yield observed.guard[who, name, proof, channel]


def _table(observed: Observed, who: Who) -> Iterator[str]:
    heads = STATES
    same = all(
        _sign(observed, who, name, proof, "web") == _sign(observed, who, name, proof, "sms")
        for name in OPERATIONS
        for proof in PROOFS
    )
    if same:
        yield "The same on the web page and by text message.\n"
        heads = [state for state in STATES if state[1] != "sms"]
    titles = [_title(proof, channel, same) for proof, channel in heads]
    yield f"| operation | class | {' | '.join(titles)} |"
    yield f"|---|---|{':-:|' * len(heads)}"
    for name, rule in OPERATIONS.items():
        cells = (_sign(observed, who, name, proof, channel) for proof, channel in heads)
        yield f"| `{name}` | {rule.kind} | {' | '.join(cells)} |"
    yield ""


def _title(proof: Proof, channel: str, same: bool) -> str:
    alone = same and channel == "web"
    return proof.title if alone else f"{proof.title}, {_CHANNELS[channel]}"


def _sign(observed: Observed, who: Who, name: str, proof: Proof, channel: str) -> str:
    asking = STRANGER if proof is NOBODY else who
    return SIGNS[observed.guard[asking, name, proof, channel]][0]


def _by_owner(observed: Observed) -> Iterator[str]:
    """Yield what the APIs answer, whoever's token it is."""
    yield "## What the APIs answer\n"
    yield (
        "To a valid token for the operation, by whose object it names. An API asks nobody whose "
        "an object is: it decides from its own rows. For this, everybody of the demo, of every "
        "tenant, was given something at one bank, and tried what is somebody else's.\n"
    )
    yield f"| operation | {' | '.join(Owner)} |"
    yield f"|---|{':-:|' * len(Owner)}"
    for name, rule in BANKING.items():
        yield f"| `{name}` | {' | '.join(_owner_cells(observed, name, rule.named))} |"
    yield ""


def _owner_cells(observed: Observed, name: str, named: Named) -> Iterator[str]:
    for owner in Owner:
        [code] = {observed.api[who, name, owner] for who in PEOPLE}
        if named is not Named.ONE and owner is not Owner.OWN:
            yield "not in it" if named is Named.ALL else "cannot be named"
        else:
            yield SIGNS[code][0]


def _named(people: Iterable[Who]) -> str:
    tenants: dict[str, list[str]] = {}
    for who in people:
        roles = ", ".join(PEOPLE[who].roles)
        tenants.setdefault(who[0], []).append(f"{who[1]} ({roles})")
    return "; ".join(f"{tenant}: {', '.join(names)}" for tenant, names in tenants.items())
