"""New keys for one API while it serves: by a walled child that is the user whose keys they are."""

from __future__ import annotations

import sys
from pathlib import Path

from cli.commands import run_to_end
from cli.given_files import copies_of
from cli.launching import Lifeline, command
from cli.logs import log_path
from cli.process_settings import read_by
from cli.profiles import renewal_profile
from cli.programs import scrubbed_environ
from cli.settings import Settings
from sandbox.told import PROFILE, written


async def renew(settings: Settings, name: str, which: str) -> str:
    """Give an API a new `master` key, or new `data` keys; return what was done, in words.

    What was interrupted is gone on with. Raises `Problem`.
    """
    module, home = f"apis.{name}.setup", settings.home_folder
    words = command(Path(sys.executable), module, "--home", str(home), "--renew", which)
    environ = {**scrubbed_environ(settings, read_by(name)), **copies_of(settings, name)}
    environ[PROFILE] = written(renewal_profile(settings, name, environ))
    with Lifeline() as lifeline:
        said = await run_to_end(module, words, environ, log_path(home, "setup"), lifeline)
    return said.decode().strip()
