"""Where this process finds and keeps its things, from the environment that the launcher sets."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runtime.logs import UnknownLevel, level_of
from runtime.signed_model import TRUSTED
from runtime.sockets import RASA, RUN_DIR

HOME = "GATEHOUSE_HOME"
MODEL = "GATEHOUSE_MODEL"
TRUST = "GATEHOUSE_MODEL_TRUST"


class NotConfigured(ValueError):
    """A setting is missing or not usable; the message says which one, and what to do."""


@dataclass(frozen=True)
class Settings:
    """The folders of this process. `model` is a file, or a folder whose newest model is taken."""

    home: Path
    run_dir: Path
    model: Path
    trust: Path
    """The file that says whose models are loaded, and how old they may be."""
    log_level: int

    @property
    def socket(self) -> Path:
        """The Unix socket on which the gateway asks."""
        return self.run_dir / RASA


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings. Raises `NotConfigured` where a folder is not named absolutely."""
    home = _folder(environ, HOME)
    try:
        level = level_of(environ)
    except UnknownLevel as error:
        raise NotConfigured(str(error)) from None
    return Settings(
        home=home,
        run_dir=_folder(environ, RUN_DIR),
        model=Path(environ.get(MODEL) or home / "models"),
        trust=trust_file(environ, home),
        log_level=level,
    )


def trust_file(environ: Mapping[str, str], home: Path) -> Path:
    """Return the file that says whose models are loaded: the home's own, unless told."""
    return Path(environ.get(TRUST) or home / TRUSTED)


def _folder(environ: Mapping[str, str], name: str) -> Path:
    path = Path(environ.get(name, ""))
    if not path.is_absolute():
        raise NotConfigured(f"{name} must name an absolute folder; start with `gatehouse run`")
    return path
