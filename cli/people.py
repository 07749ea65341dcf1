"""Keys, databases and, in demo mode, the people of demo/personas.yml.

Security makes its keys and its database and says under which name each API knows each
person; the API makes its own database from that. Both are idempotent and hold no word of
each other's secrets.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cli.commands import run_to_end
from cli.launching import Lifeline, command
from cli.logs import log_path, rotate
from cli.programs import scrubbed_environ
from cli.progress import Progress
from cli.settings import ROOT, Settings

PERSONAS = ROOT / "demo" / "personas.yml"
_BANKING = "urn:gatehouse:api:banking"


async def set_up_people(settings: Settings, progress: Progress, lifeline: Lifeline) -> None:
    """Bring keys and databases to the present state of the code and of the demo's people."""
    home = settings.home_folder
    python = Path(sys.executable)
    environ = scrubbed_environ(settings)
    log = log_path(home, "setup")
    rotate(log)
    seed = ("--home", str(home), "--seed", str(PERSONAS))
    async with progress.step("keys, databases, people", "setting up", "ready"):
        subjects = await run_to_end(
            "security.setup",
            command(python, "security.setup", *seed, "--subjects", _BANKING),
            environ,
            log,
            lifeline,
        )
        banking = command(python, "apis.banking.setup", *seed)
        await run_to_end("apis.banking.setup", banking, environ, log, lifeline, subjects)
