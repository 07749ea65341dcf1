"""The real services for SMS and mail: whether their settings hold, and whether they answer.

Security reads these settings, so a program of security's looks at them. Where none is set it
is not even started.
"""

from __future__ import annotations

import json
import subprocess
import sys

from cli.problems import Problem
from cli.process_settings import read_by
from cli.programs import scrubbed_environ
from cli.run_folder import run_folder_path
from cli.settings import ROOT, Settings, settings_of_processes

_SECONDS = 30
_PREFIXES = {"sms": "GATEHOUSE_TWILIO_", "email": "GATEHOUSE_SMTP_"}
_SECRETS = {"sms": "twilio-auth-token", "email": "smtp-password"}


def served(settings: Settings) -> list[str]:
    """Return the channels for which anything of a real service is set."""
    environ = settings_of_processes()
    return [
        channel
        for channel, prefix in _PREFIXES.items()
        if _SECRETS[channel] in settings.given_secrets
        or any(value and name.startswith(prefix) for name, value in environ.items())
    ]


def form(settings: Settings) -> str:
    """Every service is set as a whole or not at all; asks nothing of the network."""
    channels = served(settings)
    if channels:
        _ask(settings, "form")
    if len(channels) == len(_PREFIXES):
        return "sms and email are sent by real services"
    others = " and ".join(channel for channel in _PREFIXES if channel not in channels)
    return f"{others}: in the demo's outbox"


def reach(settings: Settings, channel: str) -> str:
    """One service answers, and takes our credentials; nothing is sent."""
    why = _ask(settings, "reach", channel)
    if why:
        raise Problem(
            f"the service for {channel} cannot be used ({why})",
            f"look at {_PREFIXES[channel]}* and the network; until then, other methods are offered",
        )
    return "answers"


def _ask(settings: Settings, *question: str) -> str:
    """Run security's program; return what it says, empty where all is well."""
    try:
        ended = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "security.tools.messages", *question],
            cwd=ROOT,
            env=scrubbed_environ(
                settings, read_by("security"), run_folder_path(settings.home_folder)
            ),
            input=json.dumps(settings.given_secrets),
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {_SECONDS} s"
    if ended.returncode == 0:
        return ended.stdout.strip()
    what, _, to_do = ended.stderr.strip().partition(": ")
    if ended.returncode == 2 and what.startswith("GATEHOUSE_"):
        raise Problem(what, to_do)
    raise Problem("the settings for messages cannot be looked at", "run `make core`")
