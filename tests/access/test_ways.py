"""Every way in x every class of operation: the same strength is asked for (ASVS 6.3.4)."""

from __future__ import annotations

import os

import pytest

from tests.access.rules import OPERATIONS, WAYS, kind_of, way_says, would_do
from tests.access.ways import ASKING, Seen, Ways, theirs
from tests.access.ways_page import PAGE, page_of


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Go every way once."""
    ways = Ways(tmp_path_factory.mktemp("ways"))
    try:
        return ways.gone()
    finally:
        ways.world.close()


def test_between_them_they_ask_for_something_of_every_class(seen: Seen) -> None:
    kinds = {kind_of(name) for _, _, name in seen.answers}
    assert kinds == {kind_of(name) for name in OPERATIONS}


def test_every_way_in_is_asked_for_the_same_by_the_same_operation(seen: Seen) -> None:
    """ASVS 6.3.4: by password, passkey, text, a site's word; whoever comes, however they come."""
    expected = {
        (way, person.username, name): str(
            way_says(frozenset(person.roles), person.tenant, name, came)
        )
        for way, came in WAYS.items()
        for person in map(seen.person, ASKING)
        for name in theirs(person)
    }
    assert seen.answers == expected


def test_what_proves_or_approves_depends_on_the_operation_and_not_on_the_way_in(
    seen: Seen,
) -> None:
    """ASVS 6.3.4: nobody has come in so weakly that less would do, or so strongly."""
    expected = {(way, kind): would_do(kind, WAYS[way]) for way, kind in seen.methods}
    assert seen.methods == expected
    assert {kind for _, kind in seen.methods} >= {("binding", ""), ("personal", "read")}


def test_the_page_in_the_docs_is_what_was_seen(seen: Seen) -> None:
    """`make access-matrix` prints it anew."""
    page = page_of(seen)
    if os.environ.get("PRINT_ACCESS_MATRIX"):
        PAGE.write_text(page, "utf-8")
    assert PAGE.read_text("utf-8") == page, f"docs/{PAGE.name} is old: make access-matrix"
