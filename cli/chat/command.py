"""`gatehouse chat`: puts the terminal, the client and the kept session together."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from cli.certificates import CA
from cli.chat.client import ChatClient, Refusal
from cli.chat.drawing import draw
from cli.chat.kept import Kept
from cli.chat.scripted import Script
from cli.chat.talking import Talk, Terminal
from cli.problems import Problem
from cli.settings import Settings, load_settings


def chat_command(
    tenant: Annotated[str | None, typer.Option(help="the organisation's id")] = None,
    url: Annotated[str | None, typer.Option(help="another server, as https://…")] = None,
    authority: Annotated[Path | None, typer.Option(help="a PEM file that it is trusted by")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines, for programs.")] = False,
    new: Annotated[bool, typer.Option(help="Begin anew, whatever was kept.")] = False,
) -> None:
    """Talk to the assistant in this terminal; the session waits for your next start."""
    settings = load_settings()
    address = (url or settings.public_url or settings.address).rstrip("/")
    if not address.startswith("https://"):
        raise Problem("a chat needs https", "give --url https://…")
    kept = Kept(settings.home_folder / "chat", address)
    held = None if new or as_json else kept.read()
    with ChatClient(address, authority or _own(settings, url), held) as client:
        if as_json:
            client.begin(tenant)
            well = Script(client, tenant).run(sys.stdin, typer.echo)
            raise typer.Exit(0 if well else 1)
        _talk(client, kept, tenant)


def _talk(client: ChatClient, kept: Kept, tenant: str | None) -> None:
    console = Console(highlight=False)
    session = _resumed(client)
    if session is None:
        session = client.begin(tenant)
    else:
        draw(console, client.past())
    kept.write(client.held)
    terminal = Terminal(console, input, getpass.getpass)
    Talk(client, terminal, kept.write, session.get("tenant", tenant)).run()


def _resumed(client: ChatClient) -> dict[str, Any] | None:
    """Return the kept session where it is still live."""
    if not client.held.cookie:
        return None
    try:
        return client.look()
    except Refusal:
        return None


def _own(settings: Settings, url: str | None) -> Path | None:
    """Return the development CA where the server is this home's own; else the system's are used."""
    path = settings.home_folder / "tls" / CA
    return path if url is None and path.exists() else None
