"""`gatehouse users …`: people of an organisation, while Gatehouse runs."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from cli.admin_client import ask
from cli.problems import Problem
from cli.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="People: add, list, disable, reset, unlock.")

Tenant = Annotated[str, typer.Argument(help="the organisation's id, such as northwind-bank")]
Username = Annotated[str, typer.Argument(help="the user name")]


@app.command()
def add(
    tenant: Tenant,
    username: Username,
    name: Annotated[str, typer.Option(help="the person's name, as the page greets them")],
    role: Annotated[list[str], typer.Option(help="a role; give it again for each further one")],
    phone: Annotated[str | None, typer.Option(help="a number for codes by SMS: +49…")] = None,
    email: Annotated[str | None, typer.Option(help="an address for codes and notices")] = None,
    invite: Annotated[
        str | None, typer.Option(help="email or sms: they get a link to set their password")
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
) -> None:
    """Add a person; a password that was not given is made, and shown once."""
    if invite not in (None, "email", "sms"):
        raise Problem(f"nobody is invited by {invite}", "write --invite email or --invite sms")
    given = {"name": name, "roles": role, "phone": phone, "email": email, "send": invite}
    password = None if invite is not None else _password(password_stdin)
    made = _ask("/users/add", tenant, username, **given, password=password)
    typer.echo(f"added {username} to {tenant}")
    if "sent" in made:
        typer.echo("the link is on its way" if made["sent"] else "the link could NOT be sent")
    _show_password(made.get("password"))


@app.command("list")
def list_users(tenant: Tenant) -> None:
    """List the people of an organisation; one line each, tab-separated, when piped."""
    rows = [_row(user) for user in ask(_home(), "/users/list", {"tenant": tenant})]
    console = Console()
    if not console.is_terminal:
        for row in rows:
            print("\t".join(row))
        return
    table = Table("user name", "name", "roles", "state", "factors")
    for row in rows:
        table.add_row(*row)
    console.print(table)


@app.command()
def disable(tenant: Tenant, username: Username) -> None:
    """Keep a person out; their sessions end at once."""
    _ask("/users/disable", tenant, username)
    typer.echo(f"disabled {username}; all sessions have ended")


@app.command()
def enable(tenant: Tenant, username: Username) -> None:
    """Let a disabled person in again."""
    _ask("/users/enable", tenant, username)
    typer.echo(f"enabled {username}")


@app.command()
def role(
    tenant: Tenant,
    username: Username,
    add: Annotated[list[str] | None, typer.Option(help="a role to give")] = None,
    remove: Annotated[list[str] | None, typer.Option(help="a role to take")] = None,
) -> None:
    """Give and take roles; what a person may do changes with their next request."""
    if not add and not remove:
        raise Problem("nothing to do", "add --add ROLE or --remove ROLE")
    held = _ask("/users/role", tenant, username, add=add or [], remove=remove or [])["roles"]
    typer.echo(f"{username} is now: {', '.join(held) or 'without a role'}")


@app.command()
def reset(tenant: Tenant, username: Username) -> None:
    """Make a new password and remove all factors, so that the next sign-in enrols."""
    made = _ask("/users/reset", tenant, username)
    typer.echo(f"reset {username}; all sessions have ended")
    _show_password(made["password"])


@app.command()
def unlock(
    tenant: Tenant,
    username: Username,
    method: Annotated[
        str | None, typer.Option(help="totp, sms, email or recovery; all if not given")
    ] = None,
) -> None:
    """Forget wrong guesses, so that a paused factor can be used at once."""
    _ask("/users/unlock", tenant, username, method=method)
    typer.echo(f"unlocked {username}")


def _ask(path: str, tenant: str, username: str, **more: Any) -> Any:
    return ask(_home(), path, {"tenant": tenant, "username": username, **more})


def _home() -> Any:
    return load_settings().home_folder


def _password(from_stdin: bool) -> str | None:
    """Return the password that was typed or piped, None where one is to be made."""
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            raise Problem("there is no password on standard input", "write it there, in one line")
        return password
    if not sys.stdin.isatty():
        return None
    typed: str = typer.prompt(
        "Password (empty: one is made)",
        default="",
        hide_input=True,
        confirmation_prompt=True,
        show_default=False,
    )
    return typed or None


def _row(user: dict[str, Any]) -> tuple[str, ...]:
    factors = [f"{one} (paused)" if one in user["paused"] else one for one in user["methods"]]
    state = "disabled" if user["disabled"] else "active"
    shown = ", ".join(factors) or "none yet"
    return (user["username"], user["name"], ", ".join(user["roles"]), state, shown)


def _show_password(password: str | None) -> None:
    if password is not None:
        typer.echo(f"password, shown this once: {password}")
