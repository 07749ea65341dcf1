"""Open bills, their payment, and saved payees."""

from __future__ import annotations

from typing import Any

import pytest

from apis.banking.bookings import MOST_PAYEES
from apis.common.database import database_path

from .books import BOBS, CURRENT, Books, new_key

BILLS = "banking:bills:read"
ANNA = {"name": "Anna Berg", "number": "XN70HRBR000200551234"}


@pytest.fixture
def books(bank: Any) -> Books:
    return Books(database_path(bank.home, "banking"))


async def _open_bills(bank: Any, **whose: str) -> list[str]:
    reply = await bank.get("/bills", bank.token(BILLS, **whose))
    assert reply.status_code == 200
    return [bill["biller"] for bill in reply.json()["bills"]]


async def test_open_bills_are_listed_by_the_day_they_are_due(bank: Any) -> None:
    reply = await bank.get("/bills", bank.token(BILLS))
    bills = reply.json()["bills"]
    assert [(bill["biller"], bill["due_on"]) for bill in bills] == [
        ("Lindenhof Homes", "2026-11-27"),
        ("Tidewater Energy", "2026-12-02"),
        ("Grand Piano House", "2026-12-23"),
        ("Dollar Books", "2026-12-24"),
    ]
    assert (bills[1]["amount"], bills[1]["currency"]) == ("72.30", "EUR")
    assert await _open_bills(bank, subject="pw-bob") == ["Clearline Mobile"]
    assert await _open_bills(bank, tenant="globex") == []


async def test_payment_options_are_all_that_a_payment_is_made_of(bank: Any) -> None:
    options = await bank.options()
    assert [(one["number"], one["available"]) for one in options["accounts"]] == [
        ("•••• 4021", "1400.05"),
        ("•••• 0007", "-0.05"),
    ]
    assert options["payees"][0]["name"] == "Anna Berg"
    assert options["payees"][0]["number"] == "•••• 1234"
    assert len(options["bills"]) == 4
    others = await bank.options(subject="pw-bob")
    ids = [{row["id"] for part in one.values() for row in part} for one in (options, others)]
    assert not ids[0] & ids[1]
    assert await bank.options(tenant="globex") == {"accounts": [], "payees": [], "bills": []}


async def test_a_paid_bill_is_booked_and_is_open_no_more(bank: Any, books: Books) -> None:
    reply = await bank.post("/bill-payments", books.bill("Tidewater Energy"), new_key())
    answer = reply.json()
    assert answer.pop("id").startswith("mov_")
    assert answer == {
        "account_number": "•••• 4021",
        "biller": "Tidewater Energy",
        "reference": "Ref 9",
        "amount": "72.30",
        "currency": "EUR",
        "booked_on": "2026-11-23",
        "balance": "1407.85",
    }
    assert "Tidewater Energy" not in await _open_bills(bank)
    token = bank.token("banking:transactions:read")
    [row] = (await bank.get("/transactions?limit=1", token)).json()["transactions"]
    assert (row["text"], row["amount"]) == ("Tidewater Energy, Ref 9", "-72.30")
    books.check()


async def test_a_bill_is_paid_once_whatever_the_key(bank: Any, books: Books) -> None:
    """ASVS 15.4.2: a second approval of the same bill pays nothing."""
    body = books.bill("Tidewater Energy")
    assert (await bank.post("/bill-payments", body, new_key())).status_code == 200
    again = await bank.post("/bill-payments", body, new_key())
    assert (again.status_code, again.json()["code"]) == (409, "details_changed")
    assert books.balance(CURRENT) == 1407_85
    books.check()


@pytest.mark.parametrize(
    ("biller", "changed", "code"),
    [
        ("Tidewater Energy", {"account_number": "•••• 0007"}, "details_changed"),
        ("Tidewater Energy", {"biller": "Tidewater"}, "details_changed"),
        ("Tidewater Energy", {"reference": "Ref 8"}, "details_changed"),
        ("Tidewater Energy", {"amount": "72.29"}, "details_changed"),
        ("Tidewater Energy", {"currency": "USD"}, "details_changed"),
        ("Dollar Books", {}, "invalid_request"),
        ("Grand Piano House", {}, "limit_exceeded"),
        ("Lindenhof Homes", {"bill": "bil_" + "x" * 22}, "not_found"),
        ("Lindenhof Homes", {"account": "acc_" + "x" * 22}, "not_found"),
    ],
)
async def test_a_bill_that_is_not_what_was_shown_stays_open(
    bank: Any, books: Books, biller: str, changed: dict[str, str], code: str
) -> None:
    """ASVS 2.3.1: what the person approved is what the bank books, or nothing."""
    reply = await bank.post("/bill-payments", {**books.bill(biller), **changed}, new_key())
    assert reply.json()["code"] == code
    assert biller in await _open_bills(bank)
    assert books.count("movements") == 0


async def test_a_bill_beyond_the_balance_stays_open(bank: Any, books: Books) -> None:
    await bank.post("/transfers", books.transfer("Anna Berg", "400.00"), new_key())
    reply = await bank.post("/bill-payments", books.bill("Lindenhof Homes"), new_key())
    assert (reply.status_code, reply.json()["code"]) == (422, "insufficient_funds")
    assert "Lindenhof Homes" in await _open_bills(bank)
    books.check()


