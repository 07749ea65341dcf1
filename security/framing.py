"""What travels between security and the gateway about chats inside other sites."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from security.frozen import Frozen

Origin = Annotated[
    str, Field(pattern=r"^https://[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[1-9][0-9]{0,4})?$")
]
"""A site, exactly: scheme, name and, where it is not 443, port."""


class Embedding(Frozen):
    """An organisation's name, and the sites that may put its chat into a frame: exact origins."""

    name: str
    origins: list[Origin]


class Nonce(Frozen):
    """What a host site's word has to repeat: good for one frame, once."""

    nonce: str
