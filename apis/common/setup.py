"""Preparing an API's database: `python -m apis.<name>.setup --home DIR [--seed FILE]`.

With `--renew master` or `--renew data` it gives the API new keys instead, also while it serves;
with `--move copy --file FILE` it copies what is on a server, `bring` and `away` are for a restore.

With a seed file, standard input carries `{tenant: {username: pairwise subject}}`, because the
subjects belong to security and have no business in a file or in an argument.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError
from sqlalchemy import Engine, MetaData
from sqlalchemy.exc import SQLAlchemyError

from apis.common import server_copy
from apis.common.engines import engine_to_prepare, engine_to_renew
from apis.common.model import Owner
from apis.common.schema import migrate, migrate_on_server
from apis.common.sealing.envelope import CannotOpen
from apis.common.sealing.files import prepare_sealing, read_sealing
from apis.common.sealing.renewing import renew_data_keys
from apis.common.sealing.ring import WrongKey
from apis.common.sealing.sealing import Sealing
from apis.common.server import lay_row_security, server_of
from apis.common.tables import OnceBase

Subjects = Mapping[str, Mapping[str, str]]
"""`{tenant: {username: pairwise subject}}`: security alone knows who has which."""


class SeedError(ValueError):
    """The seed is not usable; the message names the row, never a value."""


def owner_of(tenant: str, username: str, subjects: Subjects) -> Owner:
    """Return whose row it is. Raises `SeedError` where the person has no pairwise subject."""
    subject = subjects.get(tenant, {}).get(username)
    if not subject:
        raise SeedError(f"no subject was given for {username} of {tenant}")
    return Owner(tenant, subject)


class Preparation[B: BaseModel]:
    """How one API's database is made: its name, its folder, its part of the seed."""

    def __init__(
        self,
        name: str,
        folder: Path,
        book: type[B],
        fill: Callable[[Engine, B, Subjects, date], bool],
        tables: MetaData,
    ) -> None:
        self._name = name
        self._migrations = folder / "migrations"
        self._book = book
        self._fill = fill
        self._every_table = (tables, OnceBase.metadata)

    def prepare(self, home: Path, seed: Path | None, subjects: str, now: datetime) -> str:
        """Migrate, and seed where the database is empty; return what was done, in words.

        The key file and the keys under it are made where there are none. Raises `SeedError`,
        `WrongKey`, `OSError`, `sqlite3.Error` or `SQLAlchemyError`.
        """
        sealing = prepare_sealing(home, self._name)
        engine = engine_to_prepare(home, self._name, sealing)
        try:
            self._make_tables(engine, sealing)
            if seed is None:
                return f"{self._name}: schema is current"
            filled = self._filled(engine, seed, subjects, now)
            return f"{self._name}: seeded" if filled else f"{self._name}: has its data already"
        finally:
            engine.dispose()

    def _make_tables(self, engine: Engine, sealing: Sealing) -> None:
        there = server_of(self._name)
        if there is None:
            migrate(engine, self._migrations)
            return
        migrate_on_server(engine, self._migrations, self._every_table)
        lay_row_security(engine, self._every_table, sealing, str(there.url.username))

    def renew(self, home: Path, which: str) -> str:
        """Give the API a new `master` key, or new `data` keys; return what was done, in words.

        Raises like `prepare`, and `CannotOpen` where some rows do not open, once all others are
        sealed anew.
        """
        sealing = read_sealing(home, self._name)
        if which == "master":
            return f"{self._name}: {sealing.ring.replace_master()} keys under a new master key"
        engine = engine_to_renew(home, self._name, sealing)
        try:
            done = renew_data_keys(engine, sealing, self._every_table)
        finally:
            engine.dispose()
        if done.unreadable:
            raise CannotOpen(f"{done.unreadable} rows do not open: their keys are kept")
        return f"{self._name}: {done.rows} rows under new keys"

    def move(self, home: Path, which: str, file: Path) -> str:
        """`copy` what is on a server to a new file, `bring` a file there, or take it `away` again.

        Returns what was done, in words. Raises like `prepare`.
        """
        there = server_of(self._name)
        if there is None:
            raise ValueError("no setting says that it is on a server")
        sealing = read_sealing(home, self._name)
        if which == "copy":
            rows = server_copy.copy_out(there, sealing, self._migrations, file)
        elif which == "bring":
            every = self._every_table
            rows = server_copy.bring_in(file, there, sealing, self._migrations, every)
        else:
            server_copy.take_away(there, sealing)
            return f"{self._name}: taken away"
        return f"{self._name}: {rows} rows"

    def _asked(self, given: argparse.Namespace) -> str:
        if given.renew:
            return self.renew(given.home, given.renew)
        if given.move:
            return self.move(given.home, given.move, given.file)
        subjects = sys.stdin.read() if given.seed else ""
        return self.prepare(given.home, given.seed, subjects, datetime.now(UTC))

    def main(self) -> int:
        """Run the set-up; return 0, or 1 with one line on standard error."""
        parser = argparse.ArgumentParser(prog=f"python -m apis.{self._name}.setup")
        parser.add_argument("--home", type=Path, required=True)
        parser.add_argument("--seed", type=Path)
        parser.add_argument("--renew", choices=("master", "data"))
        parser.add_argument("--move", choices=("copy", "bring", "away"))
        parser.add_argument("--file", type=Path)
        given = parser.parse_args()
        if given.move and given.file is None:
            parser.error("--move needs --file")
        try:
            done = self._asked(given)
        except (ValueError, CannotOpen, OSError, sqlite3.Error, SQLAlchemyError) as error:
            # Of any other error, of the library's own too, the message may hold a value.
            told = type(error) is ValueError or isinstance(
                error, SeedError | WrongKey | CannotOpen | OSError
            )
            reason = str(error) if told else type(error).__name__
            sys.stderr.write(f"{self._name} set-up failed: {reason}\n")
            return 1
        sys.stdout.write(f"{done}\n")
        return 0

    def _filled(self, engine: Engine, seed: Path, subjects: str, now: datetime) -> bool:
        try:
            part = yaml.safe_load(seed.read_text("utf-8"))[self._name]
            book = self._book.model_validate(part)
            known = TypeAdapter(dict[str, dict[str, str]]).validate_json(subjects)
        except ValidationError as error:
            # Only where and why: a message of the validator would repeat the values.
            first = error.errors(include_input=False, include_url=False, include_context=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "its top"
            raise SeedError(f"the seed is not valid at {where}: {first['msg']}") from None
        except (yaml.YAMLError, KeyError, TypeError):
            raise SeedError(f"the seed file has no `{self._name}` part") from None
        return self._fill(engine, book, known, now.date())
