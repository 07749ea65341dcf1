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
from typing import Any

from cli.apis import audience, seed_of, served_here
from cli.commands import run_to_end
from cli.launching import Lifeline, command
from cli.lending import lent
from cli.logs import log_path, rotate
from cli.progress import Progress
from cli.settings import ROOT, Settings
from cli.setup_profiles import api_setup_profile, security_setup_profile
from sandbox.told import PROFILE, written

PERSONAS = ROOT / "demo" / "personas.yml"


async def set_up_people(
    settings: Settings, progress: Progress, lifeline: Lifeline, *, own_users: bool = True
) -> None:
    """Bring keys and databases to the present state of the code and of the demo's people.

    `own_users`: whether this machine lets root start processes as users of their own.
    """
    home = settings.home_folder
    log = log_path(home, "setup")
    rotate(log)
    demo = settings.mode == "demo"
    names = served_here()

    async def run(
        module: str, words: tuple[str, ...], environ: dict[str, str], given: bytes = b""
    ) -> bytes:
        child = command(Path(sys.executable), module, "--home", str(home), *words)
        return await run_to_end(module, child, environ, log, lifeline, given)

    async def security() -> Any:
        seed = ("--seed", str(PERSONAS)) if demo else ()
        asked = [word for name in names if demo for word in ("--subjects", audience(name))]
        with lent(settings, "security") as (folder, environ):
            walls = security_setup_profile(settings, environ, folder, own_users=own_users)
            told = {**environ, PROFILE: written(walls)}
            said = await run("security.setup", (*seed, *asked), told)
        return json.loads(said) if said else {}

    async def api(name: str, subjects: Any) -> None:
        seed = ("--seed", str(seed_of(name, PERSONAS))) if demo else ()
        given = json.dumps(subjects.get(audience(name), {})).encode()
        with lent(settings, name) as (folder, environ):
            walls = api_setup_profile(settings, name, environ, folder, own_users=own_users)
            told = {**environ, PROFILE: written(walls)}
            await run(f"apis.{name}.setup", seed, told, given)

    async with progress.step("keys, databases, people", "setting up", "ready"):
        subjects = await security()
        try:
            async with asyncio.TaskGroup() as group:
                for name in names:
                    group.create_task(api(name, subjects))
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None
