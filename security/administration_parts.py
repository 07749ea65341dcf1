"""Wires what the administrators of organisations may do, and those whom they invite."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor

from security.core import Core
from security.faces.administration import Administrators
from security.services.administration import Administration
from security.services.invitations import Invitations


def build_administrators(
    core: Core, hashing: Executor, allow: Callable[[str, str], bool]
) -> Administrators:
    """Return the services behind the page `/admin`; `allow` limits tries at an invitation."""
    return Administrators(Administration(core, hashing), Invitations(core, hashing, allow))
