"""What must have come of an act, held against the bot's messages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

Messages = Sequence[Mapping[str, Any]]


class Mismatch(AssertionError):
    """What was expected, and what was there instead."""


def check(verb: str, given: Any, messages: Messages) -> None:
    """Raise `Mismatch` where the messages are not as this step wants them."""
    _CHECKS[verb](given, messages)


def fits(wanted: Any, found: Any) -> bool:
    """Tell whether `found` has all of `wanted`.

    Words match words that contain them, in whatever case; `/…/` is a regular expression. An
    object may have more names; each item of a list must fit some item.
    """
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(
            name in found and fits(inner, found[name]) for name, inner in wanted.items()
        )
    if isinstance(wanted, list):
        return isinstance(found, list) and all(
            any(fits(one, each) for each in found) for one in wanted
        )
    if isinstance(wanted, str):
        return isinstance(found, str) and _in_words(wanted, found)
    return bool(wanted == found)


def _in_words(wanted: str, found: str) -> bool:
    said = " ".join(found.split())
    if len(wanted) > 2 and wanted.startswith("/") and wanted.endswith("/"):
        return re.search(wanted[1:-1], said, re.IGNORECASE) is not None
    return " ".join(wanted.split()).lower() in said.lower()


def _hears(given: Any, messages: Messages) -> None:
    said = " ".join(str(one.get("text", "")) for one in messages)
    for wanted in given if isinstance(given, list) else [given]:
        if not _in_words(str(wanted), said):
            raise Mismatch(f"nobody said {wanted!r}")


def _hears_not(given: Any, messages: Messages) -> None:
    said = repr([dict(one) for one in messages])  # Cards and choices as well.
    for unwanted in given if isinstance(given, list) else [given]:
        if _in_words(str(unwanted), said):
            raise Mismatch(f"{unwanted!r} was told")


def _refused(given: Any, messages: Messages) -> None:
    codes = [one["refused"] for one in messages if "refused" in one]
    if given not in codes:
        raise Mismatch(f"refused with {codes or 'nothing'}")


def _card(given: Any, messages: Messages) -> None:
    wanted = {"kind": given} if isinstance(given, str) else given
    if not any(fits(wanted, one["card"]) for one in messages if "card" in one):
        raise Mismatch("no such card")


def _no_card(given: Any, messages: Messages) -> None:
    if any(one["card"]["kind"] == given for one in messages if "card" in one):
        raise Mismatch(f"there is a card {given}")


def _offers(given: Any, messages: Messages) -> None:
    titles = [choice["title"] for one in messages for choice in one.get("choices", [])]
    if not fits(given if isinstance(given, list) else [given], titles):
        raise Mismatch(f"offered: {titles}")


def _asks_to_sign_in(_given: Any, messages: Messages) -> None:
    if not any(one.get("sign_in") for one in messages):
        raise Mismatch("nobody is asked to sign in")


def _asks_for_code(given: Any, messages: Messages) -> None:
    asked = [one["challenge"].get("binding", "") for one in messages if "challenge" in one]
    if not asked or not fits([given] if given else [], asked):
        raise Mismatch(f"a code is asked for {asked or 'nothing'}")


_CHECKS = {
    "hears": _hears,
    "hears_not": _hears_not,
    "refused": _refused,
    "card": _card,
    "no_card": _no_card,
    "offers": _offers,
    "asks_to_sign_in": _asks_to_sign_in,
    "asks_for_code": _asks_for_code,
}
