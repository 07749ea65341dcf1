"""`gatehouse doctor`: what would keep Gatehouse from starting, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from cli.checks import Finding


def show(findings: Sequence[Finding], console: Console) -> None:
    """Print a table in a terminal, one line a check everywhere else."""
    if not console.is_terminal:
        for each in findings:
            verdict = f"problem: {each.problem}" if each.problem else f"ok: {each.found}"
            print(f"{each.name}: {verdict}")
        return
    table = Table("check", "", "what was found", "what to do")
    for each in findings:
        verdict = "[red]problem[/red]" if each.problem else "[green]ok[/green]"
        table.add_row(each.name, verdict, each.found, each.problem.to_do if each.problem else "")
    console.print(table)
