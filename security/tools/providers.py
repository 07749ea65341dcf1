"""`python -m security.tools.providers`: whether the identity providers of this home answer.

Prints one line for each, `ID: ` and why it cannot be asked, nothing behind it where it can. Ends
with 2 and one line where a file is not right.
"""

from __future__ import annotations

import asyncio
import logging
import sys

from security.adapters.provider_client import Providers
from security.provider_parts import build_providers
from security.settings import load_settings
from security.sso.metadata import NotRight


async def reach(providers: Providers, ids: list[str]) -> list[str]:
    """Return a line for each of these providers."""
    lines = []
    for id in ids:
        client = providers.find(id)
        why = "unknown_provider"
        if client is not None:
            try:
                await client.metadata()
                why = ""
            except NotRight as wrong:
                why = wrong.why
        lines.append(f"{id}: {why}")
    await providers.close()
    return lines


def main() -> int:
    """Ask every provider for its description."""
    logging.disable()
    try:
        settings = load_settings()
        providers = build_providers(settings, {})
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    ids = sorted(path.stem for path in (settings.home / "providers").glob("*.yml"))
    print("\n".join(asyncio.run(reach(providers, ids))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
