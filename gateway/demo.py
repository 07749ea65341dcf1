"""The demo's own calls: its people, its phones, its attacks. In production none of them exists."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import Field, TypeAdapter

from gateway.answers import SessionStarted, started
from gateway.calls import Asked, Call, Parts, Reply
from gateway.demo_attacks import Asked as AskedAttack
from gateway.demo_attacks import Report, Stage, attempt
from gateway.demo_door import Door
from gateway.demo_phone import Phones, PhoneText
from gateway.shapes import Line, NewSession, Typed
from security.demo_model import Persona, Trace
from security.model import Frozen, Sent

Handler = Callable[[Parts, Asked], Awaitable[Reply]]

_NOT_HERE = frozenset({"not_found"})


class NewText(Frozen):
    """A text from the phone of one of the demo's people."""

    tenant: Line
    username: Line
    text: Typed = Field(min_length=1, max_length=1_000)


async def outbox(parts: Parts, asked: Asked) -> Reply:
    """List what was sent to one number or address, or to all, newest first."""
    return Reply(await parts.security.outbox(asked.query.get("to")))


async def demo_people(parts: Parts, asked: Asked) -> Reply:
    """List the made-up people, with all that signing in as them takes."""
    return Reply(await parts.security.demo_people())


async def demo_session(parts: Parts, asked: Asked) -> Reply:
    """Begin an anonymous session that ends soon."""
    body: NewSession = asked.body
    grant = await parts.security.demo_session(body.tenant or None, asked.browser, asked.device)
    return Reply(started(grant), grant)


async def demo_trail(parts: Parts, asked: Asked) -> Reply:
    """List what the trail holds of late, without a reference to anybody."""
    return Reply(await parts.security.demo_trail(0))


class Show:
    """The calls that go in by the front door once more, as anybody would."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._phones = Phones(door)

    async def texts(self, parts: Parts, asked: Asked) -> Reply:
        """List what the demo's phones have sent, and what came back."""
        return Reply(self._phones.texts())

    async def demo_text(self, parts: Parts, asked: Asked) -> Reply:
        """Send a text from a phone, through the webhook."""
        body: NewText = asked.body
        who = (body.tenant, body.username)
        await self._phones.send(parts.security, who, body.text, asked.address)
        return Reply(self._phones.texts())

    async def attack(self, parts: Parts, asked: Asked) -> Reply:
        """Try an attack and tell what stopped it."""
        body: AskedAttack = asked.body
        people = {one.username: one for one in await parts.security.demo_people()}
        before = await parts.security.demo_trail(0)
        stage = Stage(self._door, asked.address, people)
        stopped, again_in = await attempt(body.attack, stage)
        last = before[-1].sequence if before else 0
        report = Report(
            attack=body.attack,
            exchanges=stage.exchanges,
            stopped=stopped,
            again_in=again_in,
            trail=await parts.security.demo_trail(last),
        )
        return Reply(report)


def demo_calls(door: Door) -> tuple[Call, ...]:
    """Return the calls of this module."""
    show = Show(door)
    return (
        _read("outbox", "What the demo has sent", outbox, list[Sent], query=("to",)),
        _read("people", "The demo's people", demo_people, list[Persona]),
        _read("trail", "What the trail holds of late", demo_trail, list[Trace]),
        _read("texts", "What the demo's phones have sent and got", show.texts, list[PhoneText]),
        _BEGIN_SHORT,
        Call(
            "POST",
            "/demo/texts",
            "Send a text from a phone of the demo (demo mode only)",
            show.demo_text,
            TypeAdapter(list[PhoneText]),
            body=TypeAdapter(NewText),
            guard="open",
            rate="messages",
            may_refuse=_NOT_HERE,
        ),
        Call(
            "POST",
            "/demo/attacks",
            "Try an attack, and tell what stopped it (demo mode only)",
            show.attack,
            TypeAdapter(Report),
            body=TypeAdapter(AskedAttack),
            guard="open",
            rate="sign_ins",
            may_refuse=_NOT_HERE,
        ),
    )


_BEGIN_SHORT = Call(
    "POST",
    "/demo/session",
    "Begin an anonymous session that ends soon (demo mode only)",
    demo_session,
    TypeAdapter(SessionStarted),
    status=201,
    body=TypeAdapter(NewSession),
    body_optional=True,
    knows_browser=True,
    guard="open",
    rate="sessions",
    may_refuse=_NOT_HERE | {"unknown_tenant"},
)


def _read(
    name: str, summary: str, handler: Handler, answer: Any, query: tuple[str, ...] = ()
) -> Call:
    """Return a call that only shows something."""
    return Call(
        "GET",
        f"/demo/{name}",
        f"{summary} (demo mode only)",
        handler,
        TypeAdapter(answer),
        query=query,
        guard="open",
        may_refuse=_NOT_HERE,
    )
