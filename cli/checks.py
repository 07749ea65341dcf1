"""What has to be right before a start; `gatehouse doctor` shows all, `run` stops at the first."""

from __future__ import annotations

import datetime as dt
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from cli import (
    bundles,
    certificates,
    database_checks,
    given_certificate,
    messages,
    providers,
    walls,
)
from cli.arrows import PROCESSES, by_process, crossings, here
from cli.home import only_launcher, prepare_home
from cli.model import State, check_model, model_name
from cli.problems import Problem
from cli.run_folder import check_run_folder, run_folder_path
from cli.settings import ROOT, Settings

_LOCKED_RASA = "3.6.21"
_ASK_RASA = (
    "import sys, importlib.metadata as m; print(*sys.version_info[:2], m.version('rasa'), sep='.')"
)


@dataclass(frozen=True)
class Check:
    """One thing to look at; `look` returns what it found or raises `Problem`."""

    name: str
    look: Callable[[], str]


@dataclass(frozen=True)
class Finding:
    """What a check found; `problem` is absent where all is well."""

    name: str
    found: str
    problem: Problem | None = None


def checks(settings: Settings) -> tuple[Check, ...]:
    """Return the checks in the order in which a start needs them."""
    every = (
        ("", Check("mode", lambda: mode(settings))),
        ("security", Check("messages", lambda: messages.form(settings))),
        ("", Check("home", lambda: home(settings))),
        ("", Check("running", lambda: running(settings))),
        ("", Check("sockets", lambda: sockets(settings))),
        ("", Check("arrows", lambda: arrows(settings))),
        ("", Check("databases", lambda: database_checks.look(settings))),
        ("gateway", Check("port", lambda: port(settings))),
        ("rasa", Check("Python 3.10 with Rasa", lambda: rasa(settings))),
        ("gateway", Check("certificate", lambda: certificate(settings))),
        ("rasa", Check("model", lambda: model(settings))),
    )
    try:
        of_this_host = here(settings)
    except Problem:
        of_this_host = frozenset(PROCESSES)  # The check of arrows says what is wrong.
    return tuple(check for process, check in every if process in {"", *of_this_host})


def services(settings: Settings) -> tuple[Check, ...]:
    """Return what is looked at by itself: the walls, and that real services can be reached."""
    return (
        Check("walls", lambda: walls.stand(settings.mode, walls.missing_walls())),
        *(
            Check(f"{channel} service", partial(messages.reach, settings, channel))
            for channel in messages.served(settings)
        ),
        *(
            (Check("identity providers", partial(providers.reach, settings)),)
            if providers.registered(settings)
            else ()
        ),
    )


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything, one after the other."""
    for check in (*checks(settings), *services(settings)):
        try:
            yield Finding(check.name, check.look())
        except Problem as problem:
            yield Finding(check.name, problem.what, problem)


def before_start(settings: Settings) -> None:
    """Raise `Problem` where a start cannot succeed."""
    for check in checks(settings):
        check.look()


def mode(settings: Settings) -> str:
    """Production says where people find it; its walls and its certificate are looked at as well."""
    if settings.mode == "production" and settings.public_url is None:
        raise Problem("production needs the address that people use", "set GATEHOUSE_PUBLIC_URL")
    return settings.mode


def home(settings: Settings) -> str:
    """The state folder is ours, private, of this mode, and has room."""
    prepare_home(settings.home_folder, settings.mode)
    return str(settings.home_folder)


def running(settings: Settings) -> str:
    """No other launcher uses this home."""
    if not settings.home_folder.is_dir():
        return "no"
    with only_launcher(settings.home_folder):
        return "no"


def sockets(settings: Settings) -> str:
    """The run folder's path is short enough and nobody else's."""
    folder = run_folder_path(settings.home_folder)
    check_run_folder(folder)
    return str(folder)


def arrows(settings: Settings) -> str:
    """Arrows to other hosts have an address, a credential and a certificate that is good."""
    found, now = crossings(settings), dt.datetime.now(dt.UTC)
    bundles.credentials(settings.home_folder, found)
    good = [bundles.ends(settings.home_folder, one, now) for one in by_process(found)]
    if not good:
        return "all on this host"
    said = f"{len(found)} to other hosts, certificates good until {min(good).date().isoformat()}"
    return f"{said}: renew them" if bundles.soon(min(good), now) else said


def port(settings: Settings) -> str:
    """The public port is free."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", settings.port))
        except PermissionError:
            raise Problem(f"port {settings.port} needs more rights", _other(settings)) from None
        except OSError:
            raise Problem(f"port {settings.port} is in use", _other(settings)) from None
    return f"{settings.port} is free"


def _other(settings: Settings) -> str:
    other = settings.port + 1 if 1024 <= settings.port < 65535 else 8443
    return f"stop what uses it, or choose another: GATEHOUSE_PORT={other}"


def rasa(settings: Settings) -> str:
    """The dialogue engine's own Python is there, with the locked Rasa."""
    asked = [str(settings.rasa_executable), "-c", _ASK_RASA]
    try:
        answer = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        raise Problem(
            f"there is no Python 3.10 with Rasa at {settings.rasa_executable}",
            "run `make core`, or set GATEHOUSE_RASA_PYTHON",
        ) from None
    found = answer.stdout.strip()
    if found != f"3.10.{_LOCKED_RASA}":
        raise Problem(f"the dialogue environment has {found}", "run `make clean core`")
    return str(settings.rasa_executable)


def certificate(settings: Settings) -> str:
    """The TLS certificate is usable; the demo's own is made where it is missing or ageing."""
    now = dt.datetime.now(dt.UTC)
    given = given_certificate.check(settings, now)
    if given is not None:
        return given
    usable = certificates.usable(settings.home_folder / "tls", now)
    return "usable" if usable else "will be made at the next start"


def model(settings: Settings) -> str:
    """The model fits the training data and is whole; a missing one is trained at the start."""
    found = check_model(settings.home_folder, model_name(ROOT))
    return "trained" if found is State.TRAINED else "will be trained at the next start"