async def test_anothers_bill_is_not_found(bank: Any, books: Books) -> None:
    """ASVS 8.2.2: neither with one's own account nor with theirs."""
    theirs = books.bill("Clearline Mobile", BOBS)
    mine = books.bill("Tidewater Energy")
    mixed = {**theirs, "account": mine["account"], "account_number": mine["account_number"]}
    for body in (theirs, mixed):
        reply = await bank.post("/bill-payments", body, new_key())
        assert (reply.status_code, reply.json()["code"]) == (404, "not_found")
    assert books.count("movements") == 0


async def test_a_new_payee_can_be_paid(bank: Any, books: Books) -> None:
    order = {"name": "Corner Bakery", "number": "XN70HRBR000200559999"}
    saved = (await bank.post("/payees", order, new_key())).json()
    assert saved == {"id": saved["id"], "name": "Corner Bakery", "number": "•••• 9999"}
    assert saved in (await bank.options())["payees"]
    body = books.transfer("Corner Bakery", "1.00")
    assert body["payee"] == saved["id"]
    assert (await bank.post("/transfers", body, new_key())).status_code == 200


async def test_the_same_payee_again_is_the_one_that_is_there(bank: Any, books: Books) -> None:
    before = books.count("payees")
    first = await bank.post("/payees", ANNA, new_key())
    assert (await bank.post("/payees", ANNA, new_key())).json() == first.json()
    assert books.count("payees") == before


async def test_a_saved_name_cannot_be_given_another_number(bank: Any, books: Books) -> None:
    """A payee whom the person knows keeps the number that was saved with it."""
    order = {**ANNA, "number": "XN70HRBR000200556666"}
    added = (await bank.post("/payees", order, new_key())).json()
    known = books.value("SELECT id FROM payees WHERE number = ?", ANNA["number"])
    assert added["id"] != known


@pytest.mark.parametrize(
    "name",
    [
        "Anna Berg",
        "anna berg",
        "\u0410nn\u0430 Berg",  # Cyrillic.
        "Αnna Βerg",  # Greek.
        "Anna-Berg",
        "Ánna Berg",
        "Ａnna Berg",
        "Anna\u00a0Berg",
    ],
)
async def test_attack_a_payee_who_looks_like_a_saved_one(
    bank: Any, books: Books, name: str
) -> None:
    """No list, and no approval, could tell the two apart: "Anna Berg, •••• 1234"."""
    before = books.count("payees")
    order = {"name": name, "number": "XN99HRBR000999991234"}
    reply = await bank.post("/payees", order, new_key())
    assert (reply.status_code, reply.json()["code"]) == (409, "payee_mistakable")
    assert books.count("payees") == before
    told_apart = {**order, "number": "XN99HRBR000999991235"}
    assert (await bank.post("/payees", told_apart, new_key())).status_code == 200


async def test_another_name_with_the_same_last_figures_is_saved(bank: Any) -> None:
    order = {"name": "Anton Berg", "number": "XN99HRBR000999991234"}
    assert (await bank.post("/payees", order, new_key())).status_code == 200


async def test_a_payee_belongs_to_whom_the_token_names(bank: Any, books: Books) -> None:
    """ASVS 8.2.2."""
    theirs = (await bank.post("/payees", ANNA, new_key(), subject="pw-bob")).json()
    body = books.transfer("Anna Berg", "1.00")
    reply = await bank.post("/transfers", {**body, "payee": theirs["id"]}, new_key())
    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(("there", "status"), [(MOST_PAYEES - 1, 200), (MOST_PAYEES, 422)])
async def test_no_more_payees_than_one_answer_lists(
    bank: Any, books: Books, there: int, status: int
) -> None:
    who = {"tenant": "globex", "subject": "pw-globex-alice"}
    for number in range(there):
        order = {"name": f"Payee {number}", "number": ANNA["number"]}
        assert (await bank.post("/payees", order, new_key(), **who)).status_code == 200
    reply = await bank.post("/payees", {**ANNA, "name": "One more"}, new_key(), **who)
    assert reply.status_code == status
    assert reply.json().get("code") == (None if status == 200 else "limit_exceeded")
    assert len((await bank.options(**who))["payees"]) <= MOST_PAYEES


@pytest.mark.parametrize(
    "changed",
    [
        {"number": "•••• 1234"},
        {"number": "XN70 HRBR 0002 0055 1234"},
        {"number": "xn70hrbr000200551234"},
        {"number": "XN70HRBR00"},
        {"number": "XN70" + "H" * 31},
        {"number": "clearing EUR"},
        {"name": ""},
        {"name": " "},
        {"name": "x" * 65},
        {"name": "Anna\u2066Berg"},
        {"name": "Anna Berg\u3164"},
        {"name": "Anna\u115fBerg"},
        {"name": "Anna\u2800Berg"},
        {"name": "Anna\u034fBerg"},
        {"name": "Anna\U000e0041Berg"},
        {"name": "Anna\U000e0100Berg"},
        {"id": "pay_" + "x" * 22},
    ],
)
async def test_a_payee_in_any_other_form_is_refused(bank: Any, changed: dict[str, str]) -> None:
    """ASVS 2.2.1."""
    reply = await bank.post("/payees", {**ANNA, **changed}, new_key())
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request")
