"""The rules of the watch: `rules.yml`, in Sigma's terms, read and checked once, at start.

`detection` says which records, `correlation` how many of them in which time (Sigma specification
2.0 and its correlation rules); `response` is ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self
from uuid import UUID

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from security.monitor.detection import Invalid, Test, compile_condition, compile_selection

TABLE = Path(__file__).with_name("rules.yml")

Level = Literal["informational", "low", "medium", "high", "critical"]
_SPAN = re.compile(r"([1-9][0-9]{0,3})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_TACTIC_OR_TECHNIQUE = re.compile(r"attack\.(t[0-9]{4}(\.[0-9]{3})?|[a-z]+(-[a-z]+)*)")
_LONGEST = timedelta(days=90)


class Response(Enum):
    """What follows an alert by itself."""

    NOTIFY = "notify"
    """Tell the organisation's administrators."""
    ASK_AGAIN = "ask_again"
    """The session's proof is worth nothing any more: what needs one asks for a new one."""
    THROTTLE = "throttle"
    """Slow down who did it, and where from, for the rule's quiet time."""
    THROTTLE_NETWORK = "throttle_network"
    """Slow down the networks alone: what strangers do in somebody's name is not that one's."""
    LOCK_SESSION = "lock_session"
    """End the sessions that the evidence names."""
    FREEZE_PERSON = "freeze_person"
    """Let the person in no more, until an administrator does."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class LogSource(_Model):
    """Sigma's `logsource`: always our trail."""

    product: Literal["gatehouse"]
    service: Literal["trail"]


class Bound(_Model):
    """When a correlation is reached: so many events or distinct values of `field`.

    For an outlier, by `deviations` more than is usual as well, and by `from_peers` more than is
    usual among peers (the same where nothing is said); `unknown` times `gte` where nobody knows
    what is usual. `only_new` counts values that the group has not had on earlier days.
    """

    gte: int = Field(ge=1, le=10_000)
    field: str | None = None
    deviations: float = Field(0.0, ge=0, le=50)
    from_peers: float | None = Field(None, ge=0, le=50)
    unknown: float = Field(3.0, ge=1, le=50)
    only_new: bool = False


class Correlation(_Model):
    """What has to come together within `timespan`, for one value of all fields of `group-by`.

    event_count       so many events
    value_count       so many distinct values of a field
    temporal_ordered  each of the selections in `steps`, in this order
    new_value         a value of a field that this group has not had within `timespan`
    outlier           so many events, or distinct values, and more than usual for this group, and
                      for its peers (all groups with the same `peers`)
    (`learns` is a selection that a new_value is also learnt from, without an alert; for as long
    as it `settles` it is new still)
    gap, clock_jump   the writer has left out a number, or its clock has moved by `timespan`
    """

    type: Literal[
        "event_count",
        "value_count",
        "temporal_ordered",
        "new_value",
        "outlier",
        "gap",
        "clock_jump",
    ]
    group_by: tuple[str, ...] = Field((), alias="group-by")
    timespan: timedelta
    condition: Bound | None = None
    steps: tuple[str, ...] = ()
    peers: tuple[str, ...] = ()
    learns: str | None = None
    settles: timedelta = timedelta(0)

    @field_validator("timespan", "settles", mode="before")
    @classmethod
    def _is_span(cls, text: object) -> object:
        return span(text)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        counted = self.type in {"event_count", "value_count", "outlier"}
        if counted and self.condition is None:
            raise ValueError(f"{self.type} needs a condition")
        has_field = self.condition is not None and self.condition.field is not None
        if self.type in {"value_count", "new_value"} and not has_field:
            raise ValueError(f"{self.type} needs condition.field")
        if (self.type == "temporal_ordered") != (len(self.steps) >= 2):
            raise ValueError("temporal_ordered, and nothing else, has two steps or more")
        if self.type not in {"gap", "clock_jump"} and not self.group_by:
            raise ValueError("group-by names no field")
        return self


