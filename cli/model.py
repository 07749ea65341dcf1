"""The trained model: named after all that it is made from, trained when that changes, signed."""

from __future__ import annotations

import asyncio
import datetime as dt
import enum
import hashlib
import re
import shutil
import tempfile
import time
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from cli.commands import run_to_end
from cli.launching import Lifeline, command
from cli.logs import log_path, rotate
from cli.model_keys import keep_trust, next_serial, signing_key, trusted
from cli.problems import Problem
from cli.profiles import TRAINING_TMP, training_profile
from cli.programs import rasa_environ
from cli.progress import Progress
from cli.settings import ROOT, Settings
from runtime.model_archive import check, contents
from runtime.signed_model import (
    ARCHIVE,
    SIGNED,
    NotTrusted,
    Statement,
    Trust,
    sign,
    signature_of,
)
from sandbox.told import PROFILE, written

_COMPONENT = re.compile(r"\bdialogue(?:\.[a-z_]+)+")
_LIBRARIES = ("rasa", "scikit-learn", "numpy", "onnx", "onnxruntime", "tokenizers", "safetensors")
_FIRST_GUESS_SECONDS = 60.0
_SECONDS = ".train-seconds"
_CHECKSUM = ".sha256"
"""What lay beside a model before models were signed."""


class State(enum.Enum):
    """What there is for the present training data."""

    TRAINED = "trained"
    MISSING = "missing"


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


def digest_of_sources(root: Path) -> str:
    """Return the SHA-256 of all sources and their names, in hex."""
    total = hashlib.sha256()
    for path in sources(root):
        total.update(str(path.relative_to(root)).encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def model_name(root: Path) -> str:
    """Return `gatehouse-` and 12 digits of the digest of all sources and their names."""
    return _named(digest_of_sources(root))


def _named(digest: str) -> str:
    return f"gatehouse-{digest[:12]}"


def model_file(home: Path, name: str) -> Path:
    """Return the path of the archive; its signature lies beside it."""
    return home / "models" / (name + ARCHIVE)


def check_model(home: Path, name: str) -> State:
    """Return the state of the model; one that is not signed counts as missing.

    Raises `Problem` where it may not be loaded.
    """
    model = model_file(home, name)
    if not (model.exists() and signature_of(model).exists()):
        return State.MISSING
    try:
        check(model, trusted(home))
    except NotTrusted as error:
        raise Problem(f"the model {model} is refused: {error}", "run `make train`") from None
    return State.TRAINED


def usable(home: Path, name: str) -> bool:
    """Tell whether the model is there and may be loaded."""
    try:
        return check_model(home, name) is State.TRAINED
    except Problem:
        return False


async def train(settings: Settings, progress: Progress, lifeline: Lifeline) -> None:
    """Train a model, and put it in place of all older ones when it is whole.

    Raises `Problem` where training fails; the older model is then still there.
    """
    models = settings.home_folder / "models"
    digest = await asyncio.to_thread(digest_of_sources, ROOT)
    name = _named(digest)
    libraries = await asyncio.to_thread(library_versions, settings.rasa_executable)
    log = log_path(settings.home_folder, "train")
    rotate(log)
    with tempfile.TemporaryDirectory(dir=models, prefix=".training-") as folder:
        options = ("--domain", "domain.yml", "--config", "config.yml", "--data", "data")
        out = ("--out", folder, "--fixed-model-name", name)
        rasa = command(settings.rasa_executable, "rasa", "train", *options, *out)
        environ = trains_within(settings, Path(folder))
        started = time.monotonic()
        async with progress.step("model", "training", "trained", _expected_seconds(models)):
            await run_to_end("rasa train", rasa, environ, log, lifeline)
            if not (trained := Path(folder) / (name + ARCHIVE)).exists():
                raise Problem("rasa train made no model", f"see {log}")
            await asyncio.to_thread(install, trained, settings.home_folder, digest, libraries)
        (models / _SECONDS).write_text(f"{time.monotonic() - started:.0f}")


def trains_within(settings: Settings, folder: Path) -> dict[str, str]:
    """Return the environment of a training that sees no key, no database and no network."""
    own = settings.home_folder / TRAINING_TMP
    own.mkdir(mode=0o700, parents=True, exist_ok=True)
    profile = written(training_profile(settings, folder))
    return {**rasa_environ(settings), "TMPDIR": str(own), PROFILE: profile}


def install(trained: Path, home: Path, digest: str, libraries: Mapping[str, str]) -> None:
    """Sign a new model, move it in and the older ones out; none of them is trusted any more.

    `digest` is that of what it was made from. Raises `NotTrusted`, `Problem`.
    """
    models, key, now = home / "models", signing_key(home), dt.datetime.now(dt.UTC)
    statement = stated(trained, next_serial(home, now), now, digest, libraries)
    for old in (path for end in (ARCHIVE, SIGNED, _CHECKSUM) for path in models.glob(f"*{end}")):
        old.unlink()
    model = models / trained.name
    shutil.move(trained, model)
    signature_of(model).write_bytes(sign(statement, key))
    for file in (model, signature_of(model)):
        file.chmod(0o644)  # Another user reads them, in a folder that is shown to nobody else.
    keep_trust(home, Trust(key.public_key(), statement.serial))


def stated(
    trained: Path, serial: int, now: dt.datetime, digest: str, libraries: Mapping[str, str]
) -> Statement:
    """Return what is to be signed of an archive. Raises `NotTrusted`."""
    archive, files = contents(trained)
    made = now.isoformat(timespec="seconds")
    name = trained.name.removesuffix(ARCHIVE)
    return Statement(name, serial, made, archive, files, digest, libraries)


def library_versions(python: Path) -> dict[str, str]:
    """Return the versions of what trains, as installed beside the Python that has Rasa."""
    folders = [str(path) for path in (python.parent.parent / "lib").glob("python3.*/site-packages")]
    found = {each.name.lower(): each.version for each in metadata.distributions(path=folders)}
    return {name: found[name] for name in _LIBRARIES if name in found}


def _expected_seconds(models: Path) -> float:
    try:
        return float((models / _SECONDS).read_text())
    except (OSError, ValueError):
        return _FIRST_GUESS_SECONDS
