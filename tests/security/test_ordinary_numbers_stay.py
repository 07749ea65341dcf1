"""What people say about money, days and orders is not taken for a number that must be masked."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from security.plain_text import plain

AMOUNTS = [
    "transfer 250.00 euros to Anna on 2026-11-26",
    "pay 1,250.50 USD on 11/26/2026 at 10:15",
    "1.250.000,00 EUR",
    "12.345.678 euros",
    "12.345.678 a year",
    "12,345,678.90",
    "at 123456 a month",
    "pay it by 10.12.24 a day early",
    "split 100/20/30",
    "100+20+3000",
    "100*20*3000",
    "sum of 1000, 2000, 3000 and 4000",
    "tax 2025: 1,234.56 paid on 2026-01-31",
    "2 lamps, 3 chairs, 250.00 in all",
    "500 is my limit, not 600",
]
DAYS = [
    "2026-11-26 10:15:30",
    "time off 2026-12-21 - 2026-12-24",
    "time off 21.12.2026 - 31.12.2026",
    "from 21.12.2026-31.12.2026 please",
    "leave 12/21/2026 - 12/24/2026",
    "26.11.2026, 14:30 - 15:00",
    "26/11/2026 14:30 - 27/11/2026 15:00",
    "between 10:15 - 11:30 a.m.",
    "on 26.11.2026 I was away",
    "born 17/04/1990 in 10115 Berlin",
    "from 2026-1-2 to 2026-1-3: 250.00, 300.00",
    "is the social event on 2026-12-24 at 19:00",
]
TELEPHONES = [
    "call +49 1512 3456789",
    "call +49 1517 8103295",  # By chance Luhn holds for it, for the next, and the German digit.
    "call 0049 1516 1376467",
    "call +44 20 7946 0000",
    "call 0044 20 7946 0000",
    "+33 1 42 68 53 00",
    "+86 138 1234 5678",
    "call (202) 555-0143 or 202.555.0143",
    "+1-202-555-0143",
    "my niece is 12, call 020 7946 0000",
]
THINGS = [
    "order AC-10482 of 2026-11-26",
    "orders 10482, 10483 and 10484",
    "order 536904417",
    "order 12345678 a week ago",
    "ticket IT-4711 and IT-4712",
    "social media ticket IT-4711",
    "invoice 2026/10/00417",
    "bsn ticket 4711",
    "parcel 1Z999AA10123456784",
    "flight LH 1234 on 26-11-2026",
    "192.168.100.200",
    "room 101, floor 20, desk 3000",
    "90210-1234",
    "sort code 12-34-56, account 12345678",
    "GB29 NWBK 6016 1331 9268 19",
    "BE68-5390-0754-7034",
    "NL91ABNA0417164300",
    "RF18 5390 0754 7034",
    "NO05 8609 5742 719",  # All but its beginning could be a German number.
]
CODES = [
    "my code is 287082",
    "the code is 287 082",
    "the verification code is 123456",
    "security code 500000",
    "what is a security code?",
    "where is the security code on my card?",
    "I got a new cvv, thanks",
]


@pytest.mark.parametrize("said", [*AMOUNTS, *DAYS, *TELEPHONES, *THINGS, *CODES])
def test_an_ordinary_sentence_stays(said: str) -> None:
    assert plain(said) == said


_DAY: list[Callable[[random.Random], str]] = [
    lambda some: f"{some.randint(2020, 2030)}-{some.randint(1, 12):02}-{some.randint(1, 28):02}",
    lambda some: f"{some.randint(1, 28):02}.{some.randint(1, 12):02}.{some.randint(2020, 2030)}",
    lambda some: f"{some.randint(1, 12)}/{some.randint(1, 28)}/{some.randint(2020, 2030)}",
]


def test_two_days_in_a_row_are_never_a_card() -> None:
    """One in five was: sixteen digits, and more than one way to begin."""
    some = random.Random(1)
    for _ in range(1_000):
        first, last = some.choice(_DAY)(some), some.choice(_DAY)(some)
        said = f"time off {first} - {last}, {some.randint(0, 23)}:15"
        assert plain(said) == said


def test_a_number_of_another_country_is_never_a_card() -> None:
    """One German mobile in ten was: with its country it has thirteen digits."""
    some = random.Random(1)
    for _ in range(1_000):
        of_its_own = f"151{some.randint(0, 9)} {some.randint(10**6, 10**7 - 1)}"
        said = f"call {some.choice(['+', '00'])}49 {of_its_own}"
        assert plain(said) == said
