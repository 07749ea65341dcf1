"""Customer service: orders, returns, the address, and support that acts for a customer."""

from __future__ import annotations

from typing import Any

from actions.address_plans import address_details, plan_address
from actions.base import ProtectedAction
from actions.flow import RequestAction, Step
from actions.order_flow import AboutOrders, OrdersOfACustomer
from actions.order_plans import CANCEL, LIST, RETURN, SHOW, plan_cancel, plan_return, plan_status
from actions.order_tells import (
    say_account,
    say_address,
    say_cancelled,
    say_customer_orders,
    say_order,
    say_return,
    until,
)
from actions.requests import Details, Said
from actions.speech import Say
from actions.support_plans import consent_details, customer_details, plan_consent, plan_customer


class OrderStatus(AboutOrders):
    """Where an order is; which one is asked, where that is not clear."""

    name = "action_order_status"
    does, writes = SHOW, SHOW.own
    plan, tell = staticmethod(plan_status), staticmethod(say_order)


class CancelOrder(AboutOrders):
    """An order that the shop still has, once the person is sure."""

    name = "action_cancel_order"
    does, writes = CANCEL, CANCEL.own
    plan, tell = staticmethod(plan_cancel), staticmethod(say_cancelled)


class ReturnItem(AboutOrders):
    """Something that has arrived and may go back, once the person is sure."""

    name = "action_return_item"
    does, writes = RETURN, RETURN.own
    plan, tell = staticmethod(plan_return), staticmethod(say_return)


class AccountStatus(ProtectedAction):
    """How the account is, and whether support may act."""

    name = "action_account_status"
    operation = "orders.account_status"

    def render(self, result: Any, say: Say) -> None:
        """Say it."""
        say_account(result, say)


class ChangeAddress(RequestAction):
    """Another address for what comes."""

    name = "action_change_address"
    operation, writes = "orders.delivery_address", "orders.change_address"

    def details(self, said: Said) -> Details:
        """Take street, postcode, town and country from the words."""
        return address_details(said)

    def plan(self, details: Details, options: Any) -> Step:
        """Ask for what is missing, or does not fit."""
        return plan_address(details, options)

    def render(self, result: Any, say: Say) -> None:
        """Say where orders go now."""
        say_address(result, say)


class AllowSupport(RequestAction):
    """Consent that support acts for the customer, for a while."""

    name = "action_allow_support"
    operation = writes = "orders.allow_support"

    def details(self, said: Said) -> Details:
        """Take for how long from the words."""
        return consent_details(said)

    def plan(self, details: Details, options: Any) -> Step:
        """Ask for how long, where what was said cannot be."""
        return plan_consent(details)

    def render(self, result: Any, say: Say) -> None:
        """Say until when."""
        say("utter_support_allowed", until=until(result["until"]))


class WithdrawSupport(ProtectedAction):
    """No consent any more."""

    name = "action_withdraw_support"
    operation = "orders.withdraw_support"

    def render(self, result: Any, say: Say) -> None:
        """Say that it is over."""
        say("utter_support_withdrawn")


class HelpCustomer(OrdersOfACustomer):
    """The orders of a customer who allows support to act for them."""

    name = "action_help_customer"
    operation = writes = LIST.assisted
    does = LIST
    details, plan = staticmethod(customer_details), staticmethod(plan_customer)
    tell = staticmethod(say_customer_orders)
