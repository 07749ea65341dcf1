"""What one administrator may do to whom, and what needs two: pure rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta

from security.administration_model import ActionKind

ADMIN = "admin"

APPROVED_WITHIN = timedelta(hours=24)
"""How long something waits for its second administrator."""

_LIGHT: frozenset[ActionKind] = frozenset({"unlock", "end_sessions", "invite"})
"""What takes and gives nothing that lasts: an invitation goes where two have sent it before."""


@dataclass(frozen=True)
class Case:
    """What an action is about: the person's roles before and after, and who asks.

    `others` are the enabled administrators beside the asker and the person. `shows` says that a
    new password of somebody who is there would be shown, `linked` that a link reaches them, or has.
    """

    kind: ActionKind
    before: Collection[str]
    after: Collection[str]
    is_self: bool = False
    others: int = 0
    shows: bool = False
    linked: bool = False


def needs_second(case: Case) -> bool:
    """Tell whether a second administrator has to approve.

    Whatever makes somebody an administrator, or makes one powerless: giving or taking the role,
    and adding, disabling, enabling or resetting somebody who has it. And a password that is shown:
    with it, one alone could become anybody. Only where there is no second one, and no link has
    ever reached the person, it is left to the first.
    """
    if case.kind in _LIGHT:
        return False
    if case.kind == "roles":
        return (ADMIN in case.before) != (ADMIN in case.after)
    if case.shows and (case.linked or case.others > 0):
        return True
    return ADMIN in case.before or ADMIN in case.after


def refusal(case: Case) -> str | None:
    """Return the code of what speaks against this case, None where nothing does.

    An enabled administrator always stays: whoever asks is one, and may not ask about themselves.
    """
    if case.is_self:
        return "own_account"
    if case.kind == "roles" and set(case.before) == set(case.after):
        return "already_so"
    if needs_second(case) and case.others == 0:
        return "second_admin_missing"
    return None


def roles_after(before: Iterable[str], give: Iterable[str], take: Iterable[str]) -> list[str]:
    """Return a person's roles once these are given and taken."""
    return sorted((set(before) | set(give)) - set(take))
