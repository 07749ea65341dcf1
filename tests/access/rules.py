"""Who may do what, as a table that a person can read. It knows nothing of Cedar.

The guard, the policies and the APIs are compared with this, cell by cell; so it is written
from the contract (`docs/architecture.md`), never from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Says(StrEnum):
    """What somebody is told. The values are the codes of refusals."""

    YES = "yes"
    SIGN_IN = "authentication_required"
    PROVE = "step_up_required"
    CONFIRM = "confirmation_required"
    OPEN_PAGE = "full_page_required"
    NO = "forbidden"
    NOT_FOUND = "not_found"


class Owner(StrEnum):
    """Whose the object is that a request names."""

    OWN = "own"
    COLLEAGUE = "another's, same tenant"
    FOREIGN = "another tenant's"


class Named(StrEnum):
    """How a request names objects: so much can somebody else's be tried."""

    ONE = "by id"
    ALL = "all of one's own"
    NEW = "makes a new one"


@dataclass(frozen=True)
class Rule:
    """One operation: its class, the roles that may, and how it names what it is about."""

    kind: str
    roles: frozenset[str]
    named: Named
    purpose: str | None = None
    """For what it is asked, where it needs a purpose."""
    email: bool = False
    """Whether a password and a code by email will do, on the page."""


def _rule(kind: str, roles: str, named: Named, purpose: str | None = None) -> Rule:
    return Rule(kind, frozenset(roles.split()), named, purpose)


def _by_email(roles: str, named: Named) -> Rule:
    return Rule("personal", frozenset(roles.split()), named, email=True)


STAFF = "employee hr_admin it_agent"
DESKS = "it_agent teller receptionist support_agent"
EVERYBODY = (
    "admin auditor customer employee hr_admin it_agent patient physician receptionist "
    "support_agent teller"
)

