"""Everything is installed by its hash, and nothing beside the lock files (ASVS 15.2.4)."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from tests.support import node
from tools import environments, locks
from tools.environments import CORE, DEV, RASA, ROOT, SCAN, Commands

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
_PIN = re.compile(r"[A-Za-z0-9._-]+==[^\s;\\]+( ; [^\\]+)? \\")
_HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
_COMMENT = re.compile(r"    #.*")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_line_of_a_lock_file_is_an_exact_version_a_hash_or_a_comment(lock):
    """No option, no address, no editable project, no range of versions."""
    lines = lock.read_text("utf-8").splitlines()
    assert [line for line in lines if not _one_of(line)] == []
    assert all(digests for digests in locks.hashes(lock).values())


def _one_of(line: str) -> bool:
    return any(form.fullmatch(line) for form in (_PIN, _HASH, _COMMENT))


def test_a_package_has_one_version_in_all_environments_of_one_python():
    core, dev = (locks.hashes(ROOT / "requirements" / name) for name in ("core.txt", "dev.txt"))
    assert core.keys() <= dev.keys()
    assert {name: dev[name] for name in core} == core


@pytest.fixture
def commands(tmp_path, monkeypatch):
    """The words of each command that a build would run, in an empty project."""
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    (tmp_path / "requirements").mkdir()
    for lock in LOCKS:
        (tmp_path / "requirements" / lock.name).write_text("")
    (tmp_path / "pyproject.toml").write_text("")
    ran = []

    class Noted(Commands):
        def run(self, *command):
            ran.append([str(word) for word in command])
            for environment in (CORE, DEV, RASA, SCAN):
                (tmp_path / environment.folder).mkdir(exist_ok=True)
            (tmp_path / ".uv").mkdir(exist_ok=True)

    return Noted(), ran


@pytest.mark.parametrize("environment", [CORE, DEV, RASA, SCAN], ids=lambda each: each.locks[0])
def test_an_environment_is_installed_by_hashes_and_by_nothing_else(commands, environment):
    noted, ran = commands
    environments.build(noted, environment)
    installs = [words for words in ran if words[1] == "pip"]
    first, *rest = installs
    assert first[:3] == [str(environments.UV), "pip", "sync"]
    assert "--require-hashes" in first
    assert first[-len(environment.locks) :] == [str(path) for path in environment.lock_files()]
    # The project itself comes after, from its own folder, and brings nothing along.
    assert [words[2] for words in rest] == (["install"] if environment.editable else [])
    for words in rest:
        assert {"--no-deps", "--no-build-isolation", "--editable"} <= set(words)
        assert words[-1] == str(environments.ROOT)


def test_the_installer_itself_is_installed_by_its_hash(commands):
    noted, ran = commands
    environments.install_uv(noted)
    (words,) = (words for words in ran if "install" in words)
    assert {"--require-hashes", "--no-deps"} <= set(words)


def test_every_npm_package_has_its_integrity_and_no_host():
    packages = json.loads((node.FOLDER / "package-lock.json").read_text("utf-8"))["packages"]
    every = [each for name, each in packages.items() if name]
    assert len(every) > 50
    assert all(re.fullmatch(r"sha512-[A-Za-z0-9+/]{86}==", each["integrity"]) for each in every)
    assert not any("resolved" in each or "link" in each for each in every)
    assert not any(each.get("hasInstallScript") for each in every)


def test_npm_packages_are_installed_from_the_lock_file_and_run_no_scripts(monkeypatch):
    ran = []
    monkeypatch.setattr(node, "is_installed", lambda: False)
    monkeypatch.setattr(node, "find_node", lambda: "node")
    monkeypatch.setattr(node.shutil, "which", lambda name: name)
    monkeypatch.setattr(subprocess, "run", lambda words, **_: ran.append(words))
    node.install()
    assert ran == [["npm", "ci", "--ignore-scripts"]]


def test_nothing_else_in_the_project_installs_packages():
    """One place installs Python's packages, one npm's, and the system's are named where used."""
    words = re.compile(r"\b(pip3?|uv pip|npm|npx|pnpm|yarn|easy_install)\W+(install|ci|i|add)\b")
    listed = subprocess.run(
        ["git", "ls-files", "*.py", "*.sh", "Makefile", ".ci/*"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    found = [name for name in listed if words.search((ROOT / name).read_text("utf-8"))]
    assert set(found) - {"tests/tools/test_locks.py"} == {
        "tests/support/node.py",
        "tools/environments.py",
    }
