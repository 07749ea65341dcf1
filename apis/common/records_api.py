"""An API on records: its application, its process, its set-up, its document.

Its operations are the modules of its folder that have `add`: one file each.
"""

from __future__ import annotations

import importlib
import pkgutil
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Engine, insert, select

from apis.common.app import add_write, new_app
from apis.common.caller import Protection, protect
from apis.common.engines import engine_to_read, engine_to_write
from apis.common.erasures import allow_erasures
from apis.common.openapi import document_of
from apis.common.problems import WRITE_REFUSALS, handle_problems
from apis.common.records import (
    KINDS,
    RecordRow,
    Records,
    RecordsBase,
    RecordWriter,
    Settled,
    erase,
    new_id,
)
from apis.common.relations import read_relations
from apis.common.sealing.files import read_sealing
from apis.common.serve import guarded, listen, utc_now
from apis.common.settling import settling
from apis.common.setup import Preparation, Subjects, owner_of


class _Seed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SeedOwner(_Seed):
    """A person of the demo."""

    tenant: str
    username: str


class SeedRecord(_Seed):
    """What somebody has."""

    owner: SeedOwner
    kind: str
    body: dict[str, Any]


class SeedBook(_Seed):
    """The API's part of its seed file."""

    records: list[SeedRecord]


class RecordsApi:
    """One API: `name` is also its folder's, and the first word of its scopes."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.audience = f"urn:gatehouse:api:{name}"
        self.folder = folder

    def operations(self) -> list[ModuleType]:
        """Return the modules of its operations, by name."""
        found = sorted(module.name for module in pkgutil.iter_modules([str(self.folder)]))
        wired = {"app", "openapi", "serve", "setup", "migrations"}
        names = [name for name in found if name not in wired]
        return [importlib.import_module(f"apis.{self.name}.{name}") for name in names]

    def routes(self) -> FastAPI:
        """Return the routes alone, which is all that the OpenAPI document needs."""
        app = new_app(f"Gatehouse {self.name} API")
        for operation in self.operations():
            operation.add(app)
        add_write(
            app,
            KINDS,
            "/keys/{key}/settle",
            settling(f"{self.name}:keys:settle", Settled),
            None,
            WRITE_REFUSALS,
        )
        return app

    def document(self) -> dict[str, Any]:
        """Return the OpenAPI document that is committed beside the API."""
        bodies = [form for module in self.operations() for form in getattr(module, "BODIES", ())]
        return document_of(self.routes(), bodies)

    def create_app(self, records: Records, writer: RecordWriter, protection: Protection) -> FastAPI:
        """Return the application around what reads, what writes, and what stands at its door."""
        app = self.routes()
        app.state.records, app.state.writer = records, writer
        protect(app, protection)
        allow_erasures(app, self.name, self.folder, erase)
        handle_problems(app, KINDS)
        return app

    async def run(self, home: Path) -> None:
        """Serve until told to stop. Raises `OSError`, `ValueError` or `SQLAlchemyError`."""
        sealing = read_sealing(home, self.name)
        relations = read_relations(self.folder / "policies")
        writer = RecordWriter(engine_to_write(home, self.name, sealing), utc_now, relations)
        records = Records(engine_to_read(home, self.name, sealing), relations)
        try:
            await writer.ready()
            await records.ready()
            async with guarded(home, self.name, self.audience) as protection:
                await listen(self.name, self.create_app(records, writer, protection))
        finally:
            records.close()
            writer.close()

    def preparation(self) -> Preparation[SeedBook]:
        """Return how its database is made and filled."""
        return Preparation(self.name, self.folder, SeedBook, _fill, RecordsBase.metadata)


def _fill(engine: Engine, book: SeedBook, subjects: Subjects, _today: date) -> bool:
    """Write each kind of which there is none; return False for nothing new."""
    with engine.begin() as connection:
        there = set(connection.scalars(select(RecordRow.kind).distinct()))
        new = [_row(record, subjects) for record in book.records if record.kind not in there]
        if new:
            connection.execute(insert(RecordRow), new)
    return bool(new)


def _row(record: SeedRecord, subjects: Subjects) -> dict[str, Any]:
    owner = owner_of(record.owner.tenant, record.owner.username, subjects)
    return {
        "id": new_id(),
        "tenant": owner.tenant,
        "subject": owner.subject,
        "kind": record.kind,
        "body": orjson.dumps(record.body).decode(),
    }
