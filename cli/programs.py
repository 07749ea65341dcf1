"""The processes: what they run, which credentials they share, what they see."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cli.apis import served_here
from cli.arrows import FOLDER, by_process, crossings, end_of, here
from cli.process_settings import EVERY, only, read_by
from cli.settings import Settings, settings_of_processes
from relay.ends import ENDS, RELAY_FOLDER, written
from runtime.observing import OBSERVED
from runtime.sockets import RUN_DIR

_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "SSL_CERT_FILE")
_RASA = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "2", "SQLALCHEMY_WARN_20": "0"}


TELEMETRY = "telemetry"


@dataclass(frozen=True)
class Program:
    """One process of the design."""

    name: str
    module: str
    python: Path
    credentials: tuple[str, ...] = ()
    """The arrows it is an end of; it gets these credentials and no others."""
    given: tuple[str, ...] = ()
    """The secrets of a person's settings that it gets as well, where they are set."""
    after: tuple[str, ...] = ()
    """The programs that have to be ready before it starts."""
    settings: tuple[str, ...] = ()
    """The settings that it is told, by their names or prefixes: those that it reads."""
    environ: Mapping[str, str] = field(default_factory=dict)
    """What it is told besides."""
    hopeless: Mapping[int, str] = field(default_factory=dict)
    """Exit codes that no restart mends, and what to do about each."""


def programs(settings: Settings, run_dir: Path | None = None) -> tuple[Program, ...]:
    """Return the processes of this host: all of them, where it is the only one.

    `run_dir`, the folder of sockets, is what relays have to be told of. Raises `Problem`.
    """
    asked = [one for one in _all(settings) if one.name in names_here(settings)]
    if settings.observed:
        asked = [_observed(one, settings) for one in asked]
        asked.append(_telemetry(asked))
    return (*_relays(settings, run_dir or Path()), *(_after(one, asked) for one in asked))


def _observed(program: Program, settings: Settings) -> Program:
    """Let it tell what is asked for, and to whom it may: not where that goes in the end."""
    asked = {"metrics": settings.metrics_port, "traces": settings.traces_url}
    return replace(
        program,
        credentials=(*program.credentials, told_to(program.name)),
        settings=read_by(program.name, observed=True),
        environ={**program.environ, OBSERVED: " ".join(name for name in asked if asked[name])},
    )


def told_to(name: str) -> str:
    """Return the name of the credential that a process tells its numbers for."""
    return f"telemetry-to-{name}"


def _telemetry(observed: Iterable[Program]) -> Program:
    """Return what gathers numbers and spans of the processes of this host."""
    return Program(
        TELEMETRY,
        "telemetry.serve",
        Path(sys.executable),
        credentials=tuple(told_to(one.name) for one in observed),
        given=("metrics-token", "traces-token"),
        settings=read_by(TELEMETRY),
        environ={"RES_OPTIONS": "use-vc"},
    )


def names_here(settings: Settings) -> frozenset[str]:
    """Return the names of this host's processes, without relays; APIs go with security."""
    running = here(settings)
    return running | frozenset(served_here()) if "security" in running else running


def _after(program: Program, others: Iterable[Program]) -> Program:
    """Let it wait for those alone that are started here."""
    known = {other.name for other in others}
    return replace(program, after=tuple(name for name in program.after if name in known))


def _relays(settings: Settings, run_dir: Path) -> list[Program]:
    """Return what carries arrows to other hosts: one beside each process that has such an end."""
    return [
        Program(
            relay_of(process),
            "relay.serve",
            Path(sys.executable),
            settings=read_by(relay_of(process)),
            environ={
                ENDS: written(end_of(one, settings, run_dir) for one in several),
                RELAY_FOLDER: str(settings.home_folder / FOLDER / process),
                "RES_OPTIONS": "use-vc",
            },
        )
        for process, several in by_process(crossings(settings)).items()
    ]


def relay_of(process: str) -> str:
    """Return the name of the relay beside a process."""
    return f"relay-{process}"


def _told_by(api: str) -> str:
    """Return the name of the secret that an API signs with what it tells security."""
    return f"{api}-to-security"


def _all(settings: Settings) -> tuple[Program, ...]:
    return tuple(replace(one, settings=read_by(one.name)) for one in _designed(settings))


def _designed(settings: Settings) -> tuple[Program, ...]:
    core, apis = Path(sys.executable), served_here()
    damaged = (
        "where its model is damaged, `make train` replaces it; where db/rasa/tracker.sqlite3 is, "
        "delete it: conversations begin anew"
    )
    return (
        *(
            Program(name, f"apis.{name}.serve", core, credentials=(_told_by(name),))
            for name in apis
        ),
        Program(
            "security",
            "security.serve",
            core,
            credentials=(
                *("gateway-to-security", "actions-to-security", "cli-to-security"),
                *(_told_by(name) for name in apis),
            ),
            given=("twilio-auth-token", "smtp-password", "out-webhook-secret"),
            environ={"RES_OPTIONS": "use-vc"},  # Names by TCP: there is no UDP within its walls.
        ),
        Program(
            "actions",
            "actions.serve",
            core,
            credentials=("rasa-to-actions", "actions-to-security"),
            after=("security",),
        ),
        Program(
            "rasa",
            "dialogue.serve",
            settings.rasa_executable,
            credentials=("gateway-to-rasa", "rasa-to-actions"),
            environ={**_RASA, "TMPDIR": str(settings.home_folder / "tmp" / "rasa")},
            hopeless={3: damaged},
        ),
        Program(
            "gateway",
            "gateway.serve",
            core,
            credentials=("gateway-to-security", "gateway-to-rasa"),
            after=("security",),
        ),
    )


def new_credentials(asked: Iterable[Program]) -> dict[str, str]:
    """Make one credential an arrow: 43 characters, 256 bits, new at each start."""
    names = sorted({name for program in asked for name in program.credentials})
    return {name: secrets.token_urlsafe(32) for name in names}


def scrubbed_environ(
    settings: Settings, names: Iterable[str], run_dir: Path | None = None
) -> dict[str, str]:
    """Return the environment of a process: of the caller's, what it needs, and nothing else.

    `names` are the settings that it reads (`cli/process_settings.py`).
    """
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    ours = {
        "GATEHOUSE_HOME": str(settings.home_folder),
        "GATEHOUSE_PORT": str(settings.port),
        "GATEHOUSE_MODE": settings.mode,
        "GATEHOUSE_PUBLIC_URL": settings.public_url or settings.address,
    }
    if run_dir is not None:
        ours[RUN_DIR] = str(run_dir)
    return {**kept, **only(names, {**settings_of_processes(), **ours})}


def rasa_environ(settings: Settings) -> dict[str, str]:
    """Return the environment of Rasa's own tools; what they cache stays in the home."""
    cache = settings.home_folder / "cache" / "rasa"
    return {**scrubbed_environ(settings, EVERY), **_RASA, "RASA_CACHE_DIRECTORY": str(cache)}
