"""`python -m security.tools.messages form|reach CHANNEL`: what the settings of services are worth.

Reads the secrets from standard input, one JSON object. `form` asks nothing of the network.
`reach` prints why the service cannot be used, or nothing. Ends with 2 and one line where a
setting is not right.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys

from security.adapters.posts import build_posts, build_verifier
from security.adapters.posts.post import CannotSend, Post
from security.settings import load_settings
from security.verifying import Verifier

_LIMIT_SECONDS = 10.0


async def reach(post: Post, verifier: Verifier | None = None) -> str:
    """Return why a service cannot be used: a constant or a type's name; empty where it can.

    `verifier` is what keeps the codes of this channel, where a service does.
    """
    try:
        async with asyncio.timeout(_LIMIT_SECONDS):
            await post.check()
            if verifier is not None:
                await verifier.reach()
    except CannotSend as failure:
        return failure.why
    except Exception as error:  # Whatever it is: it is told, never raised.
        return type(error).__name__
    finally:
        await post.close()
        if verifier is not None:
            await verifier.close()
    return ""


def main(arguments: list[str]) -> int:
    """Look at the form of all services, and ask one of them where told to."""
    logging.disable()
    try:
        settings, secrets = load_settings(), json.load(sys.stdin)
        posts, verifier = build_posts(settings, secrets), build_verifier(settings, secrets)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    match arguments:
        case ["form"]:
            return 0
        case ["reach", channel] if channel in posts:
            print(asyncio.run(reach(posts[channel], verifier if channel == "sms" else None)))
            return 0
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
