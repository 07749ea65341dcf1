"""Every conversation of tests/conversations/, on the trained model, over the public API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.expectations import Mismatch
from tests.e2e.installation import Installation
from tests.e2e.people import people
from tests.e2e.script import read_script
from tests.e2e.stage import Play, Stage

pytestmark = pytest.mark.e2e

FOLDER = Path(__file__).parents[1] / "conversations"
SCRIPTS = sorted(FOLDER.glob("*.yml"))
MANY = "100000"
"""Hundreds of turns from one address within a minute: the limits have tests of their own."""
LIMITS = (
    "MESSAGES_PER_MINUTE",
    "SESSIONS_PER_MINUTE",
    "SIGN_INS_PER_MINUTE",
    "REQUESTS_PER_MINUTE",
    "OPERATIONS_PER_MINUTE",
    "PASSWORDS_PER_MINUTE",
    "PASSWORDS_PER_MINUTE_EVERYWHERE",
    "CODES_PER_PERSON_PER_HOUR",
    "CODES_PER_NUMBER_PER_HOUR",
    "CODES_PER_ADDRESS_PER_HOUR",
)


@pytest.fixture(scope="module")
def stage(new_installation: Callable[..., Installation]) -> Iterator[Stage]:
    """An installation of their own, whose data nobody else has changed."""
    installation = new_installation(**{f"GATEHOUSE_LIMIT_{name}": MANY for name in LIMITS})
    installation.start()
    made = Stage(installation.url, installation.authority, people())
    yield made
    made.close()
    installation.stop()


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_it_goes_as_it_is_written(stage: Stage, path: Path) -> None:
    play, wrong = Play(stage), None
    try:
        play.run(read_script(path))
    except Mismatch as mismatch:
        wrong = mismatch
    finally:
        play.close()
    if wrong is not None:
        pytest.fail(f"{path.stem.replace('_', ' ')}\n{wrong}", pytrace=False)
