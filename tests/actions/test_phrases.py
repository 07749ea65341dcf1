"""The words that name a payee, an account, a bill; and how long odd sentences take."""

from __future__ import annotations

import time

import pytest

from actions.amounts import find_amount
from actions.phrases import (
    account_in,
    answered,
    bill_in,
    new_name,
    new_name_in,
    number_in,
    payee_in,
)


@pytest.mark.parametrize(
    ("text", "payee", "account"),
    [
        ("send Anna fifty bucks", "Anna", None),
        ("send 50 to anna berg please", "anna berg", None),
        ("Could you wire Anna Berg €50 from my savings", "Anna Berg", "savings"),
        ("I'd like to send Anna 50", "Anna", None),
        ("pay Bob back 12.50", "Bob", None),
        ("let Bob have 10 euros", "Bob", None),
        ("send it to Bob instead", "Bob", None),
        ("transfer 20 to Anna to pay for lunch", "Anna", None),
        ("I owe Eva 15 euros, please send it", "Eva", None),
        ("please transfer fifty euros to José María from current account", "José María", "current"),
        ("pay 35 euros to Anna-Lena O'Neill", "Anna-Lena O'Neill", None),
        ("send some money to my brother", "brother", None),
        ("send Anna 20 or 30 euros", "Anna", None),
        ("send 20 or 30 euros to Anna", "Anna", None),
        ("send 20 or 30 euros", None, None),
        ("no, to Bob", "Bob", None),
        ("transfer 50 euros", None, None),
        ("transfer money", None, None),
        ("send her 50", None, None),
        ("I want to make a transfer", None, None),
        ("make it 60", None, None),
    ],
)
def test_whom_and_from_where(text: str, payee: str | None, account: str | None) -> None:
    rest = find_amount(text).rest
    assert (payee_in(rest), account_in(rest)) == (payee, account)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Bob", "Bob"),
        ("to Anna Berg please", "Anna Berg"),
        ("it's for Bob", "Bob"),
        ("no, to Bob", "Bob"),
        ("Carla instead", "Carla"),
        ("the savings one", "savings"),
        ("60", None),
        ("what on earth do you mean by that question", None),
    ],
)
def test_an_answer_is_a_name(text: str, name: str | None) -> None:
    assert answered(find_amount(text).rest) == name


@pytest.mark.parametrize(
    ("text", "bill"),
    [
        ("pay my electricity bill", "electricity"),
        ("pay Tidewater Energy", "Tidewater Energy"),
        ("settle the phone invoice please", "phone"),
        ("this month's rent", "rent"),
        ("pay my bills", None),
        ("I'd like to pay a bill now", None),
    ],
)
def test_which_bill(text: str, bill: str | None) -> None:
    assert bill_in(text) == bill


@pytest.mark.parametrize(
    ("text", "name", "number"),
    [
        ("add Carla, XN12 3456 7890 1234", "Carla", "XN12345678901234"),
        (
            "save Lena as a payee, her account is XN07NWBK000100311122",
            "Lena",
            "XN07NWBK000100311122",
        ),
        ("add carla with NL91 ABNA 0417 1643 00 please", "Carla", "NL91ABNA0417164300"),
        ("add Tom Weber to my payees", "Tom Weber", None),
        ("create a new payee called Miriam", "Miriam", None),
        (
            "the new payee is Ali Demir with XN88NWBK000100377700",
            "Ali Demir",
            "XN88NWBK000100377700",
        ),
        ("xn12nwbk000100311122", None, "XN12NWBK000100311122"),
        ("add XN12 34", None, None),
        ("add a new payee", None, None),
        ("I need to add a payee", None, None),
        ("how can I save someone as a payee", None, None),
    ],
)
def test_a_new_payees_name_and_number(text: str, name: str | None, number: str | None) -> None:
    found, rest = number_in(text)
    assert (new_name_in(rest), found) == (name, number)


@pytest.mark.parametrize(
    ("text", "name"), [("Carla Rossi", "Carla Rossi"), ("her name is carla", "Carla"), ("42", None)]
)
def test_an_answer_is_a_new_payees_name(text: str, name: str | None) -> None:
    assert new_name(text) == name


@pytest.mark.parametrize(
    "part",
    [
        "send ",
        "to ",
        "from x ",
        "a",
        "1 ",
        "1,",
        "XN12 ",
        " 1234",
        "fifty ",
        "a hundred and ",
        "add ",
        "'",
        "no, ",
    ],
)
def test_no_sentence_takes_long(part: str) -> None:
    """A stranger's 1,000 characters must not hold the process up."""
    text = (part * 1_000)[:1_000]
    began = time.process_time()
    rest = find_amount(text).rest
    for read in (payee_in, account_in, answered, bill_in, number_in, new_name_in, new_name):
        read(rest)
    assert time.process_time() - began < 0.5
