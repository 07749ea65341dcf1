"""Writes that nobody approves, clients' tokens and links: what keeps each from happening twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from security.audit.record import AuditEvent, Tag
from security.errors import Refused
from security.granting import Granted, Grants
from security.guard import Guard
from security.guard_records import Ask, Records
from security.links import Links
from security.minting import Presenter, Tokens
from security.pending import State
from security.ports import Case, Earlier, GuardStore, Waiting
from security.tokens.issuer import AccessToken
from security.vault.keys import KeyRing
from security.writes import Writes
from tests.security.policies import DECLARED
from tests.security.test_checks import BINDING, CANCEL, CASE, NOW, OWN, PERSONAL, PIN

KEYS = KeyRing(b"k" * 32)
RECORDS = Records(KEYS)
ASK = Ask(CANCEL.name, {"number": "AC-1"}, "action", purpose="why")
DIGEST = RECORDS.digest(ASK)
BEGUN = Waiting("begun", CANCEL.name, ASK.arguments, "action")
DONE = Waiting("done", CANCEL.name, ASK.arguments, "action", stored_result={}, has_result=True)
DOCUMENT = DECLARED["hr.open_document"]


class Store:
    """A store that knows what became of a write before, and keeps what it is told."""

    def __init__(self, earlier: Earlier | None = None, in_doubt: bool = False) -> None:
        self.earlier, self.in_doubt = earlier, in_doubt
        self.events: list[AuditEvent] = []
        self.kept: list[tuple[Any, ...]] = []

    def earlier_write(self, *asked: Any) -> Earlier | None:
        assert asked == (CASE, DIGEST, NOW)
        return self.earlier

    def begin_write(self, *given: Any) -> Waiting:
        self.kept.append(given)
        return BEGUN

    def keep_link(self, *given: Any) -> None:
        self.kept.append(given)

    def is_in_doubt(self, case: Case, digest: str) -> bool:
        assert case == CASE
        assert digest
        return self.in_doubt

    def audit(self, event: AuditEvent, now: Any) -> str:
        assert now == NOW
        self.events.append(event)
        return "1-1"

    def said(self) -> list[tuple[str, str | None, str | None]]:
        return [(event.tag.value, event.operation, event.reason) for event in self.events]


def guarded(store: Store) -> GuardStore:
    return cast("GuardStore", store)


WRITES = Writes(RECORDS, lambda: NOW)


def begin(store: Store, operation: Any = CANCEL, ask: Ask = ASK) -> Waiting | None:
    return WRITES.begin(guarded(store), CASE, operation, ask)


@pytest.mark.parametrize("operation", [PERSONAL, BINDING])
def test_what_changes_nothing_or_is_approved_is_no_such_write(operation: Any) -> None:
    store = Store()
    assert begin(store, operation) is None
    assert (store.kept, store.events) == ([], [])


def test_a_write_begins_once() -> None:
    store = Store()
    assert begin(store) is BEGUN
    assert store.kept == [(CASE, CANCEL, ASK.arguments, "action", NOW, "why")]
    assert store.events == []


def test_the_result_of_one_that_was_done_is_given_out_again() -> None:
    """ASVS 15.4.2: nothing is called, and the trail says so."""
    store = Store(Earlier(State.DONE, waiting=DONE))
    assert begin(store) is DONE
    assert store.said() == [("operation:result:redeliver", CANCEL.name, None)]
    assert store.kept == []


EARLIER = {
    "under way": (Earlier(State.EXECUTING), "in_doubt", "in_doubt"),
    "in doubt": (Earlier(State.IN_DOUBT, "api_unavailable"), "in_doubt", "in_doubt"),
    "done, and told": (Earlier(State.DONE), "in_doubt", "in_doubt"),
    "failed": (Earlier(State.FAILED, "not_found"), "not_found", "failed_before"),
    "failed for no reason": (Earlier(State.FAILED), "api_unavailable", "failed_before"),
    "failed by a code of old": (Earlier(State.FAILED, "gone"), "api_unavailable", "failed_before"),
}


@pytest.mark.parametrize(("earlier", "code", "reason"), EARLIER.values(), ids=EARLIER)
def test_what_may_have_been_done_is_not_done_again(
    earlier: Earlier, code: str, reason: str
) -> None:
    """ASVS 15.4.2: what has not failed for certain may have been done."""
    store = Store(earlier)
    with pytest.raises(Refused, match=f"^{code}$"):
        begin(store)
    assert store.said() == [("operation:guard:deny", CANCEL.name, reason)]
    assert store.kept == []


ENTERED = {"new_pin": "1234", next(iter(PIN.entry_names - {"new_pin"})): "s"}
RESUMED: dict[str, tuple[Any, dict[str, str] | None, bool, str | None]] = {
    "a write": (CANCEL, None, False, None),
    "a write in doubt": (CANCEL, None, True, "in_doubt"),
    "a read, while a write is in doubt": (PERSONAL, None, True, None),
    "with what was typed": (PIN, ENTERED, False, None),
    "with what was typed gone": (PIN, None, False, "entry_lost"),
    "with a part of it": (PIN, {"new_pin": "1234"}, False, "entry_lost"),
    "gone, and in doubt": (PIN, None, True, "entry_lost"),
    "with what nobody asked for": (CANCEL, ENTERED, False, "entry_lost"),
}


@pytest.mark.parametrize(("operation", "entered", "doubt", "code"), RESUMED.values(), ids=RESUMED)
def test_what_a_proof_has_released_is_whole_and_was_not_done(
    operation: Any, entered: dict[str, str] | None, doubt: bool, code: str | None
) -> None:
    store, ask = Store(in_doubt=doubt), Ask(operation.name, {}, "action", entered=entered)
    if code is None:
        WRITES.check_resumed(guarded(store), CASE, operation, ask)
        assert store.events == []
        return
    with pytest.raises(Refused, match=f"^{code}$"):
        WRITES.check_resumed(guarded(store), CASE, operation, ask)
    assert store.said() == [("operation:guard:deny", operation.name, code)]


def test_a_link_stands_in_the_place_of_a_call() -> None:
    store, ask = Store(), Ask(DOCUMENT.name, {"document": "d"}, "action", purpose="why")
    left = Links(RECORDS, lambda: NOW).leave(guarded(store), CASE, DOCUMENT, ask)
    assert (left.has_result, left.stored_result, left.operation) == (True, {}, DOCUMENT.name)
    assert (left.id, left.arguments, left.action) == ("", {"document": "d"}, "action")
    assert store.kept == [(CASE, DOCUMENT, {"document": "d"}, "action", NOW, "why")]
    assert store.said() == [("operation:document:link", DOCUMENT.name, None)]


class Allows:
    """A guard that allows whatever reaches it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.asked: list[Any] = []

    def case(self, store: Any, ticket: str) -> Case:
        assert (store, ticket) == (self.store, "ticket")
        return CASE

    def checked(self, store: Any, case: Case, ask: Ask, keep: bool = True) -> Any:
        assert store is self.store
        self.asked.append((case, ask, keep))
        return DECLARED[ask.operation]


