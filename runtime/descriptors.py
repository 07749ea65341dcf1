"""What a process is given at birth, and how it says that it is ready.

Secrets come on an inherited descriptor, never in the environment or the arguments, where
other processes of the same user could read them (ASVS 13.3.1). The launcher writes one JSON
object and closes its end; readiness goes back on a second descriptor, so that nobody polls.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from runtime.heap import settle_heap
from runtime.logs import now_serving

SECRETS_FD = "GATEHOUSE_SECRETS_FD"
READY_FD = "GATEHOUSE_READY_FD"


class MissingDescriptor(RuntimeError):
    """The process was not started by the launcher: it has no secrets and must not run."""


def read_secrets(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the secrets passed by the launcher, and close the descriptor.

    The object maps the name of a credential to its value, for example
    ``{"security": "…", "rasa": "…"}``. Raises `MissingDescriptor` where there is none.
    """
    number = environ.get(SECRETS_FD)
    if number is None:
        raise MissingDescriptor("start this process with `gatehouse run`")
    with os.fdopen(int(number), "rb") as pipe:
        secrets = json.loads(pipe.read())
    if not isinstance(secrets, dict):
        raise MissingDescriptor("the launcher passed no secrets")
    return secrets


def tell_ready(environ: Mapping[str, str] = os.environ) -> None:
    """Tell the launcher, once, that this process accepts connections.

    From now on its log takes no free words.
    """
    settle_heap()
    now_serving()
    number = environ.get(READY_FD)
    if number is not None:
        with os.fdopen(int(number), "wb") as pipe:
            pipe.write(b"ready\n")
