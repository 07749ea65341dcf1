"""Which APIs a checkout brings along, and where their demo data is."""

from __future__ import annotations

from pathlib import Path

from cli.apis import api_names, audience, seed_of


def test_every_folder_that_can_be_served_is_an_api(tmp_path: Path) -> None:
    for name in ("orders", "banking", "common", "half"):
        (tmp_path / "apis" / name).mkdir(parents=True)
        if name != "half":
            (tmp_path / "apis" / name / "serve.py").touch()
    assert api_names(tmp_path) == ("banking", "orders")
    assert "banking" in api_names()


def test_an_audience_names_its_api() -> None:
    """RFC 9068 section 3: a token is good for one API."""
    assert audience("banking") == "urn:gatehouse:api:banking"


def test_an_api_may_have_a_seed_file_of_its_own(tmp_path: Path) -> None:
    people = tmp_path / "personas.yml"
    (tmp_path / "orders.yml").touch()
    assert seed_of("orders", people) == tmp_path / "orders.yml"
    assert seed_of("banking", people) == people
