"""Which records a rule is about: Sigma's selections and conditions, compiled once.

A selection is a mapping of fields to values, all of which hold; a list is any of them. `field|not`
and the other modifiers are below. A condition joins selections by `and`, `or`, `not`, brackets,
`1 of name*` and `all of name*` (Sigma specification 2.0, "detection").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from security.monitor.seen import Fields

Test = Callable[[Fields], bool]
_TOKEN = re.compile(r"\s*(\(|\)|[A-Za-z0-9_*]+)")

_MODIFIERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "startswith": lambda held, wanted: isinstance(held, str) and held.startswith(wanted),
    "endswith": lambda held, wanted: isinstance(held, str) and held.endswith(wanted),
    "contains": lambda held, wanted: isinstance(held, (str, list)) and wanted in held,
    "gte": lambda held, wanted: isinstance(held, (int, float)) and held >= wanted,
    "lt": lambda held, wanted: isinstance(held, (int, float)) and held < wanted,
}


class Invalid(ValueError):
    """A rule that cannot be used; says where and why."""


def compile_selection(name: str, wanted: Mapping[str, Any]) -> Test:
    """Return the test of one selection. Raises `Invalid`."""
    if not wanted:
        raise Invalid(f"{name}: names no field")
    tests = [_field(name, key, value) for key, value in wanted.items()]
    return tests[0] if len(tests) == 1 else lambda fields: all(test(fields) for test in tests)


def _field(name: str, key: str, value: Any) -> Test:
    field, _, modifier = key.partition("|")
    values = value if isinstance(value, list) else [value]
    if not values or any(not isinstance(one, (str, int)) for one in values):
        raise Invalid(f"{name}.{key}: a text, a number, or a list of these")
    if modifier == "exists":
        return lambda fields: (fields.get(field) is not None) is bool(values[0])
    if not modifier:
        exactly = frozenset(values)
        return lambda fields: fields.get(field) in exactly
    compare = _MODIFIERS.get(modifier)
    if compare is None:
        raise Invalid(f"{name}.{key}: no modifier {modifier!r}")
    return lambda fields: any(compare(fields.get(field), one) for one in values)


def compile_condition(text: str, selections: Mapping[str, Test]) -> Test:
    """Return the test of a whole condition over named selections. Raises `Invalid`."""
    tokens = _tokens(text)
    parser = _Parser(tokens, selections)
    test = parser.either()
    if parser.tokens:
        raise Invalid(f"condition: {parser.tokens[0]!r} is not expected here")
    return test


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if found is None:
            raise Invalid(f"condition: cannot read {text[at:]!r}")
        tokens.append(found[1])
        at = found.end()
    return tokens


class _Parser:
    """Reads `or`, then `and`, then `not`, then names: each binds tighter than the one before."""

    def __init__(self, tokens: list[str], selections: Mapping[str, Test]) -> None:
        self.tokens = tokens
        self._selections = selections

    def either(self) -> Test:
        tests = [self._both()]
        while self._take("or"):
            tests.append(self._both())
        return _joined(any, tests)

    def _both(self) -> Test:
        tests = [self._negated()]
        while self._take("and"):
            tests.append(self._negated())
        return _joined(all, tests)

    def _negated(self) -> Test:
        if self._take("not"):
            test = self._negated()
            return lambda fields: not test(fields)
        if self._take("("):
            inner = self.either()
            if not self._take(")"):
                raise Invalid("condition: a bracket is not closed")
            return inner
        return self._named()

    def _named(self) -> Test:
        if not self.tokens:
            raise Invalid("condition: ends too early")
        name = self.tokens.pop(0)
        if name in {"1", "all"} and self._take("of"):
            pattern = self.tokens.pop(0) if self.tokens else ""
            tests = [test for key, test in self._selections.items() if fnmatchcase(key, pattern)]
            if not tests:
                raise Invalid(f"condition: nothing is named {pattern!r}")
            return _joined(any if name == "1" else all, tests)
        if name not in self._selections:
            raise Invalid(f"condition: nothing is named {name!r}")
        return self._selections[name]

    def _take(self, word: str) -> bool:
        if self.tokens and self.tokens[0] == word:
            del self.tokens[0]
            return True
        return False


def _joined(how: Callable[[Any], bool], tests: Sequence[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]
    return lambda fields: how(test(fields) for test in tests)
