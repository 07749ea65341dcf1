"""Whether the databases on PostgreSQL can be used: for `gatehouse doctor`, and before a start."""

from __future__ import annotations

import subprocess
import sys

from cli.databases import SECURITY, OnServer, on_servers, url_setting
from cli.problems import Problem
from cli.process_settings import read_by_setup_of
from cli.programs import scrubbed_environ
from cli.settings import ROOT, Settings, settings_of_processes

_SCHEMA = ("-m", "security.tools.schema")


def look(settings: Settings) -> str:
    """Every server answers, is new enough, and its role can do no more than it should."""
    try:
        found = on_servers(settings_of_processes())
    except ValueError as error:
        raise Problem(str(error), "see docs/postgresql.md") from None
    return "; ".join(_one(settings, each) for each in found) or "none on a server"


def _one(settings: Settings, it: OnServer) -> str:
    import psycopg  # noqa: PLC0415 - whoever has no server does not wait for its driver.

    from runtime import postgres_role  # noqa: PLC0415
    from runtime.postgres import Login  # noqa: PLC0415

    setting, given = url_setting(it.name), settings_of_processes()
    files = [given.get(f"GATEHOUSE_{it.name}_{kind}_FILE") for kind in ("PASS", "CA")]
    login = Login(*(ROOT / file if file else None for file in files))
    try:
        told = postgres_role.look(it.url, login)
    except psycopg.Error as error:
        raise Problem(f"{setting}: {_first_line(error)}", "see docs/postgresql.md") from None
    if told.version < postgres_role.OLDEST:
        raise Problem(
            f"{setting}: PostgreSQL {told.version}", f"use {postgres_role.OLDEST} or newer"
        )
    if told.dangers and settings.mode == "production":
        raise Problem(f"{setting}: its role {told.dangers[0]}", "use a role of its own for it")
    schema = _schema(settings) if it.name == SECURITY else ""
    warned = "".join(f", but its role {danger}" for danger in told.dangers)
    return f"{it.name.lower()} on PostgreSQL {told.version}{schema}{warned}"


def _schema(settings: Settings) -> str:
    """Return what security says of its schema; it changes nothing."""
    home = settings.home_folder
    environ = {
        **scrubbed_environ(settings, read_by_setup_of("security")),
        "GATEHOUSE_RUN_DIR": str(home),
    }
    command = [sys.executable, *_SCHEMA, "--home", str(home)]
    done = subprocess.run(  # noqa: S603
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    said = (done.stdout if done.returncode == 0 else done.stderr).strip()
    if done.returncode:
        raise Problem(f"its schema cannot be read ({said[-200:]})", "see docs/postgresql.md")
    return f", schema {said}"


def _first_line(error: Exception) -> str:
    """Return the server's words: libpq's say where and as whom, and never a password."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
