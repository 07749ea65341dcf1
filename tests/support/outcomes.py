"""The last outcome of every test, kept in pytest's cache: partial runs add to what is known.

`make compliance` reads it. With pytest-xdist the controller alone keeps it.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from tests.support.requirements import PROPERTY

FILE = Path(".pytest_cache/d/requirements/outcomes.json")
"""Where the outcomes are, below the project's folder."""

_WORSE = ("passed", "skipped", "failed")


@dataclass(eq=False)
class Outcomes:
    """What came of the tests of one run. Registered as a plugin of pytest."""

    file: Path
    at: str
    commit: str
    whole: bool = False
    """Whether files are run as a whole: what they no longer hold is then forgotten."""
    seen: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what one phase of a test came to; a failing set-up or teardown fails the test."""
        carried = dict(report.user_properties)
        ids = tuple(str(id_) for id_ in cast("list[str]", carried.get(PROPERTY, [])))
        if report.when == "setup":
            self.seen[report.nodeid] = ("passed", ids)
        before = self.seen.get(report.nodeid, ("passed", ids))[0]
        # "rerun" is neither: the next try tells.
        now = report.outcome if report.outcome in _WORSE else "skipped"
        self.seen[report.nodeid] = (max(before, now, key=_WORSE.index), ids)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Merge into what is known and write it whole or not at all."""
        ended = exitstatus in (0, 1) and not (session.shouldfail or session.shouldstop)
        if self.seen:
            write(self.file, merged(read(self.file), self, self.whole and ended))


def read(file: Path) -> dict[str, Any]:
    """Return what is known: `runs` (time and commit) and `tests` (outcome, run, ids)."""
    try:
        known = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        known = {}
    return {"runs": known.get("runs", {}), "tests": known.get("tests", {})}


def merged(known: dict[str, Any], run: Outcomes, whole: bool) -> dict[str, Any]:
    """Return what is known with one more run: its tests replace their earlier outcomes.

    Of files that it has run as a whole nothing earlier is kept: a case that has another name
    now would stay what it was for ever.
    """
    name = f"{run.at} {run.commit}"
    files = {test.partition("::")[0] for test in run.seen} if whole else set()
    tests = {
        test: told for test, told in known["tests"].items() if test.partition("::")[0] not in files
    }
    tests.update({test: [came, name, list(ids)] for test, (came, ids) in run.seen.items()})
    runs = {**known["runs"], name: {"at": run.at, "commit": run.commit}}
    needed = {run for _, run, _ in tests.values()}
    return {"runs": {key: runs[key] for key in sorted(runs) if key in needed}, "tests": tests}


def write(file: Path, known: dict[str, Any]) -> None:
    """Replace the file in one step."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(f".{os.getpid()}")
    new.write_text(json.dumps(known, separators=(",", ":")), "utf-8")
    new.replace(file)


def keep(config: pytest.Config) -> None:
    """Keep the outcomes of this run, unless this is a worker or nothing may be cached."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    if not config.pluginmanager.has_plugin("cacheprovider"):
        return
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    file = config.rootpath / FILE
    run = Outcomes(file, at, _commit(config.rootpath), _whole(config))
    config.pluginmanager.register(run, "outcomes")


def _whole(config: pytest.Config) -> bool:
    """Tell whether nothing is left out of the files that are run."""
    chosen = ("keyword", "markexpr", "lf", "deselect", "stepwise")
    if any(getattr(config.option, name, None) for name in chosen):
        return False
    return not any("::" in arg for arg in config.args)


def _commit(root: Path) -> str:
    """Return the commit that is tested, with `-dirty` where files differ from it."""
    words = ("git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*")
    try:
        done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()
