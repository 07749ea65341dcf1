"""Every persona x operation x owner x assurance x channel, beside the table of rules."""

from __future__ import annotations

import asyncio
import os

import pytest

from security.server import read_operations
from tests.access.bank import DEMO, PEOPLE, Bank
from tests.access.observed import CHANNELS, STATES, STRANGER, Asked, Observed, ask_bank
from tests.access.page import page_of
from tests.access.rules import (
    APIS,
    BANKING,
    NOBODY,
    OPERATIONS,
    Owner,
    api_says,
    security_says,
)
from tests.security.world import PROJECT

PAGE = PROJECT / "docs" / "access-matrix.md"


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Observed:
    """Ask guard and bank once for all of it."""
    folder = tmp_path_factory.mktemp("matrix")
    asked = Asked(folder)
    try:
        seen = asyncio.run(asked.everything())
    finally:
        asked.world.close()
    with Bank(folder).open() as bank:
        asyncio.run(ask_bank(bank, seen))
    return seen


def test_the_table_names_every_operation_and_the_tenants_of_the_demo() -> None:
    """What is new needs a row in tests/access/rules.py."""
    assert set(OPERATIONS) == set(read_operations(PROJECT))
    assert {one.id: frozenset(one.apis) for one in DEMO.tenants} == APIS


def test_the_guard_answers_everybody_as_the_table_says(observed: Observed) -> None:
    """ASVS 8.2.2: persona x operation x assurance x channel."""
    expected = {
        (who, name, proof, channel): str(
            security_says(frozenset(person.roles), person.tenant, name, proof, channel)
        )
        for who, person in PEOPLE.items()
        for name in OPERATIONS
        for proof, channel in STATES
        if proof is not NOBODY
    }
    for name in OPERATIONS:
        for channel in CHANNELS:
            said = security_says(frozenset(), "", name, NOBODY, channel)
            expected[STRANGER, name, NOBODY, channel] = str(said)
    assert _differences(observed.guard, expected) == {}
    # By page and by text in each of four states, in a frame in one.
    assert len(expected) == (22 * (4 * 2 + 1) + len(CHANNELS)) * len(OPERATIONS)


def test_the_bank_answers_everybody_as_the_table_says(observed: Observed) -> None:
    """ASVS 8.2.2: persona x operation x owner, each with a token that security would never mint."""
    expected = {
        (who, name, owner): str(api_says(who[0], name, owner))
        for who in PEOPLE
        for name in BANKING
        for owner in Owner
    }
    assert _differences(observed.api, expected) == {}


def test_the_page_in_the_docs_is_what_was_observed(observed: Observed) -> None:
    """`make access-matrix` prints it anew."""
    page = page_of(observed)
    if os.environ.get("PRINT_ACCESS_MATRIX"):
        PAGE.write_text(page, "utf-8")
    assert PAGE.read_text("utf-8") == page, "docs/access-matrix.md is old: make access-matrix"


def _differences[K](seen: dict[K, str], expected: dict[K, str]) -> dict[K, tuple[str, str]]:
    keys = seen.keys() | expected.keys()
    pairs = {key: (seen.get(key, "nothing"), expected.get(key, "nothing")) for key in keys}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}
