"""What an API does where security says that a person is erased, whichever API it is."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest
from pydantic import ValidationError

from apis.common.erasures import Terms, read_terms
from apis.common.tables import OnceBase
from cli.apis import api_names

APIS = Path(__file__).parents[3] / "apis"
NOW = datetime(2026, 11, 25, 12, 0, 0, tzinfo=UTC)
_KEPT = {"what": "orders", "tables": ["orders"], "why": "a law", "years": 8}


@pytest.mark.parametrize("api", api_names())
def test_every_table_is_erased_or_kept_or_nobodys(api: str) -> None:
    """GDPR 17: one that is added later fails here until somebody has said what becomes of it."""
    terms = read_terms(APIS / api)
    bases = (import_module(f"apis.{api}.tables").Base, OnceBase)
    there = {name for base in bases for name in base.metadata.tables}
    of_people = {table for one in (*terms.erased, *terms.kept) for table in one.tables}
    assert of_people | set(terms.nobodys) == there
    assert not of_people & set(terms.nobodys)


@pytest.mark.parametrize("api", api_names())
def test_a_table_with_a_subject_is_never_nobodys(api: str) -> None:
    tables = import_module(f"apis.{api}.tables").Base.metadata.tables
    nobodys = read_terms(APIS / api).nobodys
    assert not [name for name in nobodys if name in tables and "subject" in tables[name].c]


@pytest.mark.parametrize(
    "wrong",
    [
        {**_KEPT, "years": 0},
        {**_KEPT, "years": 101},
        {**_KEPT, "why": "so"},
        {**_KEPT, "tables": []},
        {"what": "orders", "tables": ["orders"], "why": "a law"},
    ],
)
def test_nothing_is_kept_without_a_period_and_a_reason(wrong: dict[str, object]) -> None:
    """GDPR 17(3): an API without them does not start."""
    with pytest.raises(ValidationError):
        Terms.model_validate({"erased": [], "kept": [wrong]})


def test_an_api_without_terms_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="erasure"):
        read_terms(tmp_path)
