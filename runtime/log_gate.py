"""What may stand in a log: an allow-list of keys, each with the shape of its value.

Everything that a process writes goes through `LogGate` last, whoever logged it. Our own events
are constants in the shape of identifiers; their values are codes, names of the program, counts and
places in its source. None of these shapes holds a sentence, a code of digits, a number of a
card or an address. What does not fit is left out, and the line says under `withheld` what
was; of other people's libraries nothing stays but who complained, how loudly and where.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

OURS = (
    "actions",
    "apis",
    "cli",
    "dialogue",
    "gateway",
    "relay",
    "runtime",
    "security",
    "telemetry",
)
"""The rooms whose loggers' events are constants of this project."""
LIBRARY = "library_message"
WITHHELD = "event_withheld"
CANNOT_START = "cannot_start"
MOST_COUNTED = 99_999
"""A count beyond this is told as this: six digits could be somebody's code."""

_EVENT = re.compile(r"[a-z]+(?:_[a-z]+){0,7}")
_CODE = re.compile(r"[a-z][a-z0-9]*(?:[_.-][a-z0-9]+)*")
_TYPE = re.compile(r"_?[A-Za-z]+[0-9]{0,2}[A-Za-z_]*")
_LOGGER = re.compile(r"[a-z_]+[0-9]{0,2}(?:\.[a-z_]+[0-9]{0,2})*(?:\.[A-Z][A-Za-z]*)?")
_PLACE = re.compile(r"[A-Za-z_<][A-Za-z0-9_.<>]*:[0-9]{1,5}(?: [A-Za-z_<][A-Za-z0-9_<>]*)?")
_ROUTE = re.compile(r"(?:/[a-z_-]+){1,5}")
_CALL = re.compile(r"(?:GET|POST|PUT|PATCH|DELETE) (?:/[a-z_.{}-]+){1,7}")
_SETTING = re.compile(r"GATEHOUSE_[A-Z0-9_]+")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}Z")
_LONGEST = 64
_MOST = 12

Shape = Callable[[Any], bool]


def _of(*patterns: re.Pattern[str]) -> Shape:
    def fits(value: Any) -> bool:
        if not isinstance(value, str) or len(value) > _LONGEST:
            return False
        return any(pattern.fullmatch(value) for pattern in patterns)

    return fits


def _many(one: Shape) -> Shape:
    def fits(value: Any) -> bool:
        if isinstance(value, (list, tuple, set, frozenset)):
            return len(value) <= _MOST and all(one(each) for each in value)
        return one(value)

    return fits


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


CODE, TYPE = _of(_CODE), _of(_TYPE)
SHAPES: Mapping[str, Shape] = {
    "at": _of(_MOMENT),
    "level": _of(re.compile(r"debug|info|warning|error|critical|exception")),
    "logger": _of(_LOGGER),
    "process": CODE,
    # Which part of the program, and what it found.
    "action": CODE,
    "api": CODE,
    "arrow": CODE,
    "call": _of(_CODE, _CALL),
    "channel": CODE,
    "code": CODE,
    "name": CODE,
    "operation": CODE,
    "outcome": CODE,
    "policies": _many(CODE),
    "reason": CODE,
    "settling": CODE,
    "scope": _of(re.compile(r"[a-z]+(?:[_.:][a-z]+)*")),
    "tenant": CODE,
    "error": TYPE,
    "kind": _of(_TYPE, _CODE),
    "why": _of(_TYPE, _CODE),
    "exception": _many(TYPE),
    "where": _many(_of(_PLACE)),
    "path": _of(_ROUTE),
    "settings": _many(_of(_SETTING)),
    "answered": _count,
    "at_once": _count,
    "count": _count,
    "sent": _count,
    "status": _count,
    "withheld": _many(CODE),
}
"""Each key that a line may have. A new one is added here, with its shape, or does not appear."""


class LogGate:
    """The last processor before a line is rendered."""

    def __init__(self, process: str) -> None:
        self._process = process
        self.serves = False
        """Set once the process has told that it is ready: strangers' words are in it from then."""

    def __call__(
        self, _logger: Any, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """Return the line: `event` first, then what of the rest has its key's shape."""
        name = event.pop("event", None)
        ours = is_ours(str(event.get("logger", "")))
        if not ours:
            event = {key: event[key] for key in _OF_LIBRARIES if key in event}
        kept: dict[str, Any] = {"process": self._process, "event": _event(name, ours)}
        if ours and name == CANNOT_START and not self.serves:
            # Nobody has said anything yet, and whoever starts it has to know what is wrong.
            kept["said"] = str(event.pop("said", ""))
        withheld = []
        for key, value in event.items():
            shape = SHAPES.get(key)
            if shape is not None and shape(value):
                kept[key] = min(value, MOST_COUNTED) if isinstance(value, int) else value
            else:
                # A name that is not on the list may itself be what somebody typed.
                withheld.append(key if key in SHAPES or key == "said" else "unnamed")
        if withheld:
            kept["withheld"] = sorted(set(withheld))
        return kept


_OF_LIBRARIES = ("at", "level", "logger", "where", "exception")


def is_ours(logger: str) -> bool:
    """Tell whether a logger of this name is one of this project's."""
    return logger.partition(".")[0] in OURS


def _event(name: Any, ours: bool) -> str:
    if not ours:
        return LIBRARY
    fits = isinstance(name, str) and len(name) <= _LONGEST and _EVENT.fullmatch(name)
    return str(name) if fits else WITHHELD


def coded(reason: object) -> str:
    """Return one of our own reasons, which are words, in the shape of a code.

    Only for the reasons of refusals that carry nothing but constants; the tests hold that.
    """
    return re.sub(r"[^a-z0-9]+", "_", str(reason).lower()).strip("_")[:_LONGEST]
