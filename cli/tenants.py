"""`gatehouse tenants …`: organisations and their settings, while Gatehouse runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.console import Console
from rich.table import Table

from cli.admin_client import Refusal, ask
from cli.problems import Problem
from cli.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="Organisations: add, list, set, apply, disable.")

Tenant = Annotated[str, typer.Argument(help="the organisation's id, such as northwind-bank")]
Name = Annotated[str | None, typer.Option(help="its name, as its people read it")]
Idle = Annotated[int | None, typer.Option(help="minutes until an idle session ends, 1 to 60")]
Public = Annotated[bool | None, typer.Option(help="whether strangers see it in the list")]
Api = Annotated[list[str] | None, typer.Option(help="an API its people use; again for each")]
Limit = Annotated[str | None, typer.Option(help="a code by SMS approves up to this: 50.00")]
Currency = Annotated[str | None, typer.Option(help="of that limit: EUR")]
Method = Annotated[list[str] | None, typer.Option(help="a method allowed; again for each")]

NamesStaff = Annotated[
    bool | None, typer.Option(help="tell people the names of staff who saw their data, not roles")
]

_FIELDS = (
    *("name", "idle_minutes", "public", "apis", "sms_limit", "sms_currency", "methods"),
    "names_staff",
)


@app.command()
def add(
    tenant: Tenant,
    name: Name = None,
    idle_minutes: Idle = None,
    public: Public = None,
    api: Api = None,
    sms_limit: Limit = None,
    sms_currency: Currency = None,
    method: Method = None,
    names_staff: NamesStaff = None,
) -> None:
    """Add an organisation; its first administrator comes by `gatehouse users add`."""
    given = _given(name, idle_minutes, public, api, sms_limit, sms_currency, method, names_staff)
    _ask("/tenants/add", tenant, **{**given, "name": name or tenant})
    typer.echo(f"added {tenant}")
    typer.echo(f"next: gatehouse users add {tenant} USERNAME --name NAME --role admin")


@app.command("set")
def set_settings(
    tenant: Tenant,
    name: Name = None,
    idle_minutes: Idle = None,
    public: Public = None,
    api: Api = None,
    sms_limit: Limit = None,
    sms_currency: Currency = None,
    method: Method = None,
    names_staff: NamesStaff = None,
) -> None:
    """Change settings; what is not said stays, and live sessions follow at once."""
    given = _given(name, idle_minutes, public, api, sms_limit, sms_currency, method, names_staff)
    if not given:
        raise Problem("nothing to do", "say what shall change: `gatehouse tenants set --help`")
    _ask("/tenants/set", tenant, **given)
    typer.echo(f"changed {tenant}: {', '.join(sorted(given))}")


@app.command("list")
def list_tenants() -> None:
    """List all organisations; one line each, tab-separated, when piped."""
    rows = [_row(one) for one in ask(_home(), "/tenants/list", {})]
    console = Console()
    if not console.is_terminal:
        for row in rows:
            print("\t".join(row))
        return
    table = Table("id", "name", "state", "people", "APIs", "methods")
    for row in rows:
        table.add_row(*row)
    console.print(table)


@app.command()
def show(tenant: Tenant) -> None:
    """Show an organisation in the form that `apply` reads."""
    told = _ask("/tenants/show", tenant)
    wanted = {"tenant": tenant, **{name: told[name] for name in _FIELDS}}
    yaml.safe_dump(wanted, sys.stdout, sort_keys=False, allow_unicode=True)
    if told["disabled"]:
        print("# disabled")


@app.command()
def apply(file: Annotated[Path, typer.Argument(help="YAML as of `show`; several by ---")]) -> None:
    """Add what is not there yet and set what differs; the same file again changes nothing."""
    for wanted in _read(file):
        tenant = wanted.pop("tenant")
        try:
            told = _ask("/tenants/show", tenant)
        except Refusal as refusal:
            if refusal.code != "unknown_tenant":
                raise
            _ask("/tenants/add", tenant, **{"name": tenant, **wanted})
            typer.echo(f"added {tenant}")
            continue
        differs = {name: value for name, value in wanted.items() if not _same(told, name, value)}
        if differs:
            _ask("/tenants/set", tenant, **differs)
        typer.echo(f"{tenant}: {', '.join(sorted(differs)) or 'as it was'}")


@app.command()
def disable(tenant: Tenant) -> None:
    """Keep everybody of an organisation out; their sessions end at once."""
    ended = _ask("/tenants/disable", tenant)["sessions"]
    typer.echo(f"disabled {tenant}; sessions ended: {ended}")


@app.command()
def enable(tenant: Tenant) -> None:
    """Let an organisation in again."""
    _ask("/tenants/enable", tenant)
    typer.echo(f"enabled {tenant}")


def _ask(path: str, tenant: str, **more: Any) -> Any:
    return ask(_home(), path, {"tenant": tenant, **more})


def _home() -> Path:
    return load_settings().home_folder


def _given(*values: Any) -> dict[str, Any]:
    return {name: value for name, value in zip(_FIELDS, values, strict=True) if value is not None}


def _read(file: Path) -> list[dict[str, Any]]:
    """Return the organisations of a file. Raises `Problem` with the one thing to mend."""
    try:
        said = [one for one in yaml.safe_load_all(file.read_text()) if one is not None]
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise Problem(f"{file} cannot be read: {type(error).__name__}", "mend it first") from None
    for one in said:
        if not isinstance(one, dict) or not isinstance(one.get("tenant"), str):
            raise Problem(f"{file}: no `tenant` in one of its parts", "write `tenant: ID`")
        unknown = sorted(str(name) for name in one if name not in ("tenant", *_FIELDS))
        if unknown:
            raise Problem(f"{file}: unknown: {', '.join(unknown)}", f"known: {', '.join(_FIELDS)}")
    return said


def _same(told: dict[str, Any], name: str, value: Any) -> bool:
    if name in ("apis", "methods") and isinstance(value, list):
        return sorted(told[name]) == sorted(map(str, value))
    return bool(told[name] == value)


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    state = "disabled" if one["disabled"] else "active"
    apis, methods = ", ".join(one["apis"]), ", ".join(one["methods"])
    return (one["tenant"], one["name"], state, str(one["people"]), apis, methods)
