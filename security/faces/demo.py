"""What the gateway may ask for the demo; in production these paths do not exist."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from security.faces import requests as ask
from security.faces.http import Answering
from security.model import MAX_TEXT, Frozen
from security.services.demo import Demo

_Word = Annotated[str, Field(min_length=1, max_length=128)]


class BeginShort(Frozen):
    """Begin a session that ends soon."""

    tenant: Annotated[str, Field(max_length=128)] | None = None
    label: Annotated[str, Field(max_length=80)] = ""
    device: Annotated[str | None, Field(max_length=128, repr=False)] = None


class Text(Frozen):
    """A text from the phone of one of the demo's people."""

    tenant: _Word
    username: _Word
    text: Annotated[str, Field(max_length=MAX_TEXT, repr=False)]


class Trail(Frozen):
    """What happened after a record."""

    after: Annotated[int, Field(ge=0, le=2**53)] = 0


def demo_answers(demo: Demo | None) -> dict[str, Answering[Any]]:
    """Return the questions of `security.demo_client.DemoClient` and what answers them."""
    if demo is None:
        return {}
    return {
        "/demo/people": Answering(ask.Nothing, lambda _: demo.people()),
        "/demo/session": Answering(BeginShort, lambda q: demo.session(q.tenant, q.label, q.device)),
        "/demo/text": Answering(Text, lambda q: demo.text(q.tenant, q.username, q.text)),
        "/demo/trail": Answering(Trail, lambda q: demo.trail(q.after)),
    }
