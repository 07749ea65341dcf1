"""The base of every value that travels between security and its callers."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Reference = Annotated[str, Field(min_length=1, max_length=128)]
Name = Annotated[str, Field(min_length=1, max_length=64)]


class Frozen(BaseModel):
    """A value: it cannot change, and it refuses what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
