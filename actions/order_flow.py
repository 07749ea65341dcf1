"""A request about orders: one's own, or those of a customer who lets support act for them."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from actions.base import Events
from actions.flow import RequestAction
from actions.order_pages import page_asked
from actions.order_plans import LIST, Operations
from actions.order_words import order_details
from actions.requests import MORE, Details, Request, Said, forget, keep
from actions.speech import Say
from security.errors import Refused


class AboutOrders(RequestAction):
    """A request about one's own orders, or about those of a customer who allows it.

    A name alone makes no support agent of anybody: who may not act for others is answered about
    what is their own ("where is the parcel for Anna?").
    """

    operation = LIST.own
    does: ClassVar[Operations]
    """What it does in the end."""

    @property
    def reads(self) -> frozenset[str]:
        """Own orders, or a customer's."""
        return frozenset(LIST) - {self.writes}

    @property
    def operations(self) -> frozenset[str]:
        """All of them."""
        return frozenset({*LIST, *self.does})

    def details(self, said: Said) -> Details:
        """Take number, thing and customer from the words."""
        return order_details(said)

    def asks(self, details: Details) -> dict[str, Any]:
        """Read the page that is shown, or the one after it."""
        return page_asked(details)

    async def _options(self, ticket: str, details: Details) -> Any:
        customer = details.get("customer")
        if customer and self.operation != self.writes:
            asked = ({"customer": customer, **self.asks(details)}, self.name, self.purpose)
            try:
                result = await self._security.invoke(ticket, LIST.assisted, *asked)
                return self.offered(LIST.assisted, result, details)
            except Refused as refused:
                if refused.code != "forbidden":
                    raise
        return await super()._options(ticket, details)

    def offered(self, operation: str, result: Any, details: Details) -> Any:
        """Say with the orders whose they are, where they are a customer's."""
        if operation == LIST.own:
            return result
        return {**result, "customer": details["customer"]}

    def told(self, result: Any, details: Details) -> Say:
        """Tell it with the name of the customer, where there is one."""
        say = Say()
        self.tell(result, details.get("customer"), say)
        return say

    def render(self, result: Any, say: Say) -> None:
        """Tell it."""
        self.tell(result, None, say)

    @abstractmethod
    def tell(self, result: Any, customer: str | None, say: Say) -> None:
        """Put the result into words and a card."""


class OrdersOfACustomer(AboutOrders):
    """A list for support, which keeps where it goes on."""

    def stays(self, result: Any, details: Details) -> Events:
        """Keep for whom, and where the next page begins."""
        if "customer" not in details or "next" not in result:
            return forget()
        kept = {"customer": details["customer"], "after": result["next"]}
        return keep(Request(self.name, kept, MORE))
