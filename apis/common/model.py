"""Values that every API has: strict forms, the owner of rows, the problem document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

# Neither control characters nor those that reorder or hide text: an approval shows these words.
_HIDDEN = (
    r"\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\ufffb"
    # Beyond the first plane no escape is common to all who read the pattern: tags and selectors.
    "\U000e0000-\U000e0fff"
)
_VISIBLE = rf"[^\s\u00a0{_HIDDEN}]"
LINE_PATTERN = rf"^{_VISIBLE}(?:[^{_HIDDEN}]*{_VISIBLE})?$"
"""One line of words without space around it."""

KEY_PATTERN = r"^[A-Za-z0-9_-]{16,64}$"
"""An idempotency key."""

Line = Annotated[str, Field(min_length=1, max_length=64, pattern=LINE_PATTERN)]
Note = Annotated[str, Field(min_length=1, max_length=140, pattern=LINE_PATTERN)]


@dataclass(frozen=True)
class Owner:
    """Whose rows may be seen: the pairwise subject means nothing outside its tenant."""

    tenant: str
    subject: str


class Strict(BaseModel):
    """A frozen value without unknown fields."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_serialization_defaults_required=True
    )


class Sparse(Strict):
    """Absent where there is nothing to say: an optional field is never null."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)


class Problem(Strict):
    """An RFC 9457 problem; `code` is stable, `title` is for people."""

    type: Literal["about:blank"] = "about:blank"
    title: Annotated[str, Field(min_length=1, max_length=200)]
    status: Annotated[int, Field(ge=400, le=599)]
    code: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
