"""The route that gives a card another PIN."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import Depends, FastAPI, Request

from apis.banking.payment_routes import Writes
from apis.banking.pin_model import PinChange, PinOrder
from apis.banking.pins import Pins, change
from apis.banking.problems import KINDS
from apis.common.app import add_write, told
from apis.common.caller import Caller, writing
from apis.common.problems import WRITE_REFUSALS
from apis.common.requests import Key, PlainQuery, WithoutQuery, body_of
from apis.common.strength import BINDING

PINS_WRITE = "banking:pins:write"

PinsCaller = Annotated[Caller, writing(PINS_WRITE, BINDING)]


async def pins_of(request: Request) -> Pins:
    """Return what the composition root gave to the application."""
    pins: Pins = request.app.state.pins
    return pins


async def change_pin(
    caller: PinsCaller,
    _plain: PlainQuery,
    _query: WithoutQuery,
    key: Key,
    order: Annotated[PinOrder, Depends(body_of(PinOrder))],
    writer: Writes,
    pins: Annotated[Pins, Depends(pins_of)],
    request: Request,
) -> PinChange:
    """Give one of the caller's cards another PIN, once for this key."""
    work = partial(change, pins)
    return told(request, await writer.do(work, PinChange, caller, key, order))


def add_pins(app: FastAPI) -> None:
    """Add this route."""
    codes = (*WRITE_REFUSALS, "not_found", "details_changed", "card_blocked")
    add_write(app, KINDS, "/pin-changes", change_pin, PinOrder, codes)
