"""`gatehouse demo …`: what stands in for a phone while there are only made-up people."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pyotp
import typer
import yaml

from cli.home import forget_people
from cli.people import PERSONAS
from cli.problems import Problem
from cli.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="Demo mode: codes of its people, a new beginning.")


@dataclass(frozen=True)
class Persona:
    """One made-up person, as far as a code needs."""

    tenant: str
    username: str
    totp_secret: str


def personas(path: Path = PERSONAS) -> list[Persona]:
    """Read the people of the demo."""
    listed = yaml.safe_load(path.read_text())["people"]
    return [Persona(each["tenant"], each["username"], each["totp_secret"]) for each in listed]


def find(people: list[Persona], username: str, tenant: str | None) -> Persona:
    """Return the one person of that name; raises `Problem` where there is none, or several."""
    found = [each for each in people if each.username == username and tenant in {None, each.tenant}]
    if not found:
        raise Problem(f"nobody is called {username} there", "look into demo/personas.yml")
    if len(found) > 1:
        tenants = ", ".join(each.tenant for each in found)
        raise Problem(f"{username} is at several tenants ({tenants})", "add --tenant")
    return found[0]


@app.callback()
def demo() -> None:
    """Refuse everything below outside demo mode."""
    if load_settings().mode != "demo":
        raise Problem("this works in demo mode only", "use the person's own authenticator")


@app.command()
def reset() -> None:
    """Forget all that people have done here; the next start begins with the demo's own data."""
    home = load_settings().home_folder
    forget_people(home)
    typer.echo("forgotten: the next `make run` begins anew")


@app.command()
def code(
    username: Annotated[str, typer.Argument(help="a person of demo/personas.yml")],
    tenant: Annotated[str | None, typer.Option(help="where several have that name")] = None,
) -> None:
    """Print the current six-digit TOTP code of a person of the demo."""
    typer.echo(pyotp.TOTP(find(personas(), username, tenant).totp_secret).now())
