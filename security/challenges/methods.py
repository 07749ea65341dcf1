"""Which method counts for what: the one table (NIST SP 800-63B; the table of the contract)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from security.model import Assurance, Method
from security.sessions import reaches


@dataclass(frozen=True)
class Worth:
    """What one method is worth beside a password.

    `approves`: which binding operations it may approve; `small` ones stay within the limit of
    the tenant. `changes`: what it may approve of a person's own factors and password, all of it
    or `enrolment` of another factor alone. `sent_over`: the channel that carries its code, which
    may never be the channel in use. `page_alone`: it needs a browser. `alone`: it is good without
    a password, because the person is verified by the authenticator itself. `provider`: it is the
    word of the organisation's provider, which says who somebody is and approves nothing.
    """

    assurance: Assurance
    approves: Literal["all", "small", "none"] = "none"
    changes: Literal["all", "enrolment", "none"] = "none"
    sent_over: Literal["sms", "email"] | None = None
    page_alone: bool = False
    alone: bool = False
    provider: bool = False


TABLE: Mapping[Method, Worth] = {
    "passkey": Worth("aal2", approves="all", changes="all", page_alone=True, alone=True),
    "totp": Worth("aal2", approves="all", changes="all"),
    # With the number that the page shows, and never to the browser that shows it.
    "push": Worth("aal2", approves="all", changes="all", page_alone=True),
    "sms": Worth("aal2", approves="small", sent_over="sms"),
    "email": Worth("aal1", sent_over="email"),
    "sso": Worth("aal2", page_alone=True, provider=True),
    # Good for one thing alone: to come in and enrol anew.
    "recovery": Worth("aal1", changes="enrolment"),
}
"""Every available method, the one to be offered first at the top."""

_AMR: Mapping[Method, tuple[str, ...]] = {
    "passkey": ("pop", "user", "mfa"),
    "totp": ("otp",),
    "push": ("swk", "mca"),
    "sms": ("sms",),
    "email": ("otp",),
    "sso": ("mfa",),
    "recovery": ("otp",),
}
"""What tokens say of each (RFC 8176)."""

PASSWORD_ALONE: Assurance = "aal1"


SWITCHABLE: tuple[Method, ...] = tuple(m for m in TABLE if m != "recovery")
"""What an organisation may do without. Recovery codes stay: they only lead to a new factor."""


def leaves_no_approval(off: Iterable[str]) -> bool:
    """Tell whether nothing that approves every binding operation is left without these."""
    gone = set(off)
    return all(worth.approves != "all" or m in gone for m, worth in TABLE.items())


def for_sign_in(channel: str) -> list[Method]:
    """Return the methods that may complete a password on this channel."""
    return _over(channel, (m for m, worth in TABLE.items() if not worth.provider))


def for_step_up(assurance: Assurance, channel: str, by_email: bool = False) -> list[Method]:
    """Return the methods that reach this level together with a password.

    `by_email`: for what is asked, a code by email will do as well, on the page.
    """
    emailed = by_email and channel == "web"
    strong = (
        m
        for m, worth in TABLE.items()
        if reaches(worth.assurance, assurance) or (emailed and m == "email")
    )
    return _over(channel, strong)


def for_approval(small: bool, channel: str) -> list[Method]:
    """Return the methods that may approve a binding operation; `small`: within the SMS limit."""
    kinds = ("all", "small") if small else ("all",)
    return _over(channel, (m for m, worth in TABLE.items() if worth.approves in kinds))


def for_change(enrols: bool, channel: str) -> list[Method]:
    """Return the methods that may approve a change; `enrols`: it adds a factor, and no more."""
    kinds = ("all", "enrolment") if enrols else ("all",)
    return _over(channel, (m for m, worth in TABLE.items() if worth.changes in kinds))


def without_a_name() -> list[Method]:
    """Return the methods that say by themselves who somebody is."""
    return [m for m, worth in TABLE.items() if worth.alone]


def assurance_of(method: str) -> Assurance | None:
    """Return the level that a method reaches with a password, None for one that is not known."""
    return next((worth.assurance for known, worth in TABLE.items() if known == method), None)


def _over(channel: str, methods: Iterable[Method]) -> list[Method]:
    return [m for m in methods if _goes_over(channel, TABLE[m])]


def _goes_over(channel: str, worth: Worth) -> bool:
    return worth.sent_over != channel and (channel == "web" or not worth.page_alone)


def amr_of(method: str) -> tuple[str, ...]:
    """Return what a token says of a proof by this method; nothing of one without a name there."""
    return next((told for known, told in _AMR.items() if known == method), ())
