"""What a person who shows Gatehouse needs: its made-up people, their phones, a short session.

The composition root makes this in demo mode alone: in production there is nothing to ask.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Protocol

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.people import by_usernames
from security.adapters.tables import PersonRow
from security.challenges.totp import code_at
from security.core import Core
from security.demo_model import Persona, SignedText, Trace
from security.errors import Refused
from security.model import SessionGrant
from security.seed import Seed, SeedPerson, read_people
from security.services.sessions import Sessions
from security.sessions import SHORT

MOST_TRACES = 200
"""How many of the latest records are looked at."""

_SHOWN = frozenset(Trace.model_fields)


class Cast:
    """The people of the demo's file, read when they are first asked for."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @cached_property
    def seed(self) -> Seed:
        """All of them, and their organisations."""
        return read_people(self._file)

    def numbers(self) -> Mapping[str, str]:
        """Return which number each organisation is texted at."""
        return {each.id: each.sms_number for each in self.seed.tenants if each.sms_number}


class Carrier(Protocol):
    """What brings the texts of the demo's phones."""

    def sign(self, sender: str, called: str, text: str) -> SignedText:
        """Return the webhook of a text."""


class Demo:
    """What the demo's page may ask. Without a `carrier` its phones send nothing."""

    def __init__(self, core: Core, sessions: Sessions, cast: Cast, carrier: Carrier | None) -> None:
        self._core = core
        self._sessions = sessions
        self._cast = cast
        self._carrier = carrier

    async def people(self) -> list[Persona]:
        """List everybody, with a code of this moment: what `gatehouse demo code` prints.

        Who was erased is no longer among them.
        """
        seed = await self._read()
        names = {each.id: each.name for each in seed.tenants}
        here = await self._core.database.run(_here(seed), across="the demo shows all of its people")
        return [
            self._persona(each, names[each.tenant])
            for each in seed.people
            if (each.tenant, each.username) in here
        ]

    async def session(self, tenant: str | None, label: str, device: str | None) -> SessionGrant:
        """Begin an anonymous session whose limits are short. Raises `unknown_tenant`."""
        return await self._sessions.create(tenant, label, device, limits=SHORT)

    async def text(self, tenant: str, username: str, text: str) -> SignedText:
        """Sign a text from this person's phone to their organisation. Raises `not_found`."""
        seed = await self._read()
        same = [one for one in seed.people if (one.tenant, one.username) == (tenant, username)]
        called = self._cast.numbers().get(tenant)
        if self._carrier is None or called is None or not same or same[0].phone is None:
            raise Refused("not_found")
        return self._carrier.sign(same[0].phone, called, text)

    async def trail(self, after: int) -> list[Trace]:
        """Return what happened after a record, oldest first: no reference to anybody in it."""
        records = await self._core.database.run_core(
            lambda connection: audit_log.read_last(connection, MOST_TRACES)
        )
        return [trace for trace in map(_trace, records) if trace.sequence > after]

    async def _read(self) -> Seed:
        return await asyncio.to_thread(lambda: self._cast.seed)

    def _persona(self, person: SeedPerson, tenant_name: str) -> Persona:
        code = seconds = None
        if person.totp_secret is not None:
            code, seconds = code_at(person.totp_secret, self._core.clock())
        return Persona(
            tenant=person.tenant,
            tenant_name=tenant_name,
            number=self._cast.numbers().get(person.tenant) if self._carrier else None,
            username=person.username,
            name=person.name,
            roles=list(person.roles),
            password=person.password,
            code=code,
            code_seconds_left=seconds,
            phone=person.phone,
            email=person.email,
        )


def _here(seed: Seed) -> Callable[[Session], set[tuple[str, str]]]:
    """Look who of a seed is there, by tenant and user name."""
    names = sorted({each.username for each in seed.people})

    def work(store: Session) -> set[tuple[str, str]]:
        query = select(PersonRow.tenant_id, PersonRow.username).where(by_usernames(store, names))
        return {(tenant, username) for tenant, username in store.execute(query)}

    return work


def _trace(record: bytes) -> Trace:
    told = orjson.loads(record)
    return Trace(**{name: value for name, value in told.items() if name in _SHOWN})
