"""What a docstring names, how it travels, and that what came of a test is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.outcomes import Outcomes, merged, read, write
from tests.support.requirements import PROPERTY, attach, named, written


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", []),
        ("No id, and 3.4.5 is a number.", []),
        ("ASVS 6.5.1.", ["ASVS 6.5.1"]),
        ("ASVS 6.6.3-4 ★: once", ["ASVS 6.6.3", "ASVS 6.6.4"]),
        ("ASVS 7.3.1–2", ["ASVS 7.3.1", "ASVS 7.3.2"]),
        ("ASVS 7.3.1-7.3.3", ["ASVS 7.3.1", "ASVS 7.3.2", "ASVS 7.3.3"]),
        ("ASVS 8.2.2, 8.4.1 and 16.3.2: no", ["ASVS 8.2.2", "ASVS 8.4.1", "ASVS 16.3.2"]),
        ("ASVS 8.2.2,\n    8.4.1: over two lines", ["ASVS 8.2.2", "ASVS 8.4.1"]),
        ("ASVS 6.6.2, GH-1: both", ["ASVS 6.6.2", "GH-1"]),
        ("ASVS 8.3: a section", ["ASVS 8.3"]),
        ("PSD2 RTS 5(1)(c-d): x", ["PSD2 RTS 5(1)(c)", "PSD2 RTS 5(1)(d)"]),
        ("PSD2 RTS art. 5: x", ["PSD2 RTS 5"]),
        ("ASVS 6.6.3, PSD2 RTS 4(3)", ["ASVS 6.6.3", "PSD2 RTS 4(3)"]),
        ("HIPAA 164.312(a)(2)(ii): x", ["HIPAA 164.312(a)(2)(ii)"]),
        ("HIPAA: no row", []),
        ("GDPR 15, 20: x", ["GDPR 15", "GDPR 20"]),
        ("GDPR 17, 3 years later", ["GDPR 17"]),
        ("GDPR 17 and 20: in one", ["GDPR 17", "GDPR 20"]),
        ("GDPR 17.", ["GDPR 17"]),
        ("(GDPR 5(1)(e))", ["GDPR 5(1)(e)"]),
        ("PCI 3.4.1, PCI DSS 3.3.1.2", ["PCI DSS 3.4.1", "PCI DSS 3.3.1.2"]),
        ("NIST SP 800-63B-4 3.1.1.2: x", ["NIST SP 800-63B 3.1.1.2"]),
        ("NIST SP 800-63B: no section", []),
        ("NIST SP 800-38D, section 8.3", []),
        ("RFC 8188, 8291: x; RFC 9470.", ["RFC 8188", "RFC 8291", "RFC 9470"]),
        ("RFC 9449 4.3 ★, RFC 6265bis", ["RFC 9449"]),
        ("WebAuthn 7.1 and 7.2; WebAuthn §7.2", ["WebAuthn 7.1", "WebAuthn 7.2"]),
        ("WCAG 2.2, A and AA; WCAG 1.4.10", ["WCAG 1.4.10"]),
        ("GH-12, GH-3; not-GH-4, GH-5b", ["GH-12", "GH-3"]),
        ("ASVS 6.5.1, and again ASVS 6.5.1", ["ASVS 6.5.1"]),
    ],
)
def test_ids_are_read_as_people_write_them(text: str, ids: list[str]) -> None:
    assert list(named(text)) == ids


class Item:
    """As much of a collected test as is looked at."""

    def __init__(self, function: str | None, cls: str | None, module: str | None) -> None:
        self.user_properties: list[tuple[str, Any]] = []
        for name, text in (("function", function), ("cls", cls), ("module", module)):
            setattr(self, name, SimpleNamespace(__doc__=text))


@pytest.mark.parametrize(
    ("docstrings", "ids"),
    [
        (("ASVS 6.5.1.", None, None), ["ASVS 6.5.1"]),
        (("ASVS 6.5.1.", "GH-1", "GDPR 15, ASVS 6.5.1"), ["ASVS 6.5.1", "GH-1", "GDPR 15"]),
        ((None, None, "none"), None),
    ],
)
def test_a_test_carries_what_its_class_and_module_name_too(
    docstrings: tuple[str | None, ...], ids: list[str] | None
) -> None:
    item: Any = Item(*docstrings)
    attach([item])
    assert item.user_properties == ([(PROPERTY, ids)] if ids else [])


def test_tests_are_found_in_files_without_running_them(tmp_path: Path) -> None:
    (tmp_path / "tests/room").mkdir(parents=True)
    (tmp_path / "tests/room/test_it.py").write_text(
        '"""GDPR 15."""\nraise SystemExit\nasync def test_one():\n    """ASVS 6.5.1."""\n'
        "def help_one(): ...\n"
        'class TestAll:\n    """GH-1."""\n    def test_two(self): ...\n'
    )
    assert written(tmp_path) == {
        "tests/room/test_it.py::test_one": ("ASVS 6.5.1", "GDPR 15"),
        "tests/room/test_it.py::TestAll::test_two": ("GH-1", "GDPR 15"),
    }


def reports(nodeid: str, *outcomes: str, ids: tuple[str, ...] = ()) -> Iterator[Any]:
    """What pytest reports of one try: set-up, call, teardown."""
    for when, outcome in zip(("setup", "call", "teardown"), outcomes, strict=False):
        properties = [(PROPERTY, list(ids))] if ids else []
        yield SimpleNamespace(nodeid=nodeid, when=when, outcome=outcome, user_properties=properties)


@pytest.mark.parametrize(
    ("outcomes", "came"),
    [
        (("passed", "passed", "passed"), "passed"),
        (("passed", "failed", "passed"), "failed"),
        (("failed", "passed"), "failed"),
        (("passed", "passed", "failed"), "failed"),
        (("skipped", "passed"), "skipped"),
    ],
)
def test_a_test_is_what_its_worst_phase_came_to(
    tmp_path: Path, outcomes: tuple[str, ...], came: str
) -> None:
    run = Outcomes(tmp_path / "it.json", "now", "abc")
    for report in reports("a", *outcomes):
        run.pytest_runtest_logreport(report)
    assert run.seen["a"][0] == came


def test_of_two_tries_the_last_counts(tmp_path: Path) -> None:
    run = Outcomes(tmp_path / "it.json", "now", "abc")
    for report in (*reports("a", "passed", "rerun"), *reports("a", "passed", "passed", "passed")):
        run.pytest_runtest_logreport(report)
    assert run.seen["a"][0] == "passed"


def finished(file: Path, at: str, seen: dict[str, str], whole: bool, **session: Any) -> None:
    """Let a run end that has seen this."""
    run = Outcomes(file, at, "abc", whole, {test: (came, ()) for test, came in seen.items()})
    ended: Any = SimpleNamespace(**{"shouldfail": False, "shouldstop": False} | session)
    run.pytest_sessionfinish(ended, 1)


def test_a_partial_run_replaces_its_own_outcomes_alone(tmp_path: Path) -> None:
    file = tmp_path / "kept/it.json"
    finished(file, "1", {"f::a": "passed", "f::b[x]": "passed"}, whole=True)
    finished(file, "2", {"f::b[x]": "failed"}, whole=False)
    assert read(file)["tests"] == {
        "f::a": ["passed", "1 abc", []],
        "f::b[x]": ["failed", "2 abc", []],
    }
    finished(file, "3", {"f::a": "passed", "f::b[x]": "passed"}, whole=False)
    assert list(read(file)["runs"]) == ["3 abc"]


@pytest.mark.parametrize(
    ("whole", "session", "kept"),
    [
        (True, {}, {"f::b[new]", "g::c"}),
        (False, {}, {"f::a", "f::b[old]", "f::b[new]", "g::c"}),
        (True, {"shouldfail": "one failed"}, {"f::a", "f::b[old]", "f::b[new]", "g::c"}),
        (True, {"shouldstop": "one failed"}, {"f::a", "f::b[old]", "f::b[new]", "g::c"}),
    ],
)
def test_what_a_file_no_longer_holds_is_forgotten_once_all_of_it_was_run(
    tmp_path: Path, whole: bool, session: dict[str, Any], kept: set[str]
) -> None:
    file = tmp_path / "it.json"
    finished(file, "1", {"f::a": "passed", "f::b[old]": "failed", "g::c": "passed"}, whole=True)
    finished(file, "2", {"f::b[new]": "passed"}, whole, **session)
    assert set(read(file)["tests"]) == kept


def test_what_cannot_be_read_is_nothing_known(tmp_path: Path) -> None:
    file = tmp_path / "it.json"
    assert read(file) == {"runs": {}, "tests": {}}
    file.write_text("{")
    assert read(file) == {"runs": {}, "tests": {}}
    write(file, merged(read(file), Outcomes(file, "1", "abc", seen={"a": ("passed", ())}), False))
    assert read(file)["tests"]["a"][0] == "passed"


def test_this_test_carries_its_own(request: pytest.FixtureRequest) -> None:
    """RFC 2119 stands here as an example. The hook of tests/conftest.py has seen it."""
    assert (PROPERTY, ["RFC 2119"]) in request.node.user_properties