class Rule(_Model):
    """One rule. `quiet`: for so long the same group raises no second alert."""

    title: str = Field(min_length=3, max_length=80)
    name: str = Field(pattern=r"^[a-z]+(_[a-z]+)*$")
    id: UUID
    status: Literal["stable", "test", "experimental"]
    description: str = Field(min_length=10)
    logsource: LogSource
    detection: Mapping[str, Any]
    correlation: Correlation | None = None
    level: Level
    tags: tuple[str, ...] = Field(min_length=1)
    falsepositives: tuple[str, ...] = Field(min_length=1)
    response: tuple[Response, ...] = Field(min_length=1)
    steps_to_take: str = Field(min_length=10)
    quiet: timedelta = timedelta(hours=1)

    @field_validator("quiet", mode="before")
    @classmethod
    def _is_span(cls, text: object) -> object:
        return span(text)

    @field_validator("tags")
    @classmethod
    def _are_of_attack(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        if not any(tag.startswith("attack.t") for tag in tags):
            raise ValueError("tags: no technique of MITRE ATT&CK")
        for tag in tags:
            if _TACTIC_OR_TECHNIQUE.fullmatch(tag) is None:
                raise ValueError(f"tags: {tag!r} is neither a tactic nor a technique")
        return tags

    @model_validator(mode="after")
    def _compiles(self) -> Self:
        selections = self.selections()
        compile_condition(str(self.detection["condition"]), selections)
        spec = self.correlation
        named = (*spec.steps, *([spec.learns] if spec.learns else [])) if spec else ()
        for name in named:
            if name not in selections:
                raise ValueError(f"correlation: nothing is named {name!r}")
        return self

    def selections(self) -> dict[str, Test]:
        """Return the tests of its selections by name. Raises `Invalid`."""
        named = {key: value for key, value in self.detection.items() if key != "condition"}
        if "condition" not in self.detection or not named:
            raise Invalid("detection: a condition and one selection at least")
        wrong = [key for key, value in named.items() if not isinstance(value, dict)]
        if wrong:
            raise Invalid(f"detection.{wrong[0]}: a mapping of fields")
        return {key: compile_selection(key, value) for key, value in named.items()}

    def matcher(self) -> Callable[[Mapping[str, Any]], bool]:
        """Return the test of its whole detection."""
        return compile_condition(str(self.detection["condition"]), self.selections())

    def tags_on_trail(self) -> frozenset[str] | None:
        """Return the only tags of the trail that it can match; None where it may be any."""
        found: set[str] = set()
        named = {key: value for key, value in self.detection.items() if key != "condition"}
        if "not" in str(self.detection["condition"]).split():
            # A selection that is negated narrows: the others say which tags there can be.
            named = {key: value for key, value in named.items() if not key.startswith("filter")}
        for selection in named.values():
            tag = selection.get("tag")
            if tag is None:
                return None
            found.update(tag if isinstance(tag, list) else [tag])
        return frozenset(found)


@cache
def read_rules(path: Path = TABLE) -> tuple[Rule, ...]:
    """Read and check all rules, once. Raises `ValueError` that names the rule and what is wrong."""
    try:
        loaded = yaml.safe_load(path.read_text("utf-8"))
    except yaml.YAMLError as error:
        raise ValueError(f"{path.name}: not YAML: {error}") from None
    if not isinstance(loaded, list) or not loaded:
        raise ValueError(f"{path.name}: a list of rules")
    rules = tuple(_rule(path.name, at, one) for at, one in enumerate(loaded, start=1))
    for field in ("name", "id", "title"):
        values = [getattr(rule, field) for rule in rules]
        twice = {value for value in values if values.count(value) > 1}
        if twice:
            raise ValueError(f"{path.name}: two rules have the {field} {min(map(str, twice))}")
    return rules


def _rule(file: str, at: int, one: object) -> Rule:
    name = one.get("name", f"number {at}") if isinstance(one, dict) else f"number {at}"
    try:
        return Rule.model_validate(one)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{file}: rule {name}: {where}: {first['msg']}") from None


def span(text: object) -> object:
    """Return `10m`, `1h`, `30d` as a duration. Raises `ValueError`."""
    if isinstance(text, timedelta):
        return text
    found = _SPAN.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError("a duration such as 30s, 10m, 1h or 7d")
    lasts = timedelta(**{_UNITS[found[2]]: int(found[1])})
    if lasts > _LONGEST:
        raise ValueError("90d at most")
    return lasts
