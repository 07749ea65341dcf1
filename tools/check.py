"""`make check`: lint, types, import and security rules, licences, lock files, the tree, docs.

Runs everything and prints one line a check; what failed is shown in full. Exit code 1 then.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

if __package__ is None or __package__ == "":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools import licences, links, locks, scan, tree, weight

ROOT = Path(__file__).resolve().parent.parent
_BIN = Path(sys.executable).parent
_TYPED = (
    "gateway",
    "security",
    "actions",
    "apis",
    "relay",
    "runtime",
    "sandbox",
    "telemetry",
    "cli",
    "bench",
)


def command(*words: str) -> Callable[[], list[str]]:
    """Return a check that runs a tool of this environment and gives what it complains about."""

    def run() -> list[str]:
        full = [str(_BIN / words[0]), *words[1:]]
        done = subprocess.run(  # noqa: S603 - our own words alone.
            full, cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
        said = (done.stdout + done.stderr).strip()
        return [] if done.returncode == 0 else said.splitlines() or [f"{words[0]} failed"]

    return run


def checks() -> Iterator[tuple[str, Callable[[], list[str]]]]:
    """Yield every check by its name; each returns its complaints."""
    packages = [option for name in _TYPED for option in ("-p", name) if (ROOT / name).is_dir()]
    yield "ruff check", command("ruff", "check", ".")
    yield "ruff format", command("ruff", "format", "--check", ".")
    yield "mypy", command("mypy", "--explicit-package-bases", *packages)
    yield "import rules", command("lint-imports", "--no-cache")
    yield "bandit", command("bandit", "-q", "-c", "pyproject.toml", "-r", *scan.ROOMS)
    yield "rules of our own (semgrep)", lambda: scan.complaints(ROOT)
    yield "licences", lambda: licences.complaints(ROOT)
    yield "lock files", lambda: locks.complaints(ROOT)
    yield "tree", lambda: tree.complaints(ROOT)
    yield "links in the docs", lambda: links.complaints(ROOT)
    yield f"page weight ({weight.told(ROOT)})", lambda: weight.complaints(ROOT)


def main() -> None:
    """Run all checks."""
    failed = False
    for name, check in checks():
        started = time.monotonic()
        found = check()
        verdict = "failed" if found else "ok"
        print(f"  {name}: {verdict} in {time.monotonic() - started:.1f} s", flush=True)
        for line in found:
            print(f"    {line}")
        failed = failed or bool(found)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
