"""Every way in, gone for real: what each of them opens, and what has to be proved again.

ASVS 6.3.4: whoever comes in, however they come, is asked for the same by the same operation.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from security.errors import Refused
from security.model import BotMessage, OpenTurn
from security.seed import SeedPerson
from security.sso.provider import provider_of
from tests.access.bank import DEMO
from tests.access.observed import ARGUMENTS, LINKED
from tests.access.rules import APIS, EVERYWHERE, OPERATIONS, WAYS, Kind, kind_of
from tests.security.framed import Framed, Site, with_hosts
from tests.security.idp import GLOBEX, Idp
from tests.security.letters import recovery_codes
from tests.security.services.changing import code_sent_to
from tests.security.services.pushed import DONE, confirms, enrolled, number_of
from tests.security.services.showing import added, at_the_door, shows
from tests.security.signing_on import link, sign_on, with_providers
from tests.security.texter import Texter, carry
from tests.security.visitor import Visitor
from tests.security.world import World, make_origin
from tests.support.authenticator import SoftAuthenticator
from tests.support.push_device import SoftDevice

ASKING = ("alice", "pat", "erin")
"""Between them they may ask for something of every class."""


@dataclass
class Seen:
    """By way, person and operation: the code of the answer. By way and kind: what would do."""

    answers: dict[tuple[str, str, str], str] = field(default_factory=dict)
    methods: dict[tuple[str, Kind], frozenset[str]] = field(default_factory=dict)

    @staticmethod
    def person(username: str) -> SeedPerson:
        """Return somebody of the demo."""
        return next(one for one in DEMO.people if one.username == username)


@dataclass(frozen=True)
class Comer:
    """Somebody who has come in: begins a turn, and ends it."""

    begin: Callable[[], Coroutine[Any, Any, OpenTurn]]
    end: Callable[[OpenTurn], Coroutine[Any, Any, object]]


class Ways:
    """People of the demo, each with all that they can prove themselves with."""

    def __init__(self, folder: Path) -> None:
        origin = make_origin(folder, DEMO)
        self.world = World(folder, origin, limit_operations_per_minute=1_000_000)
        self._sites = {
            who: Site(who, self.world.person(who).tenant) for who in ("alice", "pat", "erin")
        }
        for who, site in self._sites.items():
            site.people = {"C-1001": who}
        with_hosts(self.world, *self._sites.values())
        self._idps = {who: self._idp_of(self.world.person(who)) for who in ASKING}
        with_providers(self.world, *self._idps.values())
        for who, idp in self._idps.items():
            link(self.world, idp, who, who)
        carry(self.world)
        self._passkeys: dict[str, SoftAuthenticator] = {}
        self._devices: dict[str, SoftDevice] = {}
        self._spare: dict[str, list[str]] = {}

    def gone(self) -> Seen:
        """Let everybody come in by every way, and ask for all that is theirs to ask for."""
        seen = Seen()
        asyncio.run(self._all(seen))
        return seen

    async def _all(self, seen: Seen) -> None:
        for who in ASKING:
            person = self.world.person(who)
            asked = theirs(person)
            await self._equip(person)
            for way in WAYS:
                comer = await _COMING[way](self, person)
                turn = await self._endless(comer)
                for name in asked:
                    seen.answers[way, who, name] = await self._ask(turn, name)
                await comer.end(turn)
                await self._proofs(seen, way, who, comer, asked)

    async def _equip(self, person: SeedPerson) -> None:
        visitor = Visitor(self.world)
        await visitor.arrive()
        await visitor.sign_in(person.username)
        device = self._devices[person.username] = SoftDevice()
        await enrolled(visitor, device, person.username, "Phone")
        self._passkeys[person.username] = await added(visitor, person.username)
        self._spare[person.username] = recovery_codes(self.world, person.username)

    async def _endless(self, comer: Comer) -> OpenTurn:
        turn = await comer.begin()
        self.world.sql("UPDATE turns SET operations_left = 1000 WHERE id = ?", turn.turn_id)
        return turn

    async def _ask(self, turn: OpenTurn, name: str) -> str:
        arguments, calls = ARGUMENTS.get(name) or {}, len(self.world.api.calls)
        try:
            await self.world.actions.invoke(
                turn.ticket, name, arguments, "action_of_a_test", OPERATIONS[name].purpose
            )
        except Refused as refused:
            assert len(self.world.api.calls) == calls
            return refused.code
        assert name in LINKED or len(self.world.api.calls) > calls
        return "yes"

    async def _proofs(self, seen: Seen, way: str, who: str, comer: Comer, asked: list[str]) -> None:
        """Ask for one operation of each kind that wants a proof, and look what would do."""
        wanting = {
            kind_of(name): name
            for name in asked
            if seen.answers[way, who, name] in ("step_up_required", "confirmation_required")
            and name not in LINKED  # A paper: the page opens it, so a text leads there.
        }
        for kind, name in wanting.items():
            turn = await comer.begin()
            await self._ask(turn, name)
            await comer.end(turn)
            found = self.world.sql(
                "SELECT allows FROM challenges WHERE state = 'open' AND pending_id IN"
                " (SELECT id FROM pending_operations WHERE turn_id = ?)",
                turn.turn_id,
            )
            allowed = frozenset(json.loads(found[0][0])) if found else frozenset({"link"})
            assert seen.methods.setdefault((way, kind), allowed) == allowed, (way, who, name)

    # The ways.

    async def by_app(self, person: SeedPerson) -> Comer:
        """Come with a password and an authenticator app."""
        visitor = await self._at_the_code(person)
        await visitor.choose("totp")
        await visitor.prove(person.username)
        return _at_the_page(visitor)

    async def by_sms(self, person: SeedPerson) -> Comer:
        """Come with a password and a code by text."""
        return await self._with_a_sent_code(person, "sms", person.phone or "")

    async def by_email(self, person: SeedPerson) -> Comer:
        """Come with a password and a code by mail."""
        return await self._with_a_sent_code(person, "email", person.email or "")

    async def by_recovery_code(self, person: SeedPerson) -> Comer:
        """Come with a password and a recovery code."""
        visitor = await self._at_the_code(person)
        await visitor.choose("recovery")
        await visitor.answer(self._spare[person.username].pop())
        return _at_the_page(visitor)

    async def by_passkey(self, person: SeedPerson) -> Comer:
        """Come with a passkey alone."""
        visitor = await at_the_door(self.world)
        await shows(visitor, self._passkeys[person.username])
        return _at_the_page(visitor)

    async def by_push(self, person: SeedPerson) -> Comer:
        """Come with a password, and the number typed on another device."""
        visitor = await self._at_the_code(person)
        visitor.challenge = await visitor.choose("push")
        await confirms(self.world, self._devices[person.username], number_of(visitor))
        await visitor.answer(DONE)
        return _at_the_page(visitor)

    async def by_the_organisation(self, person: SeedPerson) -> Comer:
        """Come with the organisation's account, which says nothing of a second factor."""
        return await self._signed_on(person)

    async def by_the_organisation_twice(self, person: SeedPerson) -> Comer:
        """Come with the organisation's account, which says that there were two."""
        return await self._signed_on(person, acr="urn:globex:mfa")

    async def by_a_sites_word(self, person: SeedPerson) -> Comer:
        """Come in a frame of another site, which vouches."""
        framed = Framed(self.world)
        await framed.arrive(person.tenant)
        await framed.vouched(self._sites[person.username])
        return _at_the_page(framed)

    async def by_text(self, person: SeedPerson) -> Comer:
        """Come by text message, from the person's number."""
        texter = Texter(self.world, person.phone or "", person.tenant)

        async def end(turn: OpenTurn) -> None:
            await texter.hear(turn, BotMessage(text="Well."))

        return Comer(lambda: texter.turn("what can you do?"), end)

    def _idp_of(self, person: SeedPerson) -> Idp:
        form = GLOBEX.replace("tenant: globex", f"tenant: {person.tenant}")
        form = form.replace("login.globex", f"login.{person.tenant}")
        return Idp(provider_of(form, person.tenant), self.world.clock)

    async def _signed_on(self, person: SeedPerson, **claims: str) -> Comer:
        visitor = Visitor(self.world)
        await visitor.arrive()
        await sign_on(visitor, self._idps[person.username], person.username, **claims)
        return _at_the_page(visitor)

    async def _at_the_code(self, person: SeedPerson) -> Visitor:
        visitor = Visitor(self.world)
        await visitor.arrive()
        await visitor.give_password(person.username)
        return visitor

    async def _with_a_sent_code(self, person: SeedPerson, method: str, to: str) -> Comer:
        visitor = await self._at_the_code(person)
        self.world.clock.advance(seconds=60)
        await visitor.choose(method)
        await visitor.answer(code_sent_to(self.world, to))
        return _at_the_page(visitor)


_COMING: Mapping[str, Callable[[Ways, SeedPerson], Coroutine[Any, Any, Comer]]] = {
    "password and authenticator app": Ways.by_app,
    "password and code by text": Ways.by_sms,
    "password and code by email": Ways.by_email,
    "password and recovery code": Ways.by_recovery_code,
    "passkey": Ways.by_passkey,
    "password and push": Ways.by_push,
    "the organisation's account": Ways.by_the_organisation,
    "the organisation's account with two factors": Ways.by_the_organisation_twice,
    "a site's word, in its frame": Ways.by_a_sites_word,
    "text message": Ways.by_text,
}


def theirs(person: SeedPerson) -> list[str]:
    """Return the operations that a person's roles may ask for, and everybody may."""
    return [
        name
        for name, rule in OPERATIONS.items()
        if name.partition(".")[0] in EVERYWHERE | APIS[person.tenant]
        and (rule.kind == "open" or rule.roles & set(person.roles))
    ]


def _at_the_page(visitor: Visitor) -> Comer:
    return Comer(visitor.say, visitor.hear)
