"""The requirements that a test shows: the ids in the docstrings of its function, class and module.

`ASVS 6.6.3-4, 8.2.2 and 8.4.1` names four rows. Which rows there are stands in
`tools/requirements/`; `docs/compliance.md` tells which tests show each (`make compliance`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

PROPERTY = "requirements"
"""The key of a report's `user_properties` under which the ids travel, between workers too."""


@dataclass(frozen=True)
class _Standard:
    key: str
    name: str
    """A pattern for what the standard is called in a docstring."""
    number: str
    """A pattern for one id, ranges included."""


_PARTS = r"(?:\([0-9A-Za-z]+(?:[-–][0-9A-Za-z]+)?\))*"
_DOTTED = r"\d+(?:\.\d+)+(?:[-–]\d+(?:\.\d+)*)?"
_STANDARDS = (
    _Standard("ASVS", r"ASVS", _DOTTED),
    _Standard("HIPAA", r"HIPAA(?: 45 CFR)?", rf"164\.\d{{3}}{_PARTS}"),
    _Standard("GDPR", r"GDPR(?: art\.)?", rf"\d{{1,2}}{_PARTS}(?!\.?\d)"),
    _Standard("PCI DSS", r"PCI(?: DSS)?", r"\d+(?:\.\d+)*(?:\.x)?(?:[-–]\d+)?"),
    _Standard("NIST SP 800-63B", r"NIST(?: SP)?(?: 800-)?\s?63B(?:-4)?", _DOTTED),
    _Standard("PSD2 RTS", r"PSD2 RTS(?: art\.)?", rf"\d{{1,2}}{_PARTS}(?!\.?\d)"),
    _Standard("RFC", r"RFC", r"\d{3,5}(?!\w|\.\d)"),
    _Standard("WCAG", r"WCAG", r"\d\.\d+\.\d+"),
    _Standard("WebAuthn", r"WebAuthn(?: sections?)?", r"§?\d+(?:\.\d+)+"),
)
_OURS = re.compile(r"(?<![\w-])GH-\d+(?!\w)")
_NEXT = r"(?:, and |, | and )"
# A number may follow a comma and count something else: "GDPR 17, 3 years".
_NO_WORD = r"(?!\s+(?!and\b)[a-z])"
_NAMED = tuple(
    (
        each,
        re.compile(
            rf"(?<![\w-]){each.name} ({each.number}(?:{_NEXT}{each.number}(?![\w.(]\w){_NO_WORD})*)"
        ),
        re.compile(each.number),
    )
    for each in _STANDARDS
)
_LIKELY = re.compile("|".join(("GH-", *dict.fromkeys(e.key.split()[0] for e in _STANDARDS))))


def named(text: str) -> tuple[str, ...]:
    """Return the ids that a docstring names, such as `ASVS 6.6.3`, each once, in order."""
    if not _LIKELY.search(text):
        return ()
    plain = " ".join(text.split())
    found = [(match.start(), match[0]) for match in _OURS.finditer(plain)]
    for standard, whole, one in _NAMED:
        for match in whole.finditer(plain):
            for number in one.findall(match[1]):
                found += [(match.start(), f"{standard.key} {id_}") for id_ in _spread(number)]
    return tuple(dict.fromkeys(id_ for _, id_ in sorted(found, key=lambda each: each[0])))


def _spread(number: str) -> Iterator[str]:
    """Yield what a range stands for: `6.6.3-4` is 6.6.3 and 6.6.4, `5(1)(c-d)` both letters."""
    number = number.removeprefix("§")
    letters = re.fullmatch(r"(.*)\(([a-z])[-–]([a-z])\)", number)
    if letters:
        yield from (f"{letters[1]}({chr(n)})" for n in range(ord(letters[2]), ord(letters[3]) + 1))
        return
    numbers = re.fullmatch(r"(.*?)(\d+)[-–](?:[\d.]*\.)?(\d+)", number)
    if numbers:
        yield from (f"{numbers[1]}{n}" for n in range(int(numbers[2]), int(numbers[3]) + 1))
        return
    yield number


_of_docstring = cache(named)


def ids_of(item: pytest.Item) -> tuple[str, ...]:
    """Return what a test shows: the ids of its function, its class and its module."""
    owners = (getattr(item, name, None) for name in ("function", "cls", "module"))
    texts = (getattr(owner, "__doc__", None) for owner in owners if owner is not None)
    return tuple(dict.fromkeys(id_ for text in texts if text for id_ in _of_docstring(text)))


def attach(items: Iterable[pytest.Item]) -> None:
    """Let each test's ids travel with its reports."""
    for item in items:
        ids = ids_of(item)
        if ids:
            item.user_properties.append((PROPERTY, list(ids)))


def written(root: Path) -> dict[str, tuple[str, ...]]:
    """Return every test below tests/ as `file::name`, without parameters, and the ids it names.

    Read from the files, so that nothing of theirs is run.
    """
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted((root / "tests").rglob("test_*.py")):
        name = path.relative_to(root).as_posix()
        found.update(_written(path.read_text("utf-8"), name))
    return found


def _written(source: str, name: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    tree = ast.parse(source)
    ours = named(ast.get_docstring(tree, clean=False) or "")
    for node, above, inherited in _definitions(tree.body, name, ours):
        own = named(ast.get_docstring(node, clean=False) or "")
        yield f"{above}::{node.name}", tuple(dict.fromkeys((*own, *inherited)))


type _Function = ast.FunctionDef | ast.AsyncFunctionDef


def _definitions(
    body: list[ast.stmt], above: str, ids: tuple[str, ...]
) -> Iterator[tuple[_Function, str, tuple[str, ...]]]:
    for node in body:
        if isinstance(node, _Function.__value__) and node.name.startswith("test"):
            yield node, above, ids
        elif isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            own = named(ast.get_docstring(node, clean=False) or "")
            yield from _definitions(node.body, f"{above}::{node.name}", (*own, *ids))
