"""`make seed-big`: fill the home with the big set of demo data; see `docs/big-data.md`."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from datetime import UTC, datetime

from cli.apis import served_here
from cli.demo import personas
from cli.home import only_launcher, prepare_home
from cli.launching import Lifeline
from cli.people import set_up_people
from cli.problems import Problem
from cli.progress import Progress, terminal_or_plain
from cli.settings import Settings, load_settings
from tools.big.filling import Wanted, add_to_security, agree, everybody, fill_part, subjects_of
from tools.big.plan import PARTS, PEOPLE


async def seed_big(settings: Settings, progress: Progress, wanted: Wanted) -> None:
    """Set the home up where it is not, and fill it. Raises `Problem`."""
    if settings.mode != "demo":
        raise Problem("made-up people have no place in production mode", "use a home in demo mode")
    home = settings.home_folder
    prepare_home(home, settings.mode)
    with only_launcher(home), Lifeline() as lifeline:
        await set_up_people(settings, progress, lifeline)
        wanted = agree(home, wanted)
        taken: dict[str, frozenset[str]] = {}
        for one in personas():
            taken[one.tenant] = taken.get(one.tenant, frozenset()) | {one.username}
        people = everybody(wanted, taken)
        async with progress.step("security", f"{len(people)} tenants, {wanted.people} people each"):
            await asyncio.to_thread(add_to_security, home, people)
        names = served_here(part.api for part in PARTS)
        subjects = await asyncio.to_thread(subjects_of, home, names)
        for part in (part for part in PARTS if part.api in names):
            async with progress.step(
                part.api, f"what {wanted.people} people of {part.tenant} have"
            ):
                filled = (home, part, wanted, people[part.tenant], subjects[part.api])
                made = await asyncio.to_thread(fill_part, *filled)
            progress.line(f"    {_counted(made)}")


def _counted(made: dict[str, int] | None) -> str:
    if made is None:
        return "was there already"
    return ", ".join(f"{count:,} {what}" for what, count in made.items())


def main() -> None:
    """Run it; exit 1 with one clear line where something has to be mended."""
    parser = argparse.ArgumentParser(prog="make seed-big", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="another number, other people")
    parser.add_argument(
        "--people", type=int, default=PEOPLE, help="how many a tenant (%(default)s)"
    )
    given = parser.parse_args()
    os.umask(0o077)
    wanted = Wanted(given.seed, max(given.people, 10), datetime.now(UTC).date().isoformat())
    try:
        asyncio.run(seed_big(load_settings(), terminal_or_plain(), wanted))
    except Problem as problem:
        sys.exit(f"seed-big: {problem}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
