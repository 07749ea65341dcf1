"""The APIs that this checkout brings along: every folder of apis/ that can be served."""

from __future__ import annotations

from pathlib import Path

from cli.settings import ROOT

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


def audience(name: str) -> str:
    """Return the audience of this API's access tokens (RFC 9068 section 3)."""
    return _AUDIENCE + name


def seed_of(name: str, people: Path) -> Path:
    """Return the file with the demo's data of this API; what is small stands with the people."""
    own = people.parent / f"{name}.yml"
    return own if own.exists() else people
