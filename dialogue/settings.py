"""Where this process finds and keeps its things, from the environment that the launcher sets."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.logs import UnknownLevel, level_of
from runtime.signed_model import TRUSTED
from runtime.sockets import RASA, RUN_DIR

HOME = "GATEHOUSE_HOME"
MODEL = "GATEHOUSE_MODEL"
TRUST = "GATEHOUSE_MODEL_TRUST"
TRACKER = "GATEHOUSE_TRACKER_URL"
_SESSION = {"lock_timeout": "2s", "statement_timeout": "5s"}


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


def tracker_server(environ: Mapping[str, str]) -> Mapping[str, Any] | None:
    """Return what libpq is told of the server where conversations are kept, if it is one.

    Raises `NotConfigured`.
    """
    given = environ.get(TRACKER)
    if not given:
        return None
    from runtime.postgres import Login, checked_url, connect_arguments, host_of, port_of  # noqa: PLC0415

    files = [environ.get(f"GATEHOUSE_TRACKER_{kind}_FILE") for kind in ("PASS", "CA")]
    try:
        url = checked_url(TRACKER, given)
        arguments = connect_arguments(
            url, Login(*(Path(file) if file else None for file in files)), _SESSION
        )
        where = {"host": host_of(url), "port": port_of(url)}
    except ValueError as error:
        raise NotConfigured(str(error)) from None
    return {**arguments, **where, "user": url.username, "dbname": url.database}


def _folder(environ: Mapping[str, str], name: str) -> Path:
    path = Path(environ.get(name, ""))
    if not path.is_absolute():
        raise NotConfigured(f"{name} must name an absolute folder; start with `gatehouse run`")
    return path
