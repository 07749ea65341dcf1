"""`gatehouse skill new|add-read|add-write`: the pieces of a protected request, in every room.

Whatever is written denies: the operation is declared, and no policy permits it to anybody.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli import scaffold
from cli.problems import Problem
from cli.settings import ROOT

_NAME = re.compile(r"[a-z]{2,20}")
_OPERATION = re.compile(r"[a-z]+(_[a-z]+)+")
_LEAST_SENTENCES = 3

app = typer.Typer(help="Write the pieces of a new skill or request.", no_args_is_help=True)
Kind = Literal["read", "write"]


@dataclass(frozen=True)
class Request:
    """One protected request to write: `item` is what it is about, `items` more than one of it."""

    kind: Kind
    skill: str
    operation: str
    item: str
    about: str
    operation_class: str
    role: str

    def words(self) -> dict[str, str]:
        """Return the names that the templates use."""
        strengths = {"plain": "PLAIN", "personal": "PERSONAL"}
        return {
            "skill": self.skill,
            "operation": self.operation,
            "Action": _camel(self.operation),
            "Words": self.operation.replace("_", " ").capitalize(),
            "item": self.item,
            "Item": _camel(self.item),
            "items": _items(self.about),
            "about": self.about,
            "kind": self.operation_class,
            "strength": strengths.get(self.operation_class, ""),
            "role": self.role,
        }


@app.command("new")
def new_command(name: Annotated[str, typer.Argument(help="One word in small letters.")]) -> None:
    """Write a skill in every room: its API, manifest, policy, words, rules, actions, tests."""
    written = new_skill(ROOT, name)
    typer.echo("\n".join([*(f"  {path}" for path in written), _NEXT.format(name=name)]))


@app.command("add-read")
def add_read_command(
    skill: str,
    operation: Annotated[str, typer.Argument(help="Such as list_loans.")],
    say: Annotated[list[str], typer.Option(help="How people ask for it; three at least.")],
    kind: Annotated[str, typer.Option("--class", help="plain or personal.")] = "personal",
    role: Annotated[
        str, typer.Option(help="Who may, once you take the slashes away.")
    ] = "customer",
) -> None:
    """Write a request that looks something up."""
    item = _items(operation).removesuffix("s")
    asked = Request("read", skill, operation, item, operation, kind, role)
    _add(asked, say)


@app.command("add-write")
def add_write_command(
    skill: str,
    operation: Annotated[str, typer.Argument(help="Such as renew_loan.")],
    about: Annotated[str, typer.Option(help="The read that lists what it can be done to.")],
    say: Annotated[list[str], typer.Option(help="How people ask for it; three at least.")],
    role: Annotated[
        str, typer.Option(help="Who may, once you take the slashes away.")
    ] = "customer",
) -> None:
    """Write a request that changes something: approved by the person, done once."""
    item = _items(about).removesuffix("s")
    _add(Request("write", skill, operation, item, about, "binding", role), say)


_NEXT = """
Nothing is permitted yet. Go on with: gatehouse skill add-read {name} list_…"""


def new_skill(root: Path, name: str) -> list[Path]:
    """Write the folders and files of a skill; return them. Raises `Problem`."""
    if not _NAME.fullmatch(name) or name in {"common", "general", "account"}:
        raise Problem(f"“{name}” cannot be a skill's name", "use one word in small letters")
    if (root / "apis" / name).exists() or (root / "security/operations" / f"{name}.yml").exists():
        raise Problem(f"there is a skill called {name} already", "choose another name")
    written = scaffold.write_skill(root, name)
    _write_document(root, name)
    return [*written, Path(f"apis/{name}/openapi.json")]


def add_request(root: Path, asked: Request, sentences: list[str]) -> list[Path]:
    """Write one request; return the files that were written or changed. Raises `Problem`."""
    if not _OPERATION.fullmatch(asked.operation):
        raise Problem(f"“{asked.operation}” cannot be an operation", "use such as list_loans")
    if not (root / "apis" / asked.skill / "app.py").exists():
        to_do = f"run `gatehouse skill new {asked.skill}`"
        raise Problem(f"there is no skill called {asked.skill}", to_do)
    if (root / "apis" / asked.skill / f"{asked.operation}.py").exists():
        raise Problem(f"{asked.skill} has {asked.operation} already", "choose another name")
    if not (root / "apis" / asked.skill / f"{asked.about}.py").exists() and asked.kind == "write":
        raise Problem(f"{asked.skill} has no {asked.about}", "add that read first")
    if asked.operation_class not in {"plain", "personal", "binding"}:
        raise Problem(f"no read is of the class {asked.operation_class}", "use plain or personal")
    if len(sentences) < _LEAST_SENTENCES:
        raise Problem("the model cannot learn from so little", "give --say three times at least")
    written = scaffold.write_request(root, asked.kind, asked.words(), sentences)
    _write_document(root, asked.skill)
    return written


def _add(asked: Request, sentences: list[str]) -> None:
    written = add_request(ROOT, asked, sentences)
    policy = f"security/policies/{asked.skill}.cedar"
    lines = [f"  {path}" for path in written]
    typer.echo("\n".join([*lines, f"\nNobody may do this yet: {policy} says who."]))


def _write_document(root: Path, skill: str) -> None:
    """Let the API print its own document: security reads it at start."""
    command = [sys.executable, "-m", f"apis.{skill}.openapi"]
    made = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603
    if made.returncode != 0:
        raise Problem(f"the document of {skill} cannot be made: {made.stderr.strip()}", "mend it")
    (root / "apis" / skill / "openapi.json").write_text(made.stdout, "utf-8")


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _items(operation: str) -> str:
    """Return what a read lists: `list_loans` lists loans."""
    return operation.partition("_")[2]
