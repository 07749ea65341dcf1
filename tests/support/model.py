"""The trained model of the files as they are, made once for all tests and kept between runs.

`make test` makes it before the first test: each worker would otherwise train one of its own, all
at the same time.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.model import model_file, model_name, usable
from cli.settings import ROOT
from runtime.signed_model import TRUSTED, signature_of

_SECONDS = 280
_FOLDERS = ("models", TRUSTED.parent)
_GATEHOUSE = Path(sys.executable).parent / "gatehouse"


def kept_model(cache: Path) -> Path:
    """Return the model in `cache`, a folder like a home; trains it where it is not there."""
    name = model_name(ROOT)
    with alone(cache / "lock"):
        if not usable(cache, name):
            forget_model(cache)
            copy_model(ROOT / ".gatehouse", cache)
        if not usable(cache, name):
            forget_model(cache)
            _train(cache)
    return model_file(cache, name)


def forget_model(home: Path) -> None:
    """Remove what a home holds of models."""
    for folder in _FOLDERS:
        shutil.rmtree(home / folder, ignore_errors=True)


def copy_model(source: Path, target: Path) -> None:
    """Copy the present model with its signature and the trust in it, if it is there."""
    model = model_file(Path(), model_name(ROOT))
    if not (source / signature_of(model)).exists():
        return
    for name in (model, signature_of(model), TRUSTED):
        (target / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copy2(source / name, target / name)


def _train(cache: Path) -> None:
    with tempfile.TemporaryDirectory(dir=cache) as home:
        env = {**os.environ, "GATEHOUSE_HOME": home}
        train = [_GATEHOUSE, "train"]
        subprocess.run(train, cwd=ROOT, env=env, check=True, capture_output=True, timeout=_SECONDS)
        copy_model(Path(home), cache)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Let one worker in at a time; the others find what it has made."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    if sys.argv[1:] != ["--make"]:
        sys.exit("python -m tests.support.model --make")
    folder = ROOT / ".pytest_cache" / "d" / "gatehouse"
    folder.mkdir(parents=True, exist_ok=True)
    print("  model for the tests: looking, or training …", flush=True)
    kept_model(folder)
