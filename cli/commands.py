"""Runs a program of a set-up step to its end; it never outlives the step."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from cli.child import LIFELINE_FD
from cli.launching import Lifeline, stop_process
from cli.logs import last_words
from cli.problems import Problem
from cli.settings import ROOT


async def run_to_end(
    name: str,
    command: Sequence[str],
    environ: Mapping[str, str],
    log: Path,
    lifeline: Lifeline,
    given: bytes = b"",
) -> bytes:
    """Run `command` with `given` on its standard input; return its standard output.

    Its standard error goes to `log`. Raises `Problem` where it fails or cannot be started.
    """
    errors = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        with lifeline.to_a_child() as reading:
            process = await asyncio.create_subprocess_exec(
                *command,
                cwd=ROOT,
                env={**environ, LIFELINE_FD: str(reading)},
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                pass_fds=(reading,),
                start_new_session=True,
            )
    except OSError as error:
        raise Problem(
            f"{command[0]} cannot be started ({error.strerror})", "run `make core`"
        ) from None
    finally:
        os.close(errors)
    try:
        said, _ = await process.communicate(given)
    finally:
        await stop_process(process, asyncio.Event())
    if process.returncode != 0:
        what = f"{name} failed (exit code {process.returncode}), last said “{last_words(log)}”"
        raise Problem(what, f"see {log}")
    return said
