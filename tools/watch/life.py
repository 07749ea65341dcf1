"""Ordinary life: what people's sessions leave on the trail, mistakes and busy days included.

Nothing here knows the rules. What looks like trouble and is none: an office behind one address,
passwords that have all expired, a stand-in for two colleagues, a landlord's month end, the week of
the tax return, a slow engine, an interface that is down, administrators who take on a whole class.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from tools.watch.people import DAY, DAYS, HOUR, LEARNING, MINUTE, Person, count

Record = dict[str, Any]

FAILED, PASSED = "sign_in:password:fail", "sign_in:password:pass"
ALLOW, DENY, DONE = "operation:guard:allow", "operation:guard:deny", "operation:api:done"
EXPIRED_DAY, SLOW_DAY, DOWN_DAY, CLASS_DAY = (LEARNING + day for day in (14, 17, 9, 7))


class Life:
    """Makes the records of one person's sessions. `at` is in seconds from the month's start."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._sessions = 0

    def of_day(self, person: Person, day: int) -> Iterator[Record]:
        """Yield what this person does on one day."""
        random = self._random
        rate = person.weekend if day % 7 >= 5 else person.sessions
        records = person.records
        if person.others and random.random() < 0.03:
            records *= 1.8  # A busy day, or a stand-in's.
        for _ in range(count(random, rate)):
            hour = min(23.5, max(0.0, random.gauss(person.hour, 2.5)))
            yield from self._session(person, day, day * DAY + hour * HOUR, records)

    def _session(self, person: Person, day: int, at: float, records: float) -> Iterator[Record]:
        random = self._random
        self._sessions += 1
        session = f"s{self._sessions}"
        office = random.random() < person.kind.from_office
        origin = f"office-{person.tenant}" if office else person.home
        if not office and random.random() < 0.15:
            origin = f"mobile-{random.randrange(40)}"
        base = {"tenant": person.tenant, "session": session}
        yield {**base, "at": at, "tag": "session:anonymous:create"}
        if random.random() < 0.04:
            return  # A look at the page, and no more.
        mine = {**base, "person": person.name}
        signed = yield from self._sign_in(person, day, at + 5, mine, origin)
        if signed is None:
            return
        at = yield from self._turns(person, day, signed, mine, records)
        if random.random() < 0.4:
            yield {**mine, "at": at + 20, "tag": "session:person:end"}
        elif random.random() < 0.1:
            refused = {**mine, "tag": "session:caller:refuse", "reason": "limit_reached"}
            yield {**refused, "at": at + 2 * HOUR}
        if random.random() < 0.001:
            yield {**mine, "at": at + 9, "tag": "session:caller:refuse", "reason": "csrf"}

    def _sign_in(
        self, person: Person, day: int, at: float, mine: Record, origin: str
    ) -> Iterator[Record]:
        random = self._random
        from_there = {**mine, "origin": origin}
        expired = day == EXPIRED_DAY and person.tenant == "works"
        wrong = sum(random.random() < person.clumsiness for _ in range(2))
        wrong += int(expired and random.random() < 0.25)
        if random.random() < 0.0015:
            wrong = random.randint(3, 8)  # They do not remember which one it was.
        for _ in range(wrong):
            yield {**from_there, "at": at, "tag": FAILED}
            at += random.uniform(5, 40)
        if random.random() < 0.004:
            stranger = {key: value for key, value in from_there.items() if key != "person"}
            yield {**stranger, "at": at, "tag": FAILED}  # A name mistyped.
            at += 9
        if wrong > 5 and random.random() < 0.6:
            yield {**mine, "at": at + 60, "tag": "account:recovery:open"}
            if random.random() < 0.7:
                yield {**mine, "at": at + 20 * MINUTE, "tag": "account:recovery:done"}
            return None
        yield {**from_there, "at": at, "tag": PASSED}
        by_text = random.random() < 0.35
        method = "sms" if by_text else "totp"
        challenge = {**mine, "method": method, "purpose": "sign_in"}
        yield {**challenge, "at": at, "tag": "challenge:person:open"}
        if by_text:
            yield {**mine, "at": at, "tag": "message:person:queue", "reason": "code_sms"}
        wrong = sum(random.random() < person.clumsiness * 0.8 for _ in range(2))
        if random.random() < 0.0008:
            wrong = random.randint(3, 6)  # An app whose clock is wrong.
        for _ in range(wrong):
            at += random.uniform(8, 40)
            yield {**challenge, "at": at, "tag": "challenge:person:fail", "reason": "wrong_code"}
        at += random.uniform(8, 50)
        yield {**challenge, "at": at, "tag": "challenge:person:pass"}
        yield {**mine, "at": at, "tag": "session:person:rotate"}
        if random.random() < 0.03:
            yield {**mine, "at": at, "tag": "session:device:new"}
        return at

    def _turns(
        self, person: Person, day: int, at: float, mine: Record, records: float
    ) -> Iterator[Record]:
        random = self._random
        turns = 1 + count(random, records if person.others else person.turns - 1)
        for number in range(turns):
            at += random.uniform(10, 90)
            turn = {**mine, "turn": f"{mine['session']}-{number}"}
            yield from self._turn(person, day, at, turn)
        yield from self._odd(person, at, mine)
        return at

    def _turn(self, person: Person, day: int, at: float, turn: Record) -> Iterator[Record]:
        random = self._random
        slow = day == SLOW_DAY and 10 * HOUR < at % DAY < 10.4 * HOUR
        if random.random() < (0.3 if slow else 0.0003):
            yield {**turn, "at": at, "tag": DENY, "reason": "ticket_over", "person": None}
            return
        if random.random() < 0.02:
            reason = random.choice(["proof_too_old", "arguments", "arguments", "rate"])
            yield {**turn, "at": at, "tag": DENY, "reason": reason, "roles": person.roles}
        if random.random() < 0.002:
            forbidden = {**turn, "at": at, "tag": DENY, "reason": "policy", "arguments": f"a{at}"}
            yield {**forbidden, "roles": person.roles}
        operation = random.choice(person.kind.operations)
        said: Record = {**turn, "at": at, "roles": person.roles, "operation": operation}
        if person.others:
            said |= {"person": self._about(person), "actor": person.name}
        if operation == "banking.pay":
            if random.random() > person.pays:
                said["operation"] = "banking.search_transactions"
            else:
                yield from self._payments(person, day, said)
                return
        yield {**said, "tag": ALLOW, "arguments": f"a{random.randrange(10**9)}"}
        down = day == DOWN_DAY and 14 * HOUR < at % DAY < 15 * HOUR
        said.pop("roles")
        if down and operation.startswith("banking"):
            yield {**said, "at": at + 5, "tag": "operation:api:fail", "reason": "api_unavailable"}
        elif random.random() < 0.004:
            yield {**said, "at": at + 0.1, "tag": "operation:api:fail", "reason": "not_found"}
        else:
            yield {**said, "at": at + 0.1, "tag": DONE}

    def _about(self, person: Person) -> str:
        """Return whose record is opened: mostly one of those that they look after."""
        if self._random.random() < 0.12:  # Somebody new.
            return f"{person.others[0].rpartition('-')[0]}-{self._random.randrange(330)}"
        return self._random.choice(person.others)

    def _payments(self, person: Person, day: int, said: Record) -> Iterator[Record]:
        """Yield one payment, or at the month's end a pile of bills."""
        random = self._random
        pile = (day - LEARNING) % DAYS >= 27 and random.random() < 0.15
        payees = random.sample(
            person.payees, min(random.randint(2, 6), len(person.payees)) if pile else 1
        )
        if random.random() < 0.03:
            payees.append(payees[-1])  # The rest of it, or a mistake put right.
        at = said["at"]
        for payee in payees:
            digits = min(5, max(1, round(random.gauss(2.4, 0.6))))
            if random.random() < 0.03:
                payee = f"new-{random.randrange(10**9)}"  # noqa: PLW2901
                digits = min(5, digits)
                yield {**said, "at": at - 30, "tag": ALLOW, "operation": "banking.add_payee"}
            paid = {**said, "operation": "banking.make_transfer", "counterparty": payee}
            yield {**said, "at": at, "tag": DENY, "reason": "not_confirmed"}
            yield {**paid, "at": at + 30, "tag": ALLOW, "magnitude": digits}
            yield {**paid, "at": at + 30.2, "tag": DONE}
            at += random.uniform(90, 400)

    def _odd(self, person: Person, at: float, mine: Record) -> Iterator[Record]:
        """Yield what happens seldom, and is nobody's bad will."""
        random, chance = self._random, self._random.random()
        if chance < 0.0004:
            yield {**mine, "at": at + 9, "tag": "data:person:export"}
        elif chance < 0.0012:
            tag = random.choice(["account:change:done", "account:change:open"])
            yield {**mine, "at": at + 9, "tag": tag}
        elif chance < 0.0016:
            yield {**mine, "at": at + 9, "tag": "turn:choice:refuse"}
        elif chance < 0.0024:
            for number in range(random.choice([1, 1, 1, 2])):
                yield {**mine, "at": at + 20 * number, "tag": "turn:text:hostile", "reason": "sql"}
        elif chance < 0.0060 and person.tenant in {"works", "bank"}:
            for number in range(random.randint(1, 9)):
                yield {**mine, "at": at + 40 * number, "tag": "operation:document:link"}
        elif chance < 0.0064:
            yield {**mine, "at": at + 9, "tag": "challenge:device:deny"}
        elif chance < 0.0066 and person.kind.role == "clinician":
            opened = {**mine, "operation": "healthcare.open_emergency_access", "tag": ALLOW}
            yield {**opened, "at": at, "actor": person.name, "person": "p-emergency"}
        yield from self._at_work(person, chance, at, mine)

    def _at_work(self, person: Person, chance: float, at: float, mine: Record) -> Iterator[Record]:
        """Yield what belongs to a role."""
        random = self._random
        if 0.0066 < chance < 0.0200 and person.kind.role == "agent":
            for number in range(random.randint(1, 4)):
                denied = {**mine, "tag": DENY, "reason": "unknown_subject"}
                yield {**denied, "at": at + 30 * number, "arguments": f"n{at}{number}"}
        elif 0.0066 < chance < 0.0900 and person.kind.role == "admin":
            for number in range(random.randint(1, 4)):
                changed = {"tag": "admin:user:roles", "actor": person.name, "tenant": "works"}
                yield {**changed, "at": at + 60 * number, "person": f"works-employee-{number}"}

    def of_month(self) -> Iterator[Record]:
        """Yield what belongs to nobody's session."""
        random, admin = self._random, {"tenant": "works", "actor": "works-admin-0"}
        for number in range(8):  # A class of trainees begins.
            at = CLASS_DAY * DAY + 9 * HOUR + number * 4 * MINUTE
            yield {**admin, "at": at, "tag": "admin:user:add", "person": f"trainee-{number}"}
        for _ in range(9):  # Copies that people have asked for by letter.
            at = random.uniform(0, LEARNING + DAYS) * DAY
            said = {"tag": "data:person:export", "actor": "operating-system:administrator"}
            yield {**said, "at": at, "tenant": "bank", "person": f"bank-customer-{random.random()}"}
        for _ in range(37):  # Old links, and strangers who knock.
            at = random.uniform(0, LEARNING + DAYS) * DAY
            yield {"at": at, "tag": random.choice(["session:tenant:unknown", "sms:webhook:refuse"])}
        for day in range(LEARNING + DAYS):
            yield {"at": day * DAY + 3 * HOUR, "tag": "data:retention:purge"}

    @property
    def sessions(self) -> int:
        """How many sessions there were so far."""
        return self._sessions
