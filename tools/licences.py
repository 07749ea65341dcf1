"""Licences of everything that is installed: each compatible with ours, by tools/licences.yml."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml
from license_expression import ExpressionError, get_spdx_licensing
from packaging.utils import canonicalize_name

TABLE = Path("tools") / "licences.yml"
NPM_LOCK = Path("tests") / "foreign" / "package-lock.json"
ENVIRONMENTS = (".venv", ".venv-rasa", ".venv-scan")
_OURS = "gatehouse"
_SAYS_NOTHING = frozenset({"", "UNKNOWN", "Dual License"})
_LONGEST = 60
"""A longer "licence" is the text of one, and its classifier says more."""


@dataclass(frozen=True)
class Package:
    """A package as it describes itself. `told` is an SPDX expression, or what stands for one."""

    name: str
    version: str
    told: str


@dataclass(frozen=True)
class Table:
    """What may be installed."""

    compatible: frozenset[str]
    spelt: Mapping[str, str]
    concluded: Mapping[str, Mapping[str, str]]
    excused: Mapping[str, Mapping[str, str]]

    def licence(self, package: Package) -> str:
        """Return the SPDX expression of a package; empty where nothing is known."""
        looked_up = self.concluded.get(package.name) or self.excused.get(package.name)
        return looked_up["licence"] if looked_up else self.spelt.get(package.told, package.told)

    def complaint(self, package: Package) -> str | None:
        """Return why a package may not be here."""
        licence = self.licence(package)
        named = f"{package.name} {package.version}"
        if not licence:
            return f"{named} does not say its licence: look it up and add it to {TABLE}"
        if package.name in self.excused:
            return None
        try:
            expression = _spdx().parse(licence)
        except ExpressionError:
            return f"{named} has a licence that {TABLE} does not know: {licence}"
        if not self._allows(expression):
            return f"{named} has a licence that {TABLE} does not allow: {licence}"
        return None

    def _allows(self, expression: Any) -> bool:
        """One of those that are joined by OR will do; of those joined by AND, each has to."""
        if expression.isliteral:
            return str(expression) in self.compatible
        allowed = [self._allows(each) for each in expression.args]
        return any(allowed) if expression.operator.strip() == "OR" else all(allowed)


@functools.cache
def _spdx() -> Any:
    return get_spdx_licensing()


def read_table(root: Path) -> Table:
    """Return the table of the project."""
    given = yaml.safe_load((root / TABLE).read_text("utf-8"))
    return Table(
        frozenset(given["compatible"]), given["spelt"], given["concluded"], given["excused"]
    )


def installed(environment: Path) -> list[Package]:
    """Return the packages of a Python environment, without our own, by their canonical names."""
    folders = [str(path) for path in environment.glob("lib/python3.*/site-packages")]
    found = (
        Package(canonicalize_name(each.name), each.version, _told(each))
        for each in metadata.distributions(path=folders)
    )
    return sorted((each for each in found if each.name != _OURS), key=lambda package: package.name)


def _told(package: metadata.Distribution) -> str:
    """Return what a package says of its licence: an expression, a name, or its classifiers."""
    described = package.metadata
    if expression := described.get("License-Expression"):
        return expression
    said = (described.get("License") or "").strip()
    if said not in _SAYS_NOTHING and len(said) <= _LONGEST and "\n" not in said:
        return said.partition(";")[0]
    classifiers = [
        each.rpartition(" :: ")[2]
        for each in described.get_all("Classifier", [])
        if each.startswith("License :: OSI Approved :: ")
    ]
    return classifiers[0] if len(classifiers) == 1 else ""


def locked_npm(root: Path) -> list[Package]:
    """Return the packages of the npm lock file."""
    packages = json.loads((root / NPM_LOCK).read_text("utf-8"))["packages"]
    return [
        Package(name.rpartition("node_modules/")[2], each["version"], each.get("license") or "")
        for name, each in packages.items()
        if name
    ]


def every(root: Path) -> Iterator[Package]:
    """Yield what the project installs. Raises `FileNotFoundError` for a missing environment."""
    for name in ENVIRONMENTS:
        packages = installed(root / name)
        if not packages:
            raise FileNotFoundError(root / name)
        yield from packages
    yield from locked_npm(root)


def judged(packages: Iterable[Package], table: Table) -> list[str]:
    """Return a complaint for each package that may not be here, and for what is told of none."""
    listed = list(packages)
    names = {each.name for each in listed}
    found = {complaint for each in listed if (complaint := table.complaint(each))}
    return [
        *sorted(found),
        *(
            f"{TABLE} speaks of {name}, which is not installed"
            for name in sorted({*table.concluded, *table.excused} - names)
        ),
    ]


def complaints(root: Path) -> list[str]:
    """Return what is wrong with the licences of what is installed."""
    try:
        return judged(every(root), read_table(root))
    except FileNotFoundError as error:
        return [f"{error} is missing: run `make check`"]
