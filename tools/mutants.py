"""`make mutants`: change the rules of security/ one small thing at a time; the tests must notice.

mutmut makes the changes and runs the tests that touch each of them, in a copy of the tree: of a
test with many parameters some (`tools/mutants_few.py`). What survives meets all that touch it, and
so does what has not ended in time: at a busy machine only a second time says that it never will.
With `--sample` one in five is tried: those whose number within their function ends in 2 or 7.
What is made once for many tests (a fixture of the session, a constant of a test's module) counts
for mutmut as touched by the first of them alone. So whoever still lives meets all tests of the
group, and those that are named as `also`, in a process of its own.
tools/mutants.yml says which rules belong together, which tests are theirs, and why a survivor may
live. Writes docs/mutants.md. Exit code 1 where a group has less than `LEAST` killed, or a
survivor has no reason.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

if __package__ is None or __package__ == "":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import yaml

from tools.files import project_files
from tools.mutants_few import ALL
from tools.mutants_page import Group, Survivor, page

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / ".mutants"
PAGE = ROOT / "docs" / "mutants.md"
TABLE = ROOT / "tools" / "mutants.yml"
LEAST = 0.9
_BIN = Path(sys.executable).parent
_FAILED = frozenset({1, 3, 255, -11})
"""Exit codes of mutmut's runs that noticed by a failed test, or a crash."""

_ENDLESS = frozenset({24, -24, 36, 152, -9})
"""Exit codes of runs in which a test did not end in its time."""

_KILLED = _FAILED | _ENDLESS
_SAMPLE = "*__mutmut_*[27]"
_ALONE = "alone.json"
"""Exit codes of those that met all tests by themselves."""

_NAME = re.compile(r"x(?:ǁ(?P<cls>[^ǁ]+)ǁ|_)(?P<function>.+)__mutmut_\d+")
_CONFIG = """
[tool.mutmut]
source_paths = ["security"]
only_mutate = {rules}
also_copy = {rooms}
pytest_add_cli_args = {options}
pytest_add_cli_args_test_selection = {tests}
timeout_multiplier = 30.0
timeout_constant = 5.0
"""
_OPTIONS = ["-p", "no:cacheprovider", "-p", "tools.mutants_few", "--timeout=3600", "--assert=plain"]
"""A test that waits for ever is ended by mutmut, after many times what the tests take."""


@dataclass(frozen=True)
class Reason:
    """Why survivors live: those of functions like `where` whose changed line matches `becomes`."""

    where: str
    becomes: str
    why: str

    def fits(self, where: str, becomes: str) -> bool:
        """Tell whether it is about this survivor."""
        return fnmatchcase(where, self.where) and re.search(self.becomes, becomes) is not None


def reasons(table: dict[str, Any]) -> list[Reason]:
    """Return the reasons of a table."""
    return [
        Reason(each["where"], each.get("becomes", ""), each["why"]) for each in table["reasons"]
    ]


def lay_out(folder: Path, rules: Sequence[str], tests: Sequence[str]) -> None:
    """Make the copy of the tree that mutmut works in; what it has found already stays."""
    rooms = set()
    for path in project_files(ROOT):
        name = path.relative_to(ROOT)
        if name.parts[:2] == ("docs", "pictures"):
            continue
        rooms.add(name.parts[0])
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, folder / name)
    rooms -= {"security", "tests", "pyproject.toml"}
    told = _CONFIG.format(
        rules=json.dumps(list(rules)),
        options=json.dumps(_OPTIONS),
        tests=json.dumps(list(tests)),
        rooms=json.dumps(sorted(rooms)),
    )
    with (folder / "pyproject.toml").open("a") as file:
        file.write(told)


def run(name: str, group: dict[str, Any], children: int, sample: bool) -> float:
    """Run mutmut over one group; return its seconds. Raises `CalledProcessError`."""
    folder, started = WORK / name, time.monotonic()
    lay_out(folder, group["rules"], group["tests"])
    (folder / "mutants").mkdir(exist_ok=True)  # Python looks for modules in no folder to come.
    which = _sample(name) if sample else []
    if which or not sample:
        _mutmut(folder, children, which)
    if left := [mutant for mutant, code in results(name).items() if code not in _FAILED]:
        _mutmut(folder, children, left, again=True)
    _meet_all(name, group, children)
    return time.monotonic() - started


def _meet_all(name: str, group: dict[str, Any], children: int) -> None:
    """Try those that live by all tests of the group. Raises `RuntimeError` where these fail."""
    folder, tests = WORK / name, [*group["tests"], *group.get("also", ())]
    (folder / _ALONE).unlink(missing_ok=True)
    left = [mutant for mutant, code in results(name).items() if code not in _KILLED]
    if left and _alone(folder, tests, ""):
        raise RuntimeError(f"the tests of {name} fail without any mutant: see alone.log")
    with ThreadPoolExecutor(children) as several:
        codes = several.map(lambda mutant: _alone(folder, tests, mutant), left)
        (folder / _ALONE).write_text(json.dumps(dict(zip(left, codes, strict=True)), indent=1))


