"""`docs/ways-in.md`: what every way in opens, for people."""

from __future__ import annotations

from collections.abc import Iterator

from tests.access.page import SIGNS
from tests.access.rules import OPERATIONS, WAYS, Kind, kind_of
from tests.access.ways import Seen
from tests.security.world import PROJECT

PAGE = PROJECT / "docs" / "ways-in.md"
_HEAD = """# Every way in, and what it opens

Printed by the tests (`make access-matrix`): people of the demo come in by each of these ways, for
real, and ask at once for everything that is theirs to ask for. What is asked of them depends on the
operation, never on the way they came (ASVS 6.3.4).

| sign | who has just come in |
|---|---|
"""
_SHOWN = ("yes", "step_up_required", "confirmation_required", "full_page_required", "forbidden")
_METHODS = {
    "passkey": "passkey",
    "push": "push",
    "totp": "authenticator app",
    "sms": "code by text",
    "email": "code by email",
    "sso": "the organisation's sign-in, with two factors",
    "link": "a link to the page",
}


def page_of(seen: Seen) -> str:
    """Return the page."""
    signs = "".join(f"| {sign} | {words} |\n" for sign, words in map(SIGNS.__getitem__, _SHOWN))
    return "\n".join([_HEAD + signs, *_opened(seen), *_proofs(seen)])


def _opened(seen: Seen) -> Iterator[str]:
    yield f"| class | {' | '.join(WAYS)} |"
    yield f"|---|{':-:|' * len(WAYS)}"
    for kind in _kinds():
        cells = (_sign(seen, way, kind) for way in WAYS)
        yield f"| {_title(kind)} | {' | '.join(cells)} |"
    yield ""


def _sign(seen: Seen, way: str, kind: Kind) -> str:
    codes = {
        code for (by, _, name), code in seen.answers.items() if by == way and kind_of(name) == kind
    }
    return " ".join(sorted(SIGNS[code][0] for code in codes))


def _proofs(seen: Seen) -> Iterator[str]:
    """Yield what would do where something is to be proved or approved."""
    yield "## What proves it, and what approves it\n"
    yield "Where ↑ or ✎ stands above; of these, what the person has is offered.\n"
    yield "| class | on the page | by text message |"
    yield "|---|---|---|"
    for kind in _kinds():
        told = {
            WAYS[way].channel: allowed for (way, of), allowed in seen.methods.items() if of == kind
        }
        if told:
            web, text = (_named(told.get(channel, frozenset())) for channel in ("web", "sms"))
            yield f"| {_title(kind)} | {web} | {text} |"
    yield ""


def _named(allowed: frozenset[str]) -> str:
    return ", ".join(words for method, words in _METHODS.items() if method in allowed) or "–"


def _kinds() -> list[Kind]:
    order = ("open", "plain", "protective", "personal", "sensitive", "binding")
    return sorted({kind_of(name) for name in OPERATIONS}, key=lambda k: (order.index(k[0]), k[1]))


def _title(kind: Kind) -> str:
    special = {
        "": "",
        "read": ", reading",
        "small": ", within the limit for texts",
        "by email": ", by email as well",
    }
    return kind[0] + special[kind[1]]
