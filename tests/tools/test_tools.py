"""The checks of `make check` can fail: each finds what it is there for."""

from __future__ import annotations

import subprocess

import pytest

from tools import links, locks, tree

LOCK = """\
rich==15.0.0 \\
    --hash=sha256:aa
    # via -r requirements/core.in
pygments==2.21.0 \\
    --hash=sha256:bb
    # via
    #   rich
"""


@pytest.fixture
def project(tmp_path):
    """A project that git knows, with one lock file."""
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "core.in").write_text("# words\nrich>=14\n")
    (tmp_path / "requirements" / "core.txt").write_text(LOCK)
    return tmp_path


def test_a_lock_file_that_is_current_passes(project):
    assert locks.complaints(project) == []


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ("rich\ntyper\n", "not current for typer"),
        ("", "not current for rich"),
        ("rich>=16\n", "another version of rich"),
    ],
)
def test_a_lock_file_that_is_not_current_is_found(project, asked, complaint):
    (project / "requirements" / "core.in").write_text(asked)
    assert complaint in " ".join(locks.complaints(project))


@pytest.mark.parametrize(
    ("locked", "complaint"),
    [
        ("--index-url https://example.org/simple\n" + LOCK, "download address"),
        (LOCK.replace("    --hash=sha256:bb\n", ""), "pygments==2.21.0 has no hash"),
    ],
)
def test_an_unsafe_lock_file_is_found(project, locked, complaint):
    (project / "requirements" / "core.txt").write_text(locked)
    assert complaint in " ".join(locks.complaints(project))


@pytest.mark.parametrize("path", ["{here}/cli", "/ho" + "me/sam/x", "/Us" + "ers/sam/x"])
def test_a_path_of_one_machine_is_found(project, path):
    (project / "notes.md").write_text(path.format(here=project))
    assert tree.complaints(project) == ["notes.md:1 names a folder of one machine"]


def test_what_is_too_long_to_read_is_found(project):
    body = "\n".join(f"    x = {n}" for n in range(50))
    (project / "long.py").write_text(f"def f():\n{body}\n")
    (project / "short.py").write_text(f"def f():\n{body.rpartition(chr(10))[0]}\n")
    assert tree.complaints(project) == ["long.py:1 f has 51 lines"]


def test_dead_links_are_found_and_living_ones_are_not(project):
    (project / "a.md").write_text(
        "# A `big` page\n[b](b.md) [part](#a-big-page) [web](https://example.org) `[c](c.md)`\n"
    )
    (project / "b.md").write_text("[gone](c.md) [a](a.md#a-big-page) [no part](a.md#small)\n")
    assert links.complaints(project) == [
        "b.md: c.md leads nowhere",
        "b.md: a.md#small leads nowhere",
    ]