OPERATIONS: Mapping[str, Rule] = {
    "account.list_accesses": _rule("personal", EVERYBODY, Named.ALL),
    "account.read_accounting": _rule("personal", EVERYBODY, Named.ALL),
    "account.read_copy": _rule("personal", EVERYBODY, Named.ALL),
    "account.erasure_terms": _rule("personal", EVERYBODY, Named.ALL),
    "account.erase": _rule("binding", EVERYBODY, Named.NEW),
    "banking.list_accounts": _rule("personal", "customer", Named.ALL),
    "banking.list_recent_transactions": _rule("personal", "customer", Named.ALL),
    "banking.list_bills": _rule("plain", "customer", Named.ALL),
    "banking.payment_options": _rule("personal", "customer", Named.ALL),
    "banking.make_transfer": _rule("binding", "customer", Named.ONE),
    "banking.pay_bill": _rule("binding", "customer", Named.ONE),
    "banking.add_payee": _rule("binding", "customer", Named.NEW),
    "banking.change_pin": _rule("binding", "customer", Named.ONE),
    "banking.search_transactions": _rule("personal", "customer", Named.ALL),
    "banking.spending_summary": _rule("personal", "customer", Named.ALL),
    "banking.account_standing": _rule("plain", "customer", Named.ALL),
    "banking.list_declines": _rule("personal", "customer", Named.ALL),
    "banking.credit_limits": _rule("personal", "customer", Named.ALL),
    "banking.freeze_account": _rule("protective", "customer", Named.ONE),
    "banking.unfreeze_account": _rule("binding", "customer", Named.ONE),
    "banking.report_lost_card": _rule("protective", "customer", Named.ONE),
    "banking.report_fraud": _rule("protective", "customer", Named.ONE),
    "banking.dispute_transaction": _rule("protective", "customer", Named.ONE),
    "hr.leave_balance": _rule("plain", STAFF, Named.ALL),
    "hr.list_leave": _rule("plain", STAFF, Named.ALL),
    "hr.leave_options": _rule("personal", STAFF, Named.ALL),
    "hr.request_leave": _rule("personal", STAFF, Named.NEW),
    "hr.list_team_leave": _rule("personal", STAFF, Named.ALL),
    "hr.decide_leave": _rule("personal", STAFF, Named.ONE),
    "hr.next_payday": _rule("plain", STAFF, Named.ALL),
    "hr.list_documents": _rule("personal", STAFF, Named.ALL),
    "hr.open_document": _rule("personal", STAFF, Named.ONE),
    "hr.deposit_account": _rule("personal", STAFF, Named.ALL),
    "hr.change_deposit": _rule("binding", STAFF, Named.NEW),
    "it.reset_password": _rule("open", "", Named.ALL),
    "it.unlock_account": _rule("open", "", Named.ALL),
    "it.service_desk": _rule("open", "", Named.ALL),
    "it.person_options": _rule("plain", EVERYBODY, Named.ALL),
    "it.request_person": _rule("personal", EVERYBODY, Named.NEW),
    "it.list_tickets": _rule("plain", f"{STAFF} {DESKS}", Named.ALL),
    "it.list_queue": _rule("plain", DESKS, Named.ALL),
    "it.create_ticket": _by_email(STAFF, Named.NEW),
    "healthcare.list_practitioners": _rule("plain", "patient", Named.ALL),
    "healthcare.list_slots": _rule("plain", "patient", Named.ALL),
    "healthcare.list_appointments": _rule("plain", "patient physician receptionist", Named.ALL),
    "healthcare.list_clinic_appointments": _rule("personal", "physician receptionist", Named.ALL),
    "healthcare.book_appointment": _rule("personal", "patient", Named.NEW),
    "healthcare.reschedule_appointment": _rule("personal", "patient", Named.ONE),
    "healthcare.cancel_appointment": _rule("personal", "patient", Named.ONE),
    "healthcare.lab_results": _rule("sensitive", "patient physician", Named.ALL, "own_access"),
    "healthcare.medications": _rule("sensitive", "patient physician", Named.ALL, "own_access"),
    "healthcare.own_record": _rule("sensitive", "patient physician", Named.ALL, "own_access"),
    "healthcare.list_patients": _rule("sensitive", "physician", Named.ALL, "treatment"),
    "healthcare.patient_lab_results": _rule("sensitive", "physician", Named.ONE, "treatment"),
    "healthcare.patient_medications": _rule("sensitive", "physician", Named.ONE, "treatment"),
    "healthcare.patient_record": _rule("sensitive", "physician", Named.ONE, "treatment"),
    "healthcare.list_emergency_accesses": _rule("sensitive", "physician", Named.ALL, "emergency"),
    "healthcare.open_emergency_access": _rule("sensitive", "physician", Named.NEW, "emergency"),
    "orders.list_orders": _rule("plain", "customer", Named.ALL),
    "orders.show_order": _rule("plain", "customer", Named.ONE),
    "orders.account_status": _rule("plain", "customer", Named.ALL),
    "orders.delivery_address": _rule("personal", "customer", Named.ALL),
    "orders.cancel_order": _by_email("customer", Named.ONE),
    "orders.return_item": _by_email("customer", Named.ONE),
    "orders.change_address": _rule("binding", "customer", Named.NEW),
    "orders.allow_support": _rule("binding", "customer", Named.NEW),
    "orders.withdraw_support": _rule("protective", "customer", Named.NEW),
    "orders.assist_list_orders": _rule("personal", "support_agent", Named.ALL),
    "orders.assist_show_order": _rule("personal", "support_agent", Named.ONE),
    "orders.assist_cancel_order": _rule("personal", "support_agent", Named.ONE),
    "orders.assist_return_item": _rule("personal", "support_agent", Named.ONE),
}
BANKING = {name: rule for name, rule in OPERATIONS.items() if name.startswith("banking.")}
"""Those that everybody of the demo tries on everybody's objects here. What other APIs answer
by whose object it is, their own tests say (`tests/apis`)."""

APIS: Mapping[str, frozenset[str]] = {
    "northwind-bank": frozenset({"banking", "it"}),
    "harbor-clinic": frozenset({"healthcare", "it"}),
    "globex": frozenset({"hr", "it"}),
    "acme-shop": frozenset({"orders", "it"}),
}
"""Which APIs each tenant uses."""
EVERYWHERE = frozenset({"account"})
"""What security answers itself, in every tenant."""


@dataclass(frozen=True)
class Proof:
    """How sure it is who somebody is: the session's level, and the seconds since the proof."""

    title: str
    level: int
    age: int = 0
    email: int | None = None
    """The seconds since a code by email, where there was one."""


NOBODY = Proof("not signed in", 0)
PASSWORD = Proof("aal1", 1, 60)
STALE = Proof("aal2, 20 min ago", 2, 1200)
FRESH = Proof("aal2, 1 min ago", 2, 60)
EMAILED = Proof("aal1 and an email code, 1 min ago", 1, 60, 60)
PROOFS = (NOBODY, PASSWORD, EMAILED, STALE, FRESH)

LEAST = {"open": 0, "plain": 1, "protective": 1, "personal": 2, "sensitive": 2, "binding": 2}
OLDEST = {"personal": 900, "sensitive": 300}
"""Seconds after which a proof of the right level is asked for again; else the session's will do."""


