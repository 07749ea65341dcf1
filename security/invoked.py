"""What an action gets for an operation that has run."""

from __future__ import annotations

from typing import Any

from security.frozen import Frozen


class Invoked(Frozen):
    """The validated result of an operation.

    `sensitive` are its fields, by dotted path, that the web page alone may show: on any other
    channel they are left out already.
    """

    result: Any
    sensitive: list[str] | None = None


class Resumed(Frozen):
    """A pending operation that has now run, and the action that is to render it.

    `words` are those of the person that it came of, where they were said in another conversation.
    """

    action: str
    operation: str
    arguments: dict[str, Any]
    result: Any
    sensitive: list[str] | None = None
    words: str | None = None
