"""Keys, databases and, in demo mode alone, the people of demo/personas.yml.

Security makes its keys and its database and says under which name each API knows each
person; each API makes its own database from that. Both are idempotent and hold no word of
each other's secrets.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from cli.apis import audience, seed_of, served_here
from cli.commands import run_to_end
from cli.launching import Lifeline, command
from cli.logs import log_path, rotate
from cli.programs import scrubbed_environ
from cli.progress import Progress
from cli.settings import ROOT, Settings

PERSONAS = ROOT / "demo" / "personas.yml"


async def set_up_people(settings: Settings, progress: Progress, lifeline: Lifeline) -> None:
    """Bring keys and databases to the present state of the code and of the demo's people."""
    home = settings.home_folder
    python = Path(sys.executable)
    environ = scrubbed_environ(settings)
    log = log_path(home, "setup")
    rotate(log)
    demo = settings.mode == "demo"
    seed = ("--home", str(home), *(("--seed", str(PERSONAS)) if demo else ()))
    async with progress.step("keys, databases, people", "setting up", "ready"):
        names = served_here()
        asked = [word for name in names if demo for word in ("--subjects", audience(name))]
        security = command(python, "security.setup", *seed, *asked)
        said = await run_to_end("security.setup", security, environ, log, lifeline)
        subjects = json.loads(said) if said else {}

        async def fill(name: str) -> None:
            module = f"apis.{name}.setup"
            words = ["--home", str(home)]
            if demo:
                words += ["--seed", str(seed_of(name, PERSONAS))]
            given = json.dumps(subjects.get(audience(name), {})).encode()
            await run_to_end(module, command(python, module, *words), environ, log, lifeline, given)

        async with asyncio.TaskGroup() as group:
            for name in names:
                group.create_task(fill(name))