def security_says(
    roles: frozenset[str], tenant: str, name: str, proof: Proof, channel: str
) -> Says:
    """Return what the guard answers somebody who asks for an operation and has approved nothing."""
    rule, framed = OPERATIONS[name], channel == "embed"
    if proof.level == 0 and rule.kind != "open":
        return Says.OPEN_PAGE if framed else Says.SIGN_IN
    if name.partition(".")[0] not in EVERYWHERE | APIS.get(tenant, frozenset()):
        return Says.NO
    if rule.kind != "open" and not roles & rule.roles:
        return Says.NO
    if framed and LEAST[rule.kind] > 1:
        return Says.OPEN_PAGE  # A site's word is aal1, and nothing more is proved there.
    if rule.kind == "binding":
        return Says.CONFIRM  # The approval is the proof.
    if rule.email and channel == "web" and proof.email is not None and proof.email < 900:
        return Says.YES
    if proof.level < LEAST[rule.kind] or proof.age >= OLDEST.get(rule.kind, proof.age + 1):
        return Says.PROVE
    if rule.kind == "sensitive" and channel == "sms":
        return Says.NO  # A text may ask, and is led to the page; no proof shows it by text.
    return Says.YES


def api_says(tenant: str, name: str, owner: Owner) -> Says:
    """Return what the API answers a token for `name` that tries an object of this owner.

    An API trusts the token for role, proof and tenant, and nobody for whose the object is.
    """
    if OPERATIONS[name].named is Named.ONE and owner is not Owner.OWN:
        return Says.NOT_FOUND
    return Says.YES


@dataclass(frozen=True)
class Way:
    """How somebody has come in just now: the level that it is worth, and the channel."""

    level: int
    channel: str = "web"
    email: bool = False
    """Whether a code by email was shown."""


WAYS: Mapping[str, Way] = {
    "password and authenticator app": Way(2),
    "password and code by text": Way(2),
    "password and code by email": Way(1, email=True),
    "password and recovery code": Way(1),
    "passkey": Way(2),
    "password and push": Way(2),
    "the organisation's account": Way(1),
    "the organisation's account with two factors": Way(2),
    "a site's word, in its frame": Way(1, "embed"),
    "text message": Way(1, "sms"),
}
Kind = tuple[str, str]
"""The class of an operation, and what is special about it: nothing, `small`, `by email`, or that
it is a `read`, where others of its class are writes."""
READS_OF_ONE = frozenset({"orders.assist_show_order"})
SMALL = frozenset({"banking.make_transfer", "banking.pay_bill"})
"""What has an amount, which is within the tenant's limit for codes by text here."""


def kind_of(name: str) -> Kind:
    """Return of which kind an operation is."""
    rule = OPERATIONS[name]
    reads = rule.kind == "personal" and (rule.named is Named.ALL or name in READS_OF_ONE)
    special = "small" if name in SMALL else "by email" if rule.email else "read" if reads else ""
    return rule.kind, special


def way_says(roles: frozenset[str], tenant: str, name: str, way: Way) -> Says:
    """Return what the guard answers who has come in by this way a moment ago."""
    proof = Proof("now", way.level, 0, 0 if way.email else None)
    return security_says(roles, tenant, name, proof, way.channel)


def would_do(kind: Kind, way: Way) -> frozenset[str]:
    """Return what proves or approves an operation of this kind, whichever way somebody came."""
    if way.channel == "sms":
        # One personal read at a time: whatever else wants a proof goes on at the page.
        return frozenset({"totp"} if kind == ("personal", "read") else {"link"})
    strong = {"passkey", "totp", "push"}
    if kind[0] == "binding":
        return frozenset(strong | ({"sms"} if kind[1] == "small" else set()))
    strong |= {"sms", "sso"}
    return frozenset(strong | ({"email"} if kind[1] == "by email" else set()))


@dataclass(frozen=True)
class Approved:
    """What a person approved, how, and how many seconds ago."""

    method: str
    age: int
    exact: bool
    small: bool


def is_proved(
    kind: str, level: int, age: int | None, approved: Approved | None, channel: str
) -> bool:
    """Tell whether a class has all that it wants proved; `age` None is no proof at all."""
    if level < LEAST[kind] or (channel == "embed" and LEAST[kind] > 1):
        return False
    oldest = OLDEST.get(kind)
    if oldest is not None and (age is None or not 0 <= age < oldest):
        return False
    if kind != "binding":
        return True
    if approved is None or channel == "sms" or not approved.exact:
        return False
    strong = approved.method in ("totp", "passkey", "push")
    return 0 <= approved.age < 60 and (strong or (approved.method == "sms" and approved.small))
