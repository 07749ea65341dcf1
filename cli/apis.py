"""The APIs that this checkout brings along: every folder of apis/ that can be served."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from cli.settings import ROOT, settings_of_processes

_AUDIENCE = "urn:gatehouse:api:"


def api_names(root: Path = ROOT) -> tuple[str, ...]:
    """Return their names, sorted; each is served by `apis.<name>.serve` on a socket of its own."""
    return tuple(
        sorted(
            path.parent.name
            for path in (root / "apis").glob("*/serve.py")
            if path.parent.name != "common"
        )
    )


def served_here(
    names: Iterable[str] | None = None, settings: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Return those that no real API stands in for: `GATEHOUSE_API_<NAME>_URL` is not set."""
    given = settings_of_processes() if settings is None else settings
    asked = api_names() if names is None else names
    return tuple(name for name in asked if not given.get(f"GATEHOUSE_API_{name.upper()}_URL"))


def audience(name: str) -> str:
    """Return the audience of this API's access tokens (RFC 9068 section 3)."""
    return _AUDIENCE + name


def seed_of(name: str, people: Path) -> Path:
    """Return the file with the demo's data of this API; what is small stands with the people."""
    own = people.parent / f"{name}.yml"
    return own if own.exists() else people