def _alone(folder: Path, tests: Sequence[str], mutant: str) -> int:
    """Run tests against one mutant, or none, until one fails: 1, or 0, or the code of an end."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", *_OPTIONS, *tests]
    environ = {
        **os.environ,
        "PYTHONPATH": str(folder / "mutants"),
        "MUTANT_UNDER_TEST": mutant,
        ALL: "1",
    }
    with Path(os.devnull if mutant else folder / "alone.log").open("w") as log:
        code = subprocess.run(  # noqa: S603
            command, cwd=folder / "mutants", env=environ, check=False, stdout=log, stderr=log
        ).returncode
    return code if code in _ENDLESS else int(code != 0)


def _sample(name: str) -> list[str]:
    """Return the mutants of a sample that are still to be tried, or what all of them are like."""
    known = made(name).items()
    if not known:
        return [_SAMPLE]
    return [mutant for mutant, code in known if code is None and fnmatchcase(mutant, _SAMPLE)]


def _mutmut(folder: Path, children: int, which: Sequence[str], again: bool = False) -> None:
    """Try these mutants, or all, by some of the tests; `again` by all tests that touch them."""
    command = [str(_BIN / "mutmut"), "run", "--max-children", str(children), *which]
    environ = {**os.environ, "PYTHONPATH": str(folder / "mutants"), ALL: "1" if again else ""}
    with (folder / ("again.log" if again else "run.log")).open("w") as log:
        subprocess.run(command, cwd=folder, check=True, env=environ, stdout=log, stderr=log)  # noqa: S603


def made(name: str) -> dict[str, int | None]:
    """Return the exit code of each mutant of a group by its name, None where it was not tried."""
    found: dict[str, int | None] = {}
    for file in sorted((WORK / name / "mutants" / "security").rglob("*.meta")):
        found |= json.loads(file.read_text("utf-8"))["exit_code_by_key"]
    if (alone := WORK / name / _ALONE).exists():
        found |= json.loads(alone.read_text("utf-8"))
    return found


def results(name: str) -> dict[str, int]:
    """Return the exit code of each mutant of a group that was tried, by its name."""
    return {mutant: code for mutant, code in made(name).items() if code is not None}


def survivors(name: str, known: Sequence[Reason]) -> Iterator[Survivor]:
    """Yield the mutants of a group that no test noticed, with their reasons."""
    for mutant, (was, becomes) in changed(name).items():
        module, _, rest = mutant.rpartition(".")
        match = _NAME.fullmatch(rest)
        function = ".".join(filter(None, match.groups())) if match else rest
        where = f"{module}.{function}"
        fitting = (reason.why for reason in known if reason.fits(where, becomes))
        yield Survivor(where, was, becomes, next(fitting, ""))


def changed(name: str) -> dict[str, tuple[str, str]]:
    """Return what each survivor of a group changes: the lines before and after."""
    alive = [mutant for mutant, code in results(name).items() if code not in _KILLED]
    if not alive:
        return {}
    show = [sys.executable, str(ROOT / "tools" / "mutants_shown.py"), *alive]
    said = subprocess.run(show, cwd=WORK / name, check=True, capture_output=True).stdout  # noqa: S603
    return {mutant: (was, becomes) for mutant, (was, becomes) in json.loads(said).items()}


def measured(name: str, seconds: float, known: Sequence[Reason]) -> Group:
    """Return what is told of a group that has been run."""
    codes = results(name)
    killed = sum(code in _KILLED for code in codes.values())
    endless = sum(code in _ENDLESS for code in codes.values())
    return Group(
        name, len(made(name)), len(codes), killed, endless, seconds, tuple(survivors(name, known))
    )


def main() -> None:
    """Run the groups that are named, or all, and write the page."""
    table = yaml.safe_load(TABLE.read_text("utf-8"))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("groups", nargs="*", help=", ".join(table["groups"]))
    parser.add_argument("--go-on", action="store_true", help="keep what an earlier run has found")
    parser.add_argument("--at-once", type=int, default=os.cpu_count() or 1, metavar="MUTANTS")
    parser.add_argument("--sample", action="store_true", help="try one mutant in five")
    parser.add_argument("--page-only", action="store_true", help="run nothing, write the page")
    asked = parser.parse_args()
    os.nice(10)
    for name in asked.groups or table["groups"]:
        if asked.page_only:
            continue
        if not asked.go_on:
            shutil.rmtree(WORK / name, ignore_errors=True)
        (WORK / name).mkdir(parents=True, exist_ok=True)
        print(f"  {name}: making mutants and running tests …", flush=True)
        seconds = run(name, table["groups"][name], asked.at_once, asked.sample)
        took = WORK / name / "seconds"
        took.write_text(f"{seconds + (float(took.read_text()) if took.exists() else 0):.0f}")
        codes = results(name)
        killed = sum(code in _KILLED for code in codes.values())
        print(f"  {name}: {killed} of {len(codes)} killed in {seconds:.0f} s", flush=True)
    known = reasons(table)
    done = [name for name in table["groups"] if (WORK / name / "seconds").exists()]
    groups = [measured(name, float((WORK / name / "seconds").read_text()), known) for name in done]
    PAGE.write_text(page(groups), "utf-8")
    print(f"  written to {PAGE.relative_to(ROOT)}")
    sys.exit(any(each.share < LEAST or each.unexplained for each in groups))


if __name__ == "__main__":
    main()
