"""Which records of the trail tell a person who saw or changed their data. Pure rules.

HIPAA 164.528 (accounting of disclosures, six years), GDPR 15: who, in which role, when, what and
why. What people do with their own data is no access of anybody's; what was refused was none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field

from security.audit.record import Tag
from security.frozen import Frozen

TABLE = Path(__file__).with_name("accesses.yml")
YEARS = 6
"""How far back it is told (45 CFR 164.528(a)(1))."""

_DONE = frozenset({Tag.OPERATION_DONE.value, Tag.OPERATION_DOUBTED.value})
"""What nobody knows the end of may have been done: it is told as well."""
_SETTLED = Tag.PENDING_SETTLED.value
_BY_OTHERS = frozenset(
    tag.value
    for tag in (
        Tag.USER_ADDED,
        Tag.USER_DISABLED,
        Tag.USER_ENABLED,
        Tag.USER_ROLES,
        Tag.USER_RESET,
        Tag.USER_UNLOCKED,
        Tag.USER_SIGNED_OUT,
        Tag.SESSIONS_READ,
        Tag.DATA_EXPORTED,
    )
)
MARKS = tuple(f'"tag":"{tag}"'.encode() for tag in sorted({*_DONE, _SETTLED, *_BY_OTHERS}))
"""What the bytes of such a record hold: most records are none, and need not be read."""


class Words(Frozen):
    """`accesses.yml`: what is told of an access."""

    operations: dict[str, str] = Field(min_length=1)
    tags: dict[str, str]
    purposes: dict[str, str]
    roles: dict[str, str]


def read_words(path: Path = TABLE) -> Words:
    """Read the table. Raises `ValueError` where it does not hold."""
    return Words.model_validate(yaml.safe_load(path.read_text("utf-8")))


@dataclass(frozen=True)
class Access:
    """That `actor` saw or changed data of `subject`.

    `subject` is the trail's pseudonym of a person, or the name that an API knows them by.
    `intent` is the id of the record that allowed it, which says in which role and why.
    """

    event: str
    at: str
    tenant: str
    subject: str
    actor: str
    what: str
    intent: str | None = None


def accesses_of(record: Mapping[str, Any]) -> Iterator[Access]:
    """Yield what a record of the trail tells of accesses to data of others."""
    tag, tenant = record.get("tag"), record.get("tenant")
    person, actor = record.get("person"), record.get("actor")
    who = actor or person
    if who is None or tenant is None:
        return
    event = f"{record['writer']}-{record['sequence']}"
    if tag in _DONE or (tag == _SETTLED and record.get("reason") == "done"):
        subjects = record.get("about") or ([person] if actor else [])
        what = record.get("operation")
    elif tag in _BY_OTHERS and actor:
        subjects, what = [person], tag
    else:
        return
    for number, subject in enumerate(subjects):
        if subject and what and subject != who:
            given = (record["at"], tenant, subject, who, what, record.get("intent"))
            yield Access(f"{event}-{number}", *given)
