"""A bank and a guard played by a fake, and a conversation that keeps its slot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from security.errors import Refused
from security.model import Resumed

from .calls import call_of

ANNA = {"id": "p-anna", "name": "Anna Berg", "number": "•••• 1234"}
BOB = {"id": "p-bob", "name": "Bob Lindqvist", "number": "•••• 8857"}
EUROS = {
    "id": "a-1",
    "name": "Current account",
    "number": "•••• 4021",
    "currency": "EUR",
    "available": "2400.15",
}
SAVINGS = {**EUROS, "id": "a-2", "name": "Savings account", "number": "•••• 5522"}
POWER = {
    "id": "b-1",
    "biller": "Tidewater Energy",
    "reference": "Electricity November",
    "amount": "72.30",
    "currency": "EUR",
    "due_on": "2026-12-01",
}
RENT = {**POWER, "id": "b-2", "biller": "Lindenhof Homes", "reference": "Rent", "amount": "1045.00"}
FIFTY_TO_ANNA = {
    "account": "a-1",
    "account_number": "•••• 4021",
    "payee": "p-anna",
    "payee_name": "Anna Berg",
    "payee_number": "•••• 1234",
    "amount": "50.00",
    "currency": "EUR",
}
READ, SEND, PAY, ADD = (
    f"banking.{name}" for name in ("payment_options", "make_transfer", "pay_bill", "add_payee")
)
PAID = {
    "account_number": "•••• 4021",
    "payee_name": "Anna Berg",
    "payee_number": "•••• 1234",
    "amount": "1250.00",
    "currency": "EUR",
    "booked_on": "2026-11-24",
    "balance": "1230.15",
}


@dataclass
class Bank:
    """Security with a bank behind it: reads are answered, each write waits for a code."""

    options: dict[str, Any] = field(
        default_factory=lambda: {"accounts": [EUROS], "payees": [ANNA, BOB], "bills": [POWER, RENT]}
    )
    read_refusal: str | None = None
    write_refusal: str = "confirmation_required"
    resumed: Resumed | Refused = field(default_factory=lambda: Refused("nothing_pending"))
    waits: bool = False
    asked: list[tuple[str, str, dict[str, Any], str]] = field(default_factory=list)

    async def invoke(
        self,
        ticket: str,
        operation: str,
        arguments: Mapping[str, Any],
        action: str,
        purpose: str | None = None,
    ) -> Any:
        self.asked.append((ticket, operation, dict(arguments), action))
        if operation == READ:
            if self.read_refusal:
                raise Refused(self.read_refusal)
            return self.options
        if operation == "banking.list_bills":
            # As the manifest trims it: ids are for payments alone.
            bills = [{**bill} for bill in self.options["bills"]]
            for bill in bills:
                del bill["id"]
            return {"bills": bills}
        self.waits = self.write_refusal == "confirmation_required"
        raise Refused(self.write_refusal)

    async def resume(self, ticket: str) -> Resumed:
        if isinstance(self.resumed, Refused):
            raise self.resumed
        return self.resumed

    async def cancel(self, ticket: str) -> bool:
        waited, self.waits = self.waits, False
        return waited

    @property
    def writes(self) -> list[dict[str, Any]]:
        """The arguments of every write that was asked for."""
        return [asked[2] for asked in self.asked if asked[1] in {SEND, PAY, ADD}]


class Talk:
    """A conversation: it keeps the slot, as Rasa would."""

    def __init__(self, bank: Bank, http: httpx.AsyncClient) -> None:
        self.bank, self._http = bank, http
        self.slots: dict[str, Any] = {}
        self._turn = 0

    async def turn(self, action: str, text: str = "", **entities: str) -> list[dict[str, Any]]:
        """Call `action` for `text`; return what it says."""
        self._turn += 1
        call = call_of(action, f"ticket-{self._turn}")
        call["tracker"]["slots"] = self.slots
        message = call["tracker"]["latest_message"]
        message["text"] = text
        message["entities"] = [{"entity": name, "value": value} for name, value in entities.items()]
        reply = await self._http.post("/webhook", json=call)
        assert reply.status_code == 200
        for event in reply.json()["events"]:
            assert event["event"] == "slot"
            self.slots = {**self.slots, event["name"]: event["value"]}
        return list(reply.json()["responses"])

    async def says(self, action: str, text: str = "", **entities: str) -> list[str]:
        """Return the names of the responses."""
        return [said["response"] for said in await self.turn(action, text, **entities)]

    @property
    def open(self) -> Any:
        """The open request, if there is one."""
        return self.slots.get("open_request")


CONFIRM = ["utter_refused_confirmation_required"]
TRANSFER, BILL, PAYEE = "action_transfer_money", "action_pay_bill", "action_add_payee"
ANSWER, RESUME, CANCEL = "action_answer", "action_resume", "action_cancel"
