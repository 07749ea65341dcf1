"""docs/extending.md, done as it says, in a copy of the project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.page import Step, steps
from tests.security.world import PROJECT

pytestmark = pytest.mark.slow
PAGE = (PROJECT / "docs" / "extending.md").read_text("utf-8")
ROOMS = (
    "actions", "apis", "cli", "data", "demo", "dialogue", "gateway", "runtime", "sandbox",
    "security", "tests", "web", "domain.yml", "config.yml", "pyproject.toml", "requirements",
    "docs",
)  # fmt: skip
GATEHOUSE = ("-c", "import sys; sys.argv[0] = 'gatehouse'; from cli.main import main; main()")


class Copy:
    """A copy of the project, in which the page's steps are taken."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one command of the page with this Python, on the copy."""
        program, *rest = words
        python = GATEHOUSE if program == "gatehouse" else ("-m", program)
        environ = {**os.environ, "PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            [sys.executable, *python, *rest],
            cwd=self.root,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )

    def take(self, step: Step) -> subprocess.CompletedProcess[str] | None:
        """Run a command, or write a file as the page has it."""
        if step.file is None:
            return self.run(*step.command)
        (self.root / step.file).write_text(step.text, "utf-8")
        return None


def let_in(root: Path) -> None:
    """Do what the page says of the demo's tenant."""
    personas = root / "demo" / "personas.yml"
    text = personas.read_text("utf-8")
    line = re.search(r"^  - \{ id: acme-shop,.*apis: \[(.*)\].*\}$", text, re.MULTILINE)
    if line is None:  # It has grown to a block of its own.
        block = re.search(r"(- id: acme-shop\n(?:    .*\n)*?    apis: \[)", text)
        assert block is not None
        personas.write_text(text.replace(block[1], f"{block[1]}library, "), "utf-8")
        return
    apis = ", ".join(filter(None, [line[1], "library"]))
    personas.write_text(
        text.replace(line[0], line[0].replace(f"apis: [{line[1]}]", f"apis: [{apis}]")), "utf-8"
    )


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Copy, dict[str, str]]:
    """Take every step; return the copy and what each command said, by its words."""
    copy = Copy(tmp_path_factory.mktemp("project"))
    for name in ROOMS:
        source, ignored = PROJECT / name, shutil.ignore_patterns("__pycache__", "*.pyc")
        if source.is_dir():
            shutil.copytree(source, copy.root / name, ignore=ignored)
        else:
            shutil.copy(source, copy.root / name)
    let_in(copy.root)
    said = {}
    for step in steps(PAGE):
        took = copy.take(step)
        if took is not None:
            assert took.returncode == 0, f"{step.command}: {took.stdout}{took.stderr}"
            said[" ".join(step.command[:3])] = took.stdout
    return copy, said


def test_the_page_is_done_as_it_stands(done: tuple[Copy, dict[str, str]]) -> None:
    _, said = done
    assert (
        "Nobody may do this yet: security/policies/library.cedar"
        in said["gatehouse skill add-read"]
    )
    assert "fit" in said["gatehouse operations check"]
    assert " passed" in said["pytest tests/actions/test_library.py"]


def test_what_was_written_keeps_the_rules_of_the_project(done: tuple[Copy, dict[str, str]]) -> None:
    copy, _ = done
    paths = ("apis/library", "actions/library.py", "tests/actions/test_library.py")
    for words in (("ruff", "check", *paths), ("ruff", "format", "--check", *paths)):
        took = copy.run(*words)
        assert took.returncode == 0, took.stdout + took.stderr
    typed = copy.run("mypy", "apis/library", "actions/library.py")
    assert typed.returncode == 0, typed.stdout


def test_the_mock_keeps_what_every_api_keeps(done: tuple[Copy, dict[str, str]]) -> None:
    copy, _ = done
    place = copy.root / "tests" / "apis" / "library" / "test_library.py"
    place.parent.mkdir(exist_ok=True)
    shutil.copy(PROJECT / "tests" / "docs" / "library_api.py", place)
    took = copy.run("pytest", "-q", "-p", "no:cacheprovider", str(place.relative_to(copy.root)))
    assert took.returncode == 0, took.stdout + took.stderr


def test_what_was_only_added_is_denied(tmp_path: Path, done: tuple[Copy, dict[str, str]]) -> None:
    """ASVS 8.2.1: default deny; before a policy says who, nothing starts."""
    copy, _ = done
    policy = copy.root / "security" / "policies" / "library.cedar"
    opened = policy.read_text("utf-8")
    try:
        policy.write_text("// Nobody.\n", "utf-8")
        took = copy.run("gatehouse", "operations", "check")
        assert took.returncode == 1
        assert "no policy permits it to anybody" in took.stderr
    finally:
        policy.write_text(opened, "utf-8")


REFUSED = {
    "a name with a capital": ("skill", "new", "Library"),
    "a name that leads elsewhere": ("skill", "new", "../library"),
    "a skill that is there": ("skill", "new", "banking"),
    "a skill that is not there": (
        "skill", "add-read", "bakery", "list_loaves", "--say", "a", "--say", "b", "--say", "c",
    ),
    "an operation that is there": (
        "skill", "add-read", "library", "list_loans", "--say", "a", "--say", "b", "--say", "c",
    ),
    "too few sentences": ("skill", "add-read", "library", "list_fines", "--say", "my fines"),
    "a write about nothing": (
        "skill", "add-write", "library", "pay_fine", "--about", "list_fines",
        "--say", "a", "--say", "b", "--say", "c",
    ),
    "a class that no read has": (
        "skill", "add-read", "library", "list_fines", "--class", "open",
        "--say", "a", "--say", "b", "--say", "c",
    ),
}  # fmt: skip


@pytest.mark.parametrize("words", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_written_is_refused_in_one_line(
    done: tuple[Copy, dict[str, str]], words: tuple[str, ...]
) -> None:
    copy, _ = done
    before = sorted(path for path in copy.root.rglob("*") if "__pycache__" not in path.parts)
    took = copy.run("gatehouse", *words)
    assert took.returncode == 1
    assert took.stderr.startswith("gatehouse: ")
    assert len(took.stderr.splitlines()) == 1
    after = sorted(path for path in copy.root.rglob("*") if "__pycache__" not in path.parts)
    assert after == before
