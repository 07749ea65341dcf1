"""Files that a person may save: an API's papers, and what security itself has written."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from security.frozen import Frozen

_FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]


class Document(Frozen):
    """A paper of the person's own, as an API gives it; `content` is base64."""

    name: _FileName
    media_type: Literal["application/pdf"]
    content: Annotated[str, Field(max_length=1_000_000, repr=False)]


class OwnFile(Frozen):
    """A file of a person's own data, which security itself has written; `content` is base64."""

    name: _FileName
    media_type: Literal["text/html", "application/json"]
    content: Annotated[str, Field(max_length=50_000_000, repr=False)]
