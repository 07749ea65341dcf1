"""How a profile travels from the launcher to the process: as JSON in one variable, no secret."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sandbox.profile import Limits, Profile

PROFILE = "GATEHOUSE_PROFILE"
_PATHS = ("code", "reads", "writes", "serves", "calls")


def written(profile: Profile) -> str:
    """Return a profile as text."""
    return json.dumps(asdict(profile), default=str)


def read(text: str) -> Profile:
    """Return the profile again. Raises `ValueError`, `KeyError` or `TypeError`."""
    told: dict[str, Any] = json.loads(text)
    for name in _PATHS:
        told[name] = tuple(Path(each) for each in told[name])
    for name in ("bind_tcp", "connect_tcp"):
        told[name] = tuple(told[name])
    return Profile(**{**told, "limits": Limits(**told["limits"])})
