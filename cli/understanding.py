"""How well a trained model understands sentences whose intent is known."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.commands import run_to_end
from cli.launching import Lifeline, command
from cli.logs import log_path
from cli.problems import Problem
from cli.programs import rasa_environ
from cli.settings import Settings

FOREIGN = "out_of_scope"
REJECTED = frozenset({FOREIGN, "nlu_fallback"})
"""What the bot makes of words outside its subjects: it says so, or asks to say it otherwise."""
_FORM = "write it as a list of objects, each with the strings text and intent"


@dataclass(frozen=True)
class Row:
    """A sentence and the intent that it has."""

    text: str
    intent: str


@dataclass(frozen=True)
class Heard:
    """A row, and what the model made of it in so many milliseconds."""

    row: Row
    intent: str
    confidence: float
    ms: float

    @property
    def right(self) -> bool:
        """Whether it was understood; for a foreign subject, whether it was turned away."""
        return (
            self.intent in REJECTED
            if self.row.intent == FOREIGN
            else self.intent == self.row.intent
        )


@dataclass(frozen=True)
class Measures:
    """The shares are of 1; absent (None) where no row counts for them."""

    accuracy: float | None
    oos_recall: float | None
    ms_p50: float | None

    def as_json(self) -> dict[str, float | None]:
        """Return the object that `nlu-report --json` prints."""
        return {
            name: None if value is None else round(value, 4) for name, value in vars(self).items()
        }


def rows_of(path: Path) -> list[Row]:
    """Read a file of rows. Raises `Problem` where it is not one."""
    try:
        given = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise Problem(
            f"{path} cannot be read ({error.strerror})", "name a file of sentences"
        ) from None
    except ValueError:
        raise Problem(f"{path} is not JSON", _FORM) from None
    return rows_from(given, path)


def rows_from(given: Any, path: Path) -> list[Row]:
    """Return the rows of a parsed file. Raises `Problem`."""
    if not isinstance(given, list) or not given or not all(_is_row(each) for each in given):
        raise Problem(f"{path} holds no rows", _FORM)
    return [Row(each["text"], each["intent"]) for each in given]


def _is_row(given: Any) -> bool:
    return isinstance(given, dict) and all(
        isinstance(given.get(name), str) for name in ("text", "intent")
    )


async def hear(
    settings: Settings, model: Path, trust: Path, rows: Sequence[Row], lifeline: Lifeline
) -> list[Heard]:
    """Return what `model`, signed as `trust` says, makes of `rows`. Raises `Problem`."""
    log = log_path(settings.home_folder, "nlu-report")
    words = command(settings.rasa_executable, "dialogue.hear", str(model), str(trust))
    given = json.dumps([row.text for row in rows]).encode()
    said = await run_to_end("the model", words, rasa_environ(settings), log, lifeline, given)
    found = json.loads(said.splitlines()[-1])
    return [Heard(row, **each) for row, each in zip(rows, found, strict=True)]


def measures(heard: Iterable[Heard]) -> Measures:
    """Return the accuracy over rows in scope, the recall of the others, and the median time."""
    every = list(heard)
    ours = [each.right for each in every if each.row.intent != FOREIGN]
    foreign = [each.right for each in every if each.row.intent == FOREIGN]
    return Measures(
        accuracy=statistics.fmean(ours) if ours else None,
        oos_recall=statistics.fmean(foreign) if foreign else None,
        ms_p50=statistics.median(each.ms for each in every) if every else None,
    )
