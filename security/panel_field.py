"""What the page is told to ask for beside a code."""

from __future__ import annotations

from typing import Literal

from security.frozen import Frozen, Name


class PanelField(Frozen):
    """Something that the person types into the panel beside the code, and nowhere else.

    `form` is `pin`: digits, as many as the two lengths say.
    """

    name: Name
    label: str
    form: Literal["pin"]
    min_length: int
    max_length: int
