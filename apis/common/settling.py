"""The one endpoint that every API with writes has: what became of an idempotency key."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request

from apis.common.caller import Caller, writing
from apis.common.requests import KeyInPath, PlainQuery, WithoutQuery, writer_of


def settling(scope: str, settled: Any) -> Any:
    """Return the endpoint for tokens of this scope; `settled` is the form of its answer.

    No person takes part: security asks, where an answer was lost on its way.
    """

    async def settle_key(
        caller: Any,
        _plain: PlainQuery,
        _query: WithoutQuery,
        key: KeyInPath,
        writer: Annotated[Any, Depends(writer_of)],
        request: Request,
    ) -> Any:
        """Tell what came of a key; one that nothing came of is void from now on."""
        told = await writer.settle(caller, key)
        request.state.outcome = told.state
        return told

    # FastAPI reads the annotations, and these two are each API's own.
    settle_key.__annotations__ |= {
        "caller": Annotated[Caller, writing(scope, None)],
        "return": settled,
    }
    return settle_key
