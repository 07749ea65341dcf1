"""Policies that nothing starts with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from security.policy import PolicyError, Verdict
from tests.security.policies import CUSTOMER, DECLARED, Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "policies")


def _remove(file: str) -> Callable[[Folder], object]:
    return lambda folder: (folder.path / file).unlink()


def _add(text: str, file: str = "banking.cedar") -> Callable[[Folder], object]:
    return lambda folder: folder.add(text, file)


UNSOUND: dict[str, Callable[[Folder], object]] = {
    "without the rules for all": _remove("base.cedar"),
    "without the rules of proof": _remove("proof.cedar"),
    "without a schema": _remove("schema.cedarschema"),
    "no Cedar": _add("permit everything;"),
    "a role that nobody can have": _add(
        '@id("x") permit (principal in Role::"custmer", action, resource);'
    ),
    "an operation that nothing declares": _add(
        '@id("x") permit (principal, action == Action::"banking.burn", resource);'
    ),
    "a class that does not exist": _add(
        '@id("x") forbid (principal, action in Action::"secret", resource);'
    ),
    "a permit among the rules of proof": _add(
        '@id("x") permit (principal, action, resource);', "proof.cedar"
    ),
    "a name that another file uses": _add(
        '@id("own-tenant-only") permit (principal, action, resource);'
    ),
    "a file of an API that no manifest declares": _add("", "bankng.cedar"),
    "what is no text in an API's own file": lambda folder: (
        folder.path / "banking.cedar"
    ).write_bytes(b"\xff\xfe"),
    "an API's own file that is a folder": lambda folder: (
        (folder.path / "banking.cedar").unlink(),
        (folder.path / "banking.cedar").mkdir(),
    ),
    "what is no text": lambda folder: (folder.path / "base.cedar").write_bytes(b"\xff\xfe"),
}


@pytest.mark.parametrize("change", UNSOUND.values(), ids=UNSOUND)
def test_policies_that_do_not_hold_do_not_start(
    folder: Folder, change: Callable[[Folder], object]
) -> None:
    """ASVS 16.5.3: missing, unparsable or of another schema, they deny by not starting."""
    change(folder)
    with pytest.raises(PolicyError):
        folder.load()


def test_an_api_without_a_file_permits_nothing(folder: Folder) -> None:
    """ASVS 8.2.1."""
    (folder.path / "banking.cedar").unlink()
    access = folder.load()
    mine = [each for each in DECLARED.values() if each.api == "banking"]
    assert mine
    assert all(access.may(each, CUSTOMER) == Verdict(False) for each in mine)


SAID = {
    "a file of an API that no manifest declares": (
        lambda folder: (folder.add("", "one.cedar"), folder.add("", "an.cedar")),
        "no manifest declares an API for an, one.cedar",
    ),
    "a file that cannot be read": (
        _remove("base.cedar"),
        "base.cedar is missing or cannot be read",
    ),
    "a permit among the rules of proof": (
        _add('@id("x") permit (principal, action, resource);', "proof.cedar"),
        "proof.cedar may forbid only: what it permits, no role would",
    ),
}


@pytest.mark.parametrize(("change", "said"), SAID.values(), ids=SAID)
def test_whoever_starts_it_is_told_which_file_is_wrong(
    folder: Folder, change: Callable[[Folder], object], said: str
) -> None:
    change(folder)
    with pytest.raises(PolicyError) as refused:
        folder.load()
    assert str(refused.value) == said