class Mints:
    """Mints for clients."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def for_client(self, *asked: Any) -> AccessToken:
        self.asked.append(asked)
        return AccessToken("signed", "token-id", NOW)


CLIENT = Presenter("their-key", "their-client")


async def exchange(
    store: Store, operation: Any, tenant: str = "bank"
) -> tuple[Granted, Allows, Mints]:
    guard, mints = Allows(store), Mints()

    async def here(work: Any, *_: Any) -> Any:
        return work(store)

    grants = Grants(cast("Guard", guard), here, cast("Tokens", mints), KEYS, lambda: NOW)
    ask = Ask(operation.name if operation else "nothing", {}, "action")
    return await grants.exchange("ticket", operation, ask, CLIENT, tenant), guard, mints


async def test_a_client_gets_a_token_of_a_read_and_the_trail_knows_it() -> None:
    """RFC 8693: what the guard refuses the client is not kept for a proof."""
    store, ask = Store(), Ask(PERSONAL.name, {}, "action")
    granted, guard, mints = await exchange(store, PERSONAL)
    assert (granted.token.value, granted.session) == ("signed", "session")
    assert granted.scope == "banking:accounts:read"
    assert guard.asked == [(CASE, ask, False)]
    assert mints.asked == [(CASE, PERSONAL, ask, CLIENT, NOW)]
    [event] = store.events
    allowed = RECORDS.decision(CASE, PERSONAL, ask, None, "token-id")
    by = {"actor": "their-client", "channel": "oauth", "tag": Tag.OPERATION_GRANTED}
    assert event == replace(allowed, **by)


AGAINST: dict[str, tuple[Any, str, str]] = {
    "what nothing declares": (None, "bank", "undeclared_operation"),
    "a write": (CANCEL, "bank", "write_by_exchange"),
    "what security answers itself": (OWN, "bank", "own_by_exchange"),
    "a document": (DOCUMENT, "bank", "document_by_exchange"),
    "another organisation's": (PERSONAL, "shop", "client_of_another_tenant"),
}


@pytest.mark.parametrize(("operation", "tenant", "reason"), AGAINST.values(), ids=AGAINST)
async def test_attack_a_client_gets_nothing_else(operation: Any, tenant: str, reason: str) -> None:
    """RFC 8693: whatever the person may do; it is denied in the client's name."""
    store = Store()
    with pytest.raises(Refused, match="forbidden"):
        await exchange(store, operation, tenant)
    [event] = store.events
    assert (event.decision, event.reason) == ("deny", reason)
    assert (event.actor, event.channel) == ("their-client", "oauth")
    assert event.operation == (operation.name if operation else None)
