"""Every read of the APIs on the big set: who asks for what. Paths are filled in by their owner."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from apis.common.database import database_path
from apis.common.key_file import key_path
from apis.common.model import Owner
from apis.common.sealing.ring import ring_path


@dataclass(frozen=True)
class Read:
    """One read: `whose` finds tenant, subject and what stands for `{}` in the path."""

    api: str
    scope: str
    path: str
    whose: str
    agent: str | None = None


_CUSTOMERS = "SELECT tenant, subject, '' FROM {} WHERE tenant != '' ORDER BY subject LIMIT 200"
_ACCOUNTS = "SELECT tenant, subject, id FROM accounts WHERE tenant != '' ORDER BY id LIMIT 200"
_PATIENTS = _CUSTOMERS.format("patients")
_PHYSICIANS = "SELECT tenant, subject, '' FROM practitioners WHERE subject IS NOT NULL"
_DESK = "SELECT tenant, subject, '' FROM desk"
_TREATED = """SELECT p.tenant, p.subject, c.patient_id FROM care AS c JOIN practitioners AS p
    ON p.id = c.practitioner_id WHERE p.subject IS NOT NULL ORDER BY c.patient_id LIMIT 200"""
_BUYERS = _CUSTOMERS.format("customers")
_ORDERS = "SELECT tenant, subject, number FROM orders ORDER BY id LIMIT 200"
_HELPED = """SELECT tenant, subject, number FROM orders WHERE (tenant, subject) IN
    (SELECT tenant, subject FROM consents WHERE withdrawn_at IS NULL) LIMIT 200"""
_ALLOW = """INSERT INTO consents
    SELECT 'con_' || subject, tenant, subject, 0, 4102444800, NULL FROM
    (SELECT DISTINCT tenant, subject FROM orders LIMIT 200)"""
_STAFF = _CUSTOMERS.format("employees")
_LEADERS = """SELECT DISTINCT tenant, manager, '' FROM employees WHERE manager != ''
    ORDER BY manager LIMIT 200"""
_HR_DESK = "SELECT tenant, subject, '' FROM employees WHERE desk = 'hr'"
_PAPERS = "SELECT tenant, subject, id FROM documents ORDER BY id LIMIT 200"
_MEMBERS = _CUSTOMERS.format("members")
_IT_DESK = "SELECT tenant, subject, '' FROM members WHERE desk = 'it'"
_LEAVE = "SELECT tenant, subject, id FROM leave ORDER BY id LIMIT 200"
_LED = """SELECT l.tenant, e.manager, l.id FROM leave AS l JOIN employees AS e
    ON e.tenant = l.tenant AND e.subject = l.subject
    WHERE l.state = 'waiting' AND e.manager NOT IN ('', e.subject) ORDER BY l.id LIMIT 200"""
_AT_HR = """SELECT e.tenant, e.subject, l.id FROM employees AS e JOIN leave AS l
    ON l.tenant = e.tenant AND l.subject != e.subject
    WHERE e.desk = 'hr' AND l.state = 'waiting' ORDER BY l.id LIMIT 200"""
_TICKETS = """SELECT tenant, subject, printf('IT-%04d', number) FROM tickets
    WHERE kind = 'it' ORDER BY number LIMIT 200"""
_WAITING = """SELECT m.tenant, m.subject, printf('IT-%04d', t.number) FROM members AS m
    JOIN tickets AS t ON t.tenant = m.tenant
    WHERE m.desk = 'it' AND t.kind = 'it' AND t.state != 'solved' LIMIT 200"""

READS = (
    Read("banking", "banking:accounts:read", "/accounts", _ACCOUNTS),
    Read("banking", "banking:transactions:read", "/transactions?limit=100", _ACCOUNTS),
    Read("banking", "banking:transactions:read", "/accounts/{}/transactions?limit=100", _ACCOUNTS),
    Read("banking", "banking:bills:read", "/bills", _ACCOUNTS),
    Read("banking", "banking:payments:read", "/payment-options", _ACCOUNTS),
    Read("banking", "banking:transactions:read", "/transaction-search?limit=50", _ACCOUNTS),
    Read("banking", "banking:transactions:read", "/transaction-search?text=grocery", _ACCOUNTS),
    Read("banking", "banking:transactions:read", "/transaction-search?text=nothing", _ACCOUNTS),
    Read("banking", "banking:spending:read", "/spending", _ACCOUNTS),
    Read("banking", "banking:spending:read", "/spending?first_day=2020-01-01", _ACCOUNTS),
    Read("banking", "banking:standing:read", "/standing", _ACCOUNTS),
    Read("banking", "banking:cards:read", "/declines", _ACCOUNTS),
    Read("banking", "banking:cards:read", "/limits", _ACCOUNTS),
    Read("healthcare", "healthcare:practitioners:read", "/Practitioner", _PATIENTS),
    Read("healthcare", "healthcare:slots:read", "/Slot?limit=50", _PATIENTS),
    Read("healthcare", "healthcare:slots:read", "/Slot?after=15:30", _PATIENTS),
    Read("healthcare", "healthcare:slots:read", "/Slot?after=19:00", _PATIENTS),
    Read("healthcare", "healthcare:appointments:read", "/Appointment", _PATIENTS),
    Read("healthcare", "healthcare:schedules:read", "/Schedule/Appointment", _DESK),
    Read("healthcare", "healthcare:schedules:read", "/Schedule/Appointment?limit=31", _DESK),
    Read("healthcare", "healthcare:schedules:read", "/Schedule/Appointment?limit=7", _PHYSICIANS),
    Read("healthcare", "healthcare:observations:read", "/Observation", _PATIENTS),
    Read("healthcare", "healthcare:medications:read", "/MedicationRequest", _PATIENTS),
    Read("healthcare", "healthcare:records:read", "/everything", _PATIENTS),
    Read("healthcare", "healthcare:patients:read", "/Patient", _PHYSICIANS),
    Read("healthcare", "healthcare:schedules:read", "/Schedule/Appointment?after=14:00", _DESK),
    Read("healthcare", "healthcare:observations:read", "/Patient/{}/Observation", _TREATED),
    Read("healthcare", "healthcare:medications:read", "/Patient/{}/MedicationRequest", _TREATED),
    Read("healthcare", "healthcare:records:read", "/Patient/{}/everything", _TREATED),
    Read("healthcare", "healthcare:emergency:read", "/EmergencyAccess", _PHYSICIANS),
    Read("orders", "orders:orders:read", "/orders?limit=50", _BUYERS),
    Read("orders", "orders:orders:read", "/orders?limit=50&after={}", _ORDERS),
    Read("orders", "orders:orders:read", "/orders/{}", _ORDERS),
    Read("orders", "orders:account:read", "/account", _BUYERS),
    Read("orders", "orders:address:read", "/account/address", _BUYERS),
    Read("orders", "orders:assist:read", "/assist/orders?limit=50", _HELPED, "somebody"),
    Read("orders", "orders:assist:read", "/assist/orders?after={}", _HELPED, "somebody"),
    Read("orders", "orders:assist:read", "/assist/orders/{}", _HELPED, "somebody"),
    Read("hr", "hr:leave:read", "/leave/balance", _STAFF),
    Read("hr", "hr:leave:read", "/leave", _STAFF),
    Read("hr", "hr:leave:read", "/leave?after={}", _LEAVE),
    Read("hr", "hr:leave:prepare", "/leave/options", _STAFF),
    Read("hr", "hr:team:read", "/team/leave", _LEADERS),
    Read("hr", "hr:team:read", "/team/leave", _HR_DESK),
    Read("hr", "hr:team:read", "/team/leave?name=Martin", _HR_DESK),
    Read("hr", "hr:team:read", "/team/leave?after={}", _LED),
    Read("hr", "hr:team:read", "/team/leave?limit=25&after={}", _AT_HR),
    Read("hr", "hr:pay:read", "/payday", _STAFF),
    Read("hr", "hr:documents:read", "/documents", _STAFF),
    Read("hr", "hr:documents:read", "/documents?after={}", _PAPERS),
    Read("hr", "hr:papers:read", "/documents/{}", _PAPERS),
    Read("hr", "hr:deposit:read", "/deposit", _STAFF),
    Read("it", "it:tickets:read", "/tickets", _MEMBERS),
    Read("it", "it:tickets:read", "/tickets?after={}", _TICKETS),
    Read("it", "it:queue:read", "/queue", _IT_DESK),
    Read("it", "it:queue:read", "/queue?after={}", _WAITING),
    Read("it", "it:help:read", "/help/reset-password", _MEMBERS),
    Read("it", "it:help:read", "/help/unlock-account", _MEMBERS),
    Read("it", "it:help:read", "/help/person", _MEMBERS),
    Read("it", "it:person:read", "/person", _MEMBERS),
)


def askers(home: Path, read: Read) -> Sequence[tuple[Owner, str]]:
    """Return who asks, each with the path that they ask for; none where nobody may."""
    with closing(sqlite3.connect(database_path(home, read.api))) as connection:
        found = connection.execute(read.whose).fetchall()
    return [(Owner(tenant, subject), read.path.format(what)) for tenant, subject, what in found]


def with_consents(home: Path, other: Path, api: str = "orders") -> Path:
    """Copy the shop to an `other` home, in which customers let support help; return that one.

    A consent lives for minutes: those that a home was filled with have ended.
    """
    copied = database_path(other, api)
    copied.parent.mkdir(parents=True)
    with (
        closing(sqlite3.connect(database_path(home, api))) as source,
        closing(sqlite3.connect(copied)) as copy,
    ):
        source.backup(copy)
        copy.execute(_ALLOW)
        copy.commit()
    for one in (ring_path(copied).relative_to(other), key_path(other, api).relative_to(other)):
        (other / one).parent.mkdir(exist_ok=True)
        shutil.copy2(home / one, other / one)
    return other
