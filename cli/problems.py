"""What a person can mend: told in one line, never as a stack trace."""

from __future__ import annotations


class Problem(Exception):
    """Something keeps Gatehouse from working; `what` happened and what `to_do` about it."""

    def __init__(self, what: str, to_do: str) -> None:
        super().__init__(f"{what}: {to_do}")
        self.what = what
        self.to_do = to_do
