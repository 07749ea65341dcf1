"""A conversation as it is written down: a YAML list of steps (tests/conversations/README.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_ALONE_OR_NOT = {"visitor", "signs_out", "confirms", "refuses"}
ACTS = frozenset({*_ALONE_OR_NOT, "persona", "says", "chooses", "signs_in", "types_code", "tries"})
"""What somebody does."""
_SAID = {"hears", "hears_not", "refused", "card", "no_card", "offers"}
CHECKS = frozenset({*_SAID, "asks_to_sign_in", "asks_for_code"})
"""What must have come of the act before."""
ALONE = frozenset({*_ALONE_OR_NOT, "asks_to_sign_in", "asks_for_code"})
"""Steps that may stand without anything behind them."""


class ScriptError(ValueError):
    """A file that is no conversation; the message says what to mend."""


@dataclass(frozen=True)
class Step:
    """One line of a conversation: a verb and what belongs to it, None where it stands alone."""

    verb: str
    given: Any = None

    def __str__(self) -> str:
        if self.given is None:
            return self.verb
        written = yaml.safe_dump(self.given, allow_unicode=True, default_flow_style=True)
        return f"{self.verb}: {written.removesuffix('\n').removesuffix('\n...')}"


def read_script(path: Path) -> list[Step]:
    """Return the steps of a file. Raises `ScriptError`."""
    try:
        listed = yaml.safe_load(path.read_text("utf-8"))
    except yaml.YAMLError as error:
        raise ScriptError(f"{path.name}: this is no YAML: {error}") from None
    if not isinstance(listed, list) or not listed:
        raise ScriptError(f"{path.name}: write a list of steps, each behind a dash")
    steps = [_step(path.name, number, one) for number, one in enumerate(listed, start=1)]
    if steps[0].verb not in {"visitor", "persona"}:
        raise ScriptError(f"{path.name}: begin with `visitor` or `persona: NAME`: who speaks?")
    if steps[-1].verb in ACTS:
        raise ScriptError(f"{path.name}: end with what must be heard; else nothing can fail")
    return steps


def _step(name: str, number: int, one: Any) -> Step:
    if isinstance(one, str):
        one = {one: None}
    if not isinstance(one, Mapping) or len(one) != 1:
        raise ScriptError(f"{name}: step {number} is not one word and what belongs to it")
    [(verb, given)] = one.items()
    if verb not in ACTS | CHECKS:
        known = ", ".join(sorted(ACTS | CHECKS))
        raise ScriptError(f"{name}: step {number}: there is no `{verb}`, but {known}")
    if isinstance(given, bool):
        raise ScriptError(
            f"{name}: step {number}: YAML reads that as true or false: put it in quotes"
        )
    if given is None and verb not in ALONE:
        raise ScriptError(f"{name}: step {number}: `{verb}` needs something behind it")
    return Step(str(verb), given)
