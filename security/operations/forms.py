"""The form of a manifest: what its keys are called and what they may hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from security.model import Assurance

_Words = Annotated[str, Field(min_length=1, max_length=120)]
_Scope = Annotated[str, Field(pattern=r"^[a-z]+(:[a-z_]+)+$")]
_Word = Annotated[str, Field(pattern=r"^[a-z]+(_[a-z]+)*$", max_length=40)]
_Count = Annotated[int, Field(ge=1, le=100_000)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class AmountForm(_Form):
    """Which arguments say how much."""

    value: str
    currency: str


class ConfirmForm(_Form):
    """What a person approves."""

    title: _Words
    done: _Words
    details: Annotated[dict[str, str], Field(min_length=1, max_length=8)]
    amount: AmountForm | None = None
    tell: bool = False


class InformForm(_Form):
    """Who else is told of it: whom it is about, by a field of the answer, and whole roles."""

    whom: _Word
    words: _Words
    roles: Annotated[list[_Word], Field(max_length=4)] = Field(default_factory=list)
    others: _Words


class OutcomeForm(_Form):
    """What a person is told of a write that needs no approval; `ask` is for the page alone."""

    done: _Words
    ask: _Words | None = None
    tell: bool = False
    inform: InformForm | None = None


class PanelForm(_Form):
    """An argument that the person types into the secure panel when they approve."""

    label: _Words
    form: Literal["pin"]
    shortest: Annotated[int, Field(ge=4, le=12)]
    longest: Annotated[int, Field(ge=4, le=12)]


class SettleForm(_Form):
    """How a write's API is asked what became of it."""

    endpoint: str
    scope: _Scope


class LimitsForm(_Form):
    """How often one person may do this."""

    per_minute: _Count | None = None
    per_hour: _Count | None = None


class EntryForm(_Form):
    """One operation."""

    title: _Words
    endpoint: str
    kind: str = Field(alias="class")
    assurance: Assurance | None = None
    freshness_minutes: Annotated[int, Field(ge=1, le=60)] | None = None
    purposes: Annotated[list[_Word], Field(max_length=8)] = Field(default_factory=list)
    scope: _Scope
    fields: list[str]
    sensitive: list[str] = Field(default_factory=list)
    echoes: list[str] = Field(default_factory=list)
    limits: LimitsForm = LimitsForm()
    confirm: ConfirmForm | None = None
    panel: Annotated[dict[_Word, PanelForm], Field(max_length=4)] = Field(default_factory=dict)
    on_trail: str | None = None
    counterparty: str | None = None
    about: str | None = None
    email_code: bool = False
    outcome: OutcomeForm | None = None
    settle: SettleForm | None = None
    refusals: list[str] = Field(default_factory=list)
    document: bool = False
    on_behalf_of: _Word | None = None


class ManifestForm(_Form):
    """The operations of one API."""

    api: Annotated[str, Field(pattern=r"^[a-z]+$")]
    audience: str
    document: str
    operations: dict[str, EntryForm]


class _StrictLoader(yaml.SafeLoader):
    """Refuses a key that stands twice: YAML would silently keep the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len(set(keys)) != len(keys):
            raise yaml.YAMLError(f"a key stands twice{node.start_mark}")
        return super().construct_mapping(node, deep)


def read_form(path: Path) -> ManifestForm:
    """Read one manifest. Raises `ValueError` with the reason, or `OSError`."""
    try:
        # nosemgrep: no-code-from-data - the loader is SafeLoader's, and stricter.
        read = yaml.load(path.read_text(), _StrictLoader)  # noqa: S506 # nosec B506
        return ManifestForm.model_validate(read)
    except (ValidationError, yaml.YAMLError, TypeError, RecursionError) as error:
        raise ValueError(str(error)) from None
