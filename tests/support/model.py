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

from cli.model import State, model_files, model_name, state
from cli.settings import ROOT

_SECONDS = 280
_GATEHOUSE = Path(sys.executable).parent / "gatehouse"


def kept_model(cache: Path) -> Path:
    """Return the model in `cache`, a folder like a home; trains it where it is not there."""
    name = model_name(ROOT)
    with _alone(cache / "lock"):
        if state(cache, name) is not State.TRAINED:
            shutil.rmtree(cache / "models", ignore_errors=True)
            copy_model(ROOT / ".gatehouse", cache)
        if state(cache, name) is not State.TRAINED:
            _train(cache)
    return model_files(cache, name)[0]


def copy_model(source: Path, target: Path) -> None:
    """Copy the present model from home to home, if it is there."""
    name = model_name(ROOT)
    for have, want in zip(model_files(source, name), model_files(target, name), strict=True):
        want.parent.mkdir(parents=True, exist_ok=True)
        if have.exists():
            shutil.copy2(have, want)


def _train(cache: Path) -> None:
    with tempfile.TemporaryDirectory(dir=cache) as home:
        env = {**os.environ, "GATEHOUSE_HOME": home}
        train = [_GATEHOUSE, "train"]
        subprocess.run(train, cwd=ROOT, env=env, check=True, capture_output=True, timeout=_SECONDS)
        copy_model(Path(home), cache)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
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
