"""The trained model: named after all that it is made from, trained when that changes."""

from __future__ import annotations

import asyncio
import enum
import hashlib
import re
import shutil
import tempfile
import time
from pathlib import Path

from cli.commands import run_to_end
from cli.launching import Lifeline, command
from cli.logs import log_path, rotate
from cli.problems import Problem
from cli.programs import rasa_environ
from cli.progress import Progress
from cli.settings import ROOT, Settings

_COMPONENT = re.compile(r"\bdialogue(?:\.[a-z_]+)+")
_FIRST_GUESS_SECONDS = 60.0
_SECONDS = ".train-seconds"


class State(enum.Enum):
    """What there is for the present training data."""

    TRAINED = "trained"
    MISSING = "missing"
    DAMAGED = "damaged"


def sources(root: Path) -> list[Path]:
    """Return the files that a model is made from, sorted; our own components included."""
    config = root / "config.yml"
    named = {match.group().replace(".", "/") for match in _COMPONENT.finditer(config.read_text())}
    modules = {root / f"{name}.py" for name in named}
    folders = {path.parent for path in modules if path.parent != root / "dialogue"}
    components = modules | {path for folder in folders for path in folder.glob("*.py")}
    data = [path for path in (root / "data").rglob("*.yml") if path.is_file()]
    locks = [root / "requirements" / name for name in ("rasa.txt", "weights.txt")]
    fixed = [root / "domain.yml", config, *locks]
    return sorted([*fixed, *data, *(path for path in components if path.exists())])


def model_name(root: Path) -> str:
    """Return `gatehouse-` and 12 digits of the digest of all sources and their names."""
    total = hashlib.sha256()
    for path in sources(root):
        total.update(str(path.relative_to(root)).encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return f"gatehouse-{total.hexdigest()[:12]}"


def model_files(home: Path, name: str) -> tuple[Path, Path]:
    """Return the paths of the model and of its checksum."""
    return home / "models" / f"{name}.tar.gz", home / "models" / f"{name}.sha256"


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def state(home: Path, name: str) -> State:
    """Tell whether the model called `name` is there and whole."""
    model, recorded = model_files(home, name)
    if not (model.exists() and recorded.exists()):
        return State.MISSING
    whole = checksum(model) == recorded.read_text().strip()
    return State.TRAINED if whole else State.DAMAGED


def check_model(home: Path, name: str) -> State:
    """Return the state of the model; raises `Problem` where it is damaged."""
    found = state(home, name)
    if found is State.DAMAGED:
        model, _ = model_files(home, name)
        raise Problem(f"the model {model} is damaged", "run `make train`, which replaces it")
    return found


async def train(settings: Settings, progress: Progress, lifeline: Lifeline) -> None:
    """Train a model, and put it in place of all older ones when it is whole.

    Raises `Problem` where training fails; the older model is then still there.
    """
    models = settings.home_folder / "models"
    name = await asyncio.to_thread(model_name, ROOT)
    log = log_path(settings.home_folder, "train")
    rotate(log)
    with tempfile.TemporaryDirectory(dir=models, prefix=".training-") as folder:
        options = ("--domain", "domain.yml", "--config", "config.yml", "--data", "data")
        out = ("--out", folder, "--fixed-model-name", name)
        rasa = command(settings.rasa_executable, "rasa", "train", *options, *out)
        started = time.monotonic()
        async with progress.step("model", "training", "trained", _expected_seconds(models)):
            await run_to_end("rasa train", rasa, rasa_environ(settings), log, lifeline)
            await asyncio.to_thread(_replace, Path(folder) / f"{name}.tar.gz", models, log)
        (models / _SECONDS).write_text(f"{time.monotonic() - started:.0f}")


def _replace(trained: Path, models: Path, log: Path) -> None:
    """Move the new model in and the older ones out."""
    if not trained.exists():
        raise Problem("rasa train made no model", f"see {log}")
    model, recorded = model_files(models.parent, trained.name.removesuffix(".tar.gz"))
    digest = checksum(trained)
    for old in [*models.glob("*.tar.gz"), *models.glob("*.sha256")]:
        old.unlink()
    shutil.move(trained, model)
    recorded.write_text(digest + "\n")


def _expected_seconds(models: Path) -> float:
    try:
        return float((models / _SECONDS).read_text())
    except (OSError, ValueError):
        return _FIRST_GUESS_SECONDS
