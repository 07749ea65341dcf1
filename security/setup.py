"""First start: keys, database and people. Every step does nothing where it is done already.

`python -m security.setup --home DIR [--seed FILE [--subjects AUDIENCE]…]` prints, for each
audience, the pairwise names of the seed's people as JSON, for the seeds of the APIs:
`{audience: {tenant: {username: subject}}}`. In production there is no seed.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, make_url, select
from sqlalchemy.orm import Session

from runtime.postgres import Login
from security.adapters.database import Database, open_engine
from security.adapters.every_table import SCHEMA
from security.adapters.key_files import SIGNING_KEY_FILE, KeyFiles
from security.adapters.master_file import MASTER_KEY_FILE
from security.adapters.people import by_usernames
from security.adapters.row_security import KEY_BYTES, ROW_KEY_FILE, load_row_key, secure
from security.adapters.schema import grant, upgrade
from security.adapters.tables import PersonRow
from security.clock import utc_now
from security.passwords import Passwords
from security.seed import Seed, id_of, read_people, seed
from security.settings import RingSettings, SecuritySettings
from security.tokens.keys import (
    PublicKey,
    generate_signing_key,
    load_signing_key,
    write_private,
)
from security.tokens.rotation import HONOURED, with_signing
from security.tokens.vapid import VAPID_KEY_FILE, PushKey
from security.vault.keys import KeyRing, load_master_key, new_master_key
from security.vault_parts import Keys, open_keys, ring_url


def prepare_keys(home: Path, ring: RingSettings | None = None) -> Keys:
    """Make the keys that are missing; publish the public half of the signing key.

    `ring` says where the key ring is, where it may be elsewhere than in a file of this home.
    """
    keys, public = home / "keys", home / "keys" / "public"
    public.mkdir(mode=0o700, parents=True, exist_ok=True)
    _private_folders(home / "db", home / "db" / "security", home / "audit")
    keys.chmod(0o700)
    before = None
    if (keys / MASTER_KEY_FILE).exists():
        # In a home from before there was a ring, everything was derived from it.
        before = load_master_key(keys / MASTER_KEY_FILE)
    else:
        write_private(keys / MASTER_KEY_FILE, new_master_key())
    if not (keys / SIGNING_KEY_FILE).exists():
        private = generate_signing_key()
        write_private(keys / SIGNING_KEY_FILE, json.dumps(private.as_dict(private=True)).encode())
    if not (keys / ROW_KEY_FILE).exists():
        write_private(keys / ROW_KEY_FILE, secrets.token_bytes(KEY_BYTES))
    if not (keys / VAPID_KEY_FILE).exists():
        write_private(keys / VAPID_KEY_FILE, PushKey().pem())
    publish_keys(KeyFiles(keys))
    told = ring or RingSettings.model_construct(ring_url=None)
    where = told.ring_url or ring_url(home)
    opened = open_keys(keys, where, before=before, login=told.ring_login)
    if told.ring_url is None:
        Path(ring_url(home).database or "").chmod(0o600)
    opened.data_keys.trail.first()
    return opened


def publish_keys(files: KeyFiles) -> None:
    """Publish the signing key, and beside it what an earlier rotation still honours."""
    signing = load_signing_key(files.signing)
    public = PublicKey(type(signing).import_key(signing.as_dict(private=False)))
    files.publish(with_signing(files.published(), public, utc_now(), HONOURED))


def _private_folders(*folders: Path) -> None:
    for each in folders:
        each.mkdir(mode=0o700, exist_ok=True)


@dataclass(frozen=True)
class OnServer:
    """A security database on PostgreSQL: as whom its tables are made, and who may use them."""

    url: str | URL
    """With the name of the owner."""
    role: str
    login: Login | None = None


def on_server(home: Path) -> OnServer | None:
    """Return where the settings say that the database is, where that is PostgreSQL.

    Raises `ValueError` where the role that owns the tables is not named.
    """
    told = SecuritySettings(home=home, run_dir=home)
    if told.security_database_url is None:
        return None
    url, owner = make_url(told.security_database_url), told.security_database_owner
    if not owner or owner == url.username:
        raise ValueError("GATEHOUSE_SECURITY_DATABASE_OWNER: name the role that owns the tables")
    login = Login(told.security_database_owner_pass_file, told.security_database_ca_file)
    return OnServer(url.set(username=owner), str(url.username), login)


def prepare_database(home: Path, keys: Keys, there: OnServer | None = None) -> Database:
    """Bring the security database to the present schema, for its owner only.

    It is SQLite below `home` where nothing else is said.
    """
    if there is not None:
        key = load_row_key(home / "keys" / ROW_KEY_FILE)
        engine = open_engine(there.url, login=there.login, row_key=key)
        upgrade(engine, keys)
        grant(engine, there.role)
        secure(engine, list(SCHEMA.tables.values()), key, there.role)
        return Database(engine, vault=keys.vault)
    folder = home / "db" / "security"
    _private_folders(folder.parent, folder)
    engine = open_engine(URL.create("sqlite", database=str(folder / "security.sqlite3")))
    upgrade(engine, keys)
    (folder / "security.sqlite3").chmod(0o600)
    return Database(engine, vault=keys.vault)


def subjects(
    database: Database, keys: KeyRing, audience: str, whose: Iterable[str] | None = None
) -> dict[str, dict[str, str]]:
    """Return pairwise subjects at `audience`, by tenant and user name.

    They are everybody's, or those of the user names `whose`, at whatever tenant.
    """
    query = select(PersonRow.tenant_id, PersonRow.username, PersonRow.id)
    wanted = sorted(whose) if whose is not None else None

    def work(store: Session) -> Sequence[Any]:
        if wanted is None:
            return store.execute(query).all()
        return store.execute(query.where(by_usernames(store, wanted))).all()

    named: dict[str, dict[str, str]] = {}
    everybody = "what the demo's APIs call its people"
    for tenant, username, person_id in database.run_here(work, across=everybody):
        named.setdefault(tenant, {})[username] = keys.pairwise_subject(person_id, audience)
    return named


def _seeded(
    database: Database, keys: Keys, audience: str, wanted: Seed
) -> dict[str, dict[str, str]]:
    """Return the subjects of a seed's people; who was erased is called what they were called."""
    names = {person.username for person in wanted.people}
    named = subjects(database, keys.derived, audience, names)
    for person in wanted.people:
        before = keys.derived.pairwise_subject(id_of(keys.data_keys, person), audience)
        named.setdefault(person.tenant, {}).setdefault(person.username, before)
    return named


def main() -> int:
    """Run the steps; 2 with one line on standard error where one of them cannot be done."""
    parser = argparse.ArgumentParser(prog="security.setup")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--seed", type=Path)
    parser.add_argument("--subjects", metavar="AUDIENCE", action="append", default=[])
    options = parser.parse_args()
    os.umask(0o077)
    try:
        keys = prepare_keys(options.home, RingSettings())
        database = prepare_database(options.home, keys, on_server(options.home))
        wanted = None if options.seed is None else read_people(options.seed)
        if wanted is not None:
            seed(database, keys.data_keys, Passwords(), wanted)
    except (OSError, ValueError) as error:
        print(f"security.setup: {error}", file=sys.stderr)
        return 2
    if options.subjects and wanted is not None:
        # At each start: whoever else is known by now has no part in the seeds of the APIs.
        asked = {one: _seeded(database, keys, one, wanted) for one in options.subjects}
        json.dump(asked, sys.stdout)
    database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
