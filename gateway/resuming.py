"""The turn in which what was released runs: asked for once more where its answer got lost."""

from __future__ import annotations

from gateway.calls import Parts
from gateway.turns import Holder, TurnResult, Utterance
from security.errors import Refused

FAILURES = frozenset({"api_unavailable", "api_invalid", "security_unavailable"})
"""What says that an answer got lost on its way, and not that the guard has one more question."""


async def resume(parts: Parts, holder: Holder) -> tuple[TurnResult, bool]:
    """Run it, at most twice: security keeps the result of what did not reach the person.

    Returns what was said, and whether that tells what became of the operation; a turn that could
    not be run is `failed`, and tells nothing.
    """
    first = await _turn(parts, holder)
    if first.failed is not None:
        return first, False
    if not _is_lost(first):
        return first, True
    second = await _turn(parts, holder)
    if second.failed is None:
        return second, not _is_lost(second)
    if second.failed.code == "nothing_pending":
        return first, True  # It has ended: security has nothing to run, to tell or to ask after.
    return second, False


async def _turn(parts: Parts, holder: Holder) -> TurnResult:
    try:
        return await parts.turns.run(holder, Utterance(resume=True))
    except Refused as refused:
        return TurnResult(failed=refused)


def _is_lost(result: TurnResult) -> bool:
    return any(message.refused in FAILURES for message in result.messages)
