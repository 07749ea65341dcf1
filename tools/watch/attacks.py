"""The attacks of attacks.yml: what each leaves on the trail. Nothing here knows the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import yaml

from tools.watch.attacker import BACK, CUT, Attacker, Planted
from tools.watch.life import ALLOW, DENY, DONE, FAILED, PASSED, Record
from tools.watch.people import DAY, HOUR, LEARNING, MINUTE, Person

LIST = Path(__file__).with_name("attacks.yml")


def _spray(one: Attacker, least: int, most: int, gap: tuple[float, float], **said: Any) -> Any:
    who = partial(one.somebody, "bank")
    where = {"tenant": "bank", "person": who, "origin": one.origin, **said}
    return one.each(one.random.randint(least, most), *gap, FAILED, **where)


def _spread(one: Attacker) -> list[Record]:
    return list(_spray(one, 30, 80, (3, 12), origin=one.unique, session=one.unique))


def _names(one: Attacker) -> list[Record]:
    return one.each(one.random.randint(20, 200), 1, 15, FAILED, origin=one.origin, session="x")


def _guess(one: Attacker) -> list[Record]:
    said = one.as_one(one.one("customer", "bank"), origin=one.unique)
    return one.each(one.random.randint(15, 60), 10, 110, FAILED, **said)


def _guessed(one: Attacker) -> list[Record]:
    said = one.as_one(one.one("employee"), origin=one.origin)
    wrong = one.each(one.random.randint(7, 30), 5, 60, FAILED, **said)
    return [*wrong, *one.each(1, 1, 1, PASSED, **said)]


def _codes(one: Attacker) -> list[Record]:
    said = one.as_one(one.one("customer", "bank"), method="totp", session=one.unique)
    return one.each(one.random.randint(10, 40), 10, 90, "challenge:person:fail", **said)


def _pushes(one: Attacker) -> list[Record]:
    said = one.as_one(one.one("employee"), method="push")
    return one.each(one.random.randint(3, 8), 60, 400, "challenge:device:deny", **said)


def _cookie(one: Attacker) -> list[Record]:
    said = one.as_one(one.one("customer", "bank"), reason="retired_id")
    return one.each(1, 1, 1, "session:caller:reuse", **said)


def _old_id(one: Attacker) -> list[Record]:
    said = one.as_one(one.one("customer", "bank"), reason="replaced_by_proof")
    return one.each(one.random.randint(4, 20), 5, 60, "session:caller:refuse", **said)


def _hop(one: Attacker) -> list[Record]:
    said = one.as_one(one.one("employee"), origin=one.unique, session=one.unique)
    return one.each(one.random.randint(4, 7), 200, 700, PASSED, **said)


def _csrf(one: Attacker) -> list[Record]:
    said = one.as_one(one.one("customer", "shop"), reason="csrf")
    return one.each(one.random.randint(5, 40), 1, 60, "session:caller:refuse", **said)


def _tickets(one: Attacker) -> list[Record]:
    return one.each(
        one.random.randint(15, 100), 1, 20, DENY, reason="ticket_over", session=one.unique
    )


def _token(one: Attacker) -> list[Record]:
    return one.each(1, 1, 1, "token:api:replay", tenant="bank")


def _roles(one: Attacker) -> list[Record]:
    said = one.as_one(one.one("employee"), reason="policy", arguments=one.unique)
    return one.each(one.random.randint(8, 25), 10, 150, DENY, **said)


def _tenants(one: Attacker) -> list[Record]:
    said = one.as_one(one.one("customer", "shop"), reason="api_not_of_tenant")
    return one.each(one.random.randint(3, 20), 5, 90, DENY, **said)


def _objects(one: Attacker) -> list[Record]:
    said = one.as_one(one.one("customer", "bank"), reason="not_found")
    return one.each(one.random.randint(12, 100), 2, 40, "operation:api:fail", **said)


def _customers(one: Attacker) -> list[Record]:
    said = one.as_one(one.one("agent"), reason="unknown_subject", arguments=one.unique)
    return one.each(one.random.randint(10, 30), 20, 100, DENY, **said)


def _snoop(one: Attacker) -> list[Record]:
    who = one.one("clinician")
    usual = who.records * max(1.0, who.sessions)
    many = max(15, int(usual * one.random.uniform(2, 5)))
    said = one.as_one(who, actor=who.name, roles=who.roles, operation="healthcare.read_record")
    patient = partial(one.somebody, "clinic")
    return one.each(many, 20, 200, ALLOW, **{**said, "person": patient, "turn": one.unique})


def _stalk(one: Attacker) -> list[Record]:
    who = one.one("clinician")
    said = one.as_one(who, actor=who.name, roles=who.roles, operation="healthcare.read_record")
    return one.each(
        one.random.randint(20, 40), 200, 900, ALLOW, **{**said, "person": "p1", "turn": one.unique}
    )


def _glass(one: Attacker) -> list[Record]:
    who = one.one("clinician")
    said = one.as_one(who, actor=who.name, operation="healthcare.open_emergency_access")
    patient = partial(one.somebody, "clinic")
    return one.each(one.random.randint(3, 6), 300, 2_000, ALLOW, **{**said, "person": patient})


def _pay(one: Attacker, who: Person, count: int, gap: tuple[float, float], **said: Any) -> Any:
    paid = one.as_one(who, operation="banking.make_transfer", roles=who.roles, **said)
    return one.each(count, *gap, ALLOW, **paid)


def _drain(one: Attacker) -> list[Record]:
    who = one.one("customer", "bank")
    said = {"counterparty": one.unique, "magnitude": 3}
    return list(_pay(one, who, one.random.randint(9, 20), (40, 200), **said))


def _split(one: Attacker) -> list[Record]:
    who, payee = one.one("customer", "bank"), one.unique()
    count, size = one.random.randint(4, 8), one.random.randint(2, 4)
    return list(_pay(one, who, count, (60, 900), counterparty=payee, magnitude=size))


def _take_over(one: Attacker) -> list[Record]:
    who, payee = one.one("customer", "bank"), one.unique()
    said = one.as_one(who)
    way = one.random.choice(["account:recovery:done", "account:change:done"])
    first = one.each(1, 100, 9_000, way, **said)
    saved = one.each(1, 60, 3_000, ALLOW, operation="banking.add_payee", **said)
    return [*first, *saved, *_pay(one, who, 1, (1, 1), counterparty=payee, magnitude=4)]


def _scam(one: Attacker) -> list[Record]:
    who, payee = one.one("customer", "bank"), one.unique()
    return list(_pay(one, who, 1, (1, 1), counterparty=payee, magnitude=5))


def _pump(one: Attacker) -> list[Record]:
    person = partial(one.somebody, "bank")
    said = {"tenant": "bank", "person": person, "reason": "code_sms"}
    return one.each(one.random.randint(80, 300), 1, 6, "message:person:queue", **said)


def _harvest(one: Attacker) -> list[Record]:
    who = one.one("customer", "bank")
    said = one.as_one(who, operation="banking.search_transactions", roles=who.roles)
    return one.each(one.random.randint(80, 400), 1, 6, ALLOW, **said)


def _documents(one: Attacker) -> list[Record]:
    said = one.as_one(one.one("employee"))
    return one.each(one.random.randint(20, 60), 5, 60, "operation:document:link", **said)


def _export(one: Attacker) -> list[Record]:
    person = partial(one.somebody, "bank")
    said = {"tenant": "bank", "actor": one.session, "person": person}
    return one.each(one.random.randint(5, 20), 60, 2_000, "data:person:export", **said)


def _words(one: Attacker) -> list[Record]:
    said = one.as_one(one.one("customer", "bank"), reason="sql")
    return one.each(one.random.randint(4, 30), 5, 60, "turn:text:hostile", **said)


def _choices(one: Attacker) -> list[Record]:
    said = one.as_one(one.one("customer", "bank"))
    return one.each(one.random.randint(8, 40), 2, 30, "turn:choice:refuse", **said)


def _texts(one: Attacker) -> list[Record]:
    return one.each(one.random.randint(15, 80), 1, 30, "sms:webhook:refuse", reason="signature")


def _grab(one: Attacker) -> list[Record]:
    person = partial(one.somebody, "works")
    said = {"tenant": "works", "actor": one.one("admin").name, "person": person}
    return one.each(one.random.randint(6, 15), 60, 400, "admin:user:roles", **said)


def _cut(one: Attacker) -> list[Record]:
    return one.each(1, 1, 1, DONE, **{CUT: one.random.randint(1, 500)})


def _back(one: Attacker) -> list[Record]:
    return one.each(1, 1, 1, DONE, **{BACK: one.random.uniform(60, 7_200)})


def _clients(one: Attacker) -> list[Record]:
    return one.each(one.random.randint(15, 100), 1, 30, "token:client:refuse", reason="unknown")


_HOW: Mapping[str, Callable[[Attacker], list[Record]]] = {
    "spraying": lambda one: list(_spray(one, 15, 200, (2, 30), session=one.unique)),
    "slow_spraying": lambda one: list(_spray(one, 120, 240, (120, 300), session=one.unique)),
    "spread_spraying": _spread,
    "name_hunting": _names,
    "guessing": _guess,
    "guessed": _guessed,
    "code_guessing": _codes,
    "push_bombing": _pushes,
    "stolen_cookie": _cookie,
    "replayed_id": _old_id,
    "hopping": _hop,
    "forged_requests": _csrf,
    "replayed_tickets": _tickets,
    "replayed_token": _token,
    "role_probing": _roles,
    "tenant_probing": _tenants,
    "object_probing": _objects,
    "customer_probing": _customers,
    "snooping": _snoop,
    "stalking": _stalk,
    "glass_breaking": _glass,
    "draining": _drain,
    "splitting": _split,
    "takeover": _take_over,
    "scam": _scam,
    "pumping": _pump,
    "harvesting": _harvest,
    "document_harvesting": _documents,
    "mass_export": _export,
    "hostile_words": _words,
    "forged_choices": _choices,
    "forged_texts": _texts,
    "role_grabbing": _grab,
    "cut_log": _cut,
    "set_clock": _back,
    "client_guessing": _clients,
}


def read_list(path: Path = LIST) -> list[dict[str, Any]]:
    """Return the written list: `how`, `times` and `what` of each."""
    return list(yaml.safe_load(path.read_text("utf-8")))


def plant(random: Random, people: Sequence[Person], days: int) -> Iterator[Planted]:
    """Yield every attack of the list, at some moment of the days that are measured."""
    number = 0
    for one in read_list():
        for _ in range(one["times"]):
            number += 1
            day = LEARNING + random.randrange(days)
            at = day * DAY + random.uniform(7 * HOUR, 20 * HOUR)
            attacker = Attacker(random, people, at + MINUTE, number)
            yield Planted(one["how"], _HOW[one["how"]](attacker))
