"""`python -m security.tools.server_copy WHAT`: databases on a server, as files and back.

`copy-data FILE --row-key KEY`, `copy-ring FILE`, `copy-conversations FILE`: for a backup, within
walls, as the role that security, or Rasa, runs as. `bring-… FILE`, `away-…`, `has-ring`: for a
restore, as the tables' owner. The settings say where; nothing is printed but the one word that was
asked for.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.exc import SQLAlchemyError

from runtime.postgres import Login
from security.adapters import server_copy
from security.adapters.row_security import load_row_key
from security.settings import SecuritySettings
from security.setup import on_server


class TrackerSettings(BaseSettings):
    """Where Rasa's conversations are, and as whom they are reached: its own role alone."""

    model_config = SettingsConfigDict(env_prefix="GATEHOUSE_TRACKER_", extra="ignore", frozen=True)

    url: str | None = None
    pass_file: Path | None = None
    ca_file: Path | None = None


def run(given: argparse.Namespace, settings: SecuritySettings) -> None:
    """Do what was asked for. Raises `ValueError`, `OSError` or `SQLAlchemyError`."""
    data, ring = settings.security_database_url, settings.ring_url
    if given.what in _OF_CONVERSATIONS:
        _conversations(given.what, given.file, TrackerSettings())
        return
    if given.what == "copy-data" and data is not None:
        login = Login(settings.security_database_pass_file, settings.security_database_ca_file)
        server_copy.copy_data(data, login, load_row_key(given.row_key), given.file)
    elif given.what == "copy-ring" and ring is not None:
        server_copy.copy_ring(ring, settings.ring_login, given.file)
    elif given.what == "bring-data" and (there := on_server(settings.home)) is not None:
        server_copy.bring_data(given.file, there.url, there.login or Login())
    elif given.what == "bring-ring" and ring is not None:
        server_copy.bring_ring(given.file, ring, settings.ring_login)
    elif given.what == "away-ring" and ring is not None:
        server_copy.take_ring_away(ring, settings.ring_login)
    elif given.what == "away-data" and (there := on_server(settings.home)) is not None:
        server_copy.take_away(there.url, there.login or Login())
    elif given.what == "has-ring" and ring is not None:
        print("yes" if server_copy.has_ring(ring, settings.ring_login) else "no")
    else:
        raise ValueError("no setting says that it is on a server")


def _conversations(what: str, file: Path, told: TrackerSettings) -> None:
    if told.url is None:
        raise ValueError("no setting says that conversations are on a server")
    login = Login(told.pass_file, told.ca_file)
    if what == "copy-conversations":
        server_copy.copy_conversations(told.url, login, file)
    elif what == "bring-conversations":
        server_copy.bring_conversations(file, told.url, login)
    else:
        server_copy.take_conversations_away(told.url, login)


_OF_CONVERSATIONS = ("copy-conversations", "bring-conversations", "away-conversations")
_WHAT = (
    *("copy-data", "copy-ring", "bring-data", "bring-ring", "away-data", "away-ring", "has-ring"),
    *_OF_CONVERSATIONS,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0, or 1 with one line on standard error."""
    parser = argparse.ArgumentParser(prog="python -m security.tools.server_copy")
    parser.add_argument("what", choices=_WHAT)
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--row-key", type=Path)
    given = parser.parse_args(arguments)
    try:
        run(given, SecuritySettings(home=given.home, run_dir=given.home))
    except (ValueError, OSError) as error:
        print(f"server_copy: {error}", file=sys.stderr)
        return 1
    except SQLAlchemyError as error:
        print(f"server_copy: the server refused ({type(error).__name__})", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
