"""Papers and the account that the salary is paid into: one's own, and as it was shown."""

from __future__ import annotations

import base64
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from apis.common.openapi import as_text
from apis.hr.openapi import document
from apis.hr.papers import pdf_of
from apis.hr.pay import is_account_number
from apis.hr.seed import SeedBook
from tests.apis.calling import Api, code_of

from .conftest import BALANCE, CHANGE, DEPOSIT, DOCUMENTS, PAPER, PAYDAY

PROJECT = Path(__file__).parents[3]
NEW = "XN40GLBX000400559921"
ORDER = {"number": NEW, "number_shown": "•••• 9921", "current": "•••• 7714"}


async def _papers(hr: Api, subject: str) -> list[dict[str, Any]]:
    return list((await hr.get(DOCUMENTS, subject)).json()["documents"])


async def test_papers_are_listed_newest_first(hr: Api) -> None:
    titles = [one["title"] for one in await _papers(hr, "pw-erin")]
    assert titles == ["Payslip October 2026", "Payslip September 2026", "Annual tax statement 2025"]


async def test_a_paper_is_a_pdf_with_its_figures(hr: Api) -> None:
    [_, _, tax] = await _papers(hr, "pw-erin")
    found = (await hr.get(PAPER, "pw-erin", f"/documents/{tax['id']}")).json()
    assert (found["name"], found["media_type"]) == ("tax-form-2025.pdf", "application/pdf")
    content = base64.b64decode(found["content"])
    assert content.startswith(b"%PDF-1.7")
    assert b"36,000.00 EUR" in content


def test_what_stands_on_a_paper_cannot_break_out_of_its_line() -> None:
    hostile = json.dumps([["a) Tj ET (", "Zoë \\ 日本"]])
    content = pdf_of("Title", "Name) Tj", date(2026, 1, 2), hostile)
    assert rb"(a\) Tj ET \()" in content
    assert b"(Name\\) Tj)" in content
    assert "(Zoë \\\\ ??)".encode("latin-1") in content


@pytest.mark.parametrize(
    ("subject", "tenant"), [("pw-mark", "globex"), ("pw-hana", "globex"), ("pw-erin", "acme-shop")]
)
async def test_another_ones_paper_is_not_found(hr: Api, subject: str, tenant: str) -> None:
    """ASVS 8.2.2: not the manager's, not the HR desk's, not a namesake's."""
    [paper, *_] = await _papers(hr, "pw-erin")
    path = f"/documents/{paper['id']}"
    assert code_of(await hr.get(PAPER, subject, path, tenant=tenant)) == "not_found"


@pytest.mark.parametrize(
    ("guess", "said"),
    [
        ("doc_AAAAAAAAAAAAAAAAAAAAAA", "not_found"),
        ("doc_", "invalid_request"),
        ("lve_AAAAAAAAAAAAAAAAAAAAAA", "invalid_request"),
        ("..%2Fdocuments", "not_found"),
    ],
)
async def test_a_guessed_paper_is_not_found(hr: Api, guess: str, said: str) -> None:
    assert code_of(await hr.get(PAPER, "pw-erin", f"/documents/{guess}")) == said


async def test_the_list_does_not_open_a_paper(hr: Api) -> None:
    """RFC 6750: the scope of the list is not that of the paper."""
    [paper, *_] = await _papers(hr, "pw-erin")
    reply = await hr.get(DOCUMENTS, "pw-erin", f"/documents/{paper['id']}")
    assert code_of(reply) == "insufficient_scope"


async def test_a_password_alone_opens_balance_and_payday_and_no_paper(hr: Api) -> None:
    """RFC 9470."""
    for endpoint, said in (
        (BALANCE, "ok"),
        (PAYDAY, "ok"),
        (DOCUMENTS, "insufficient_user_authentication"),
        (DEPOSIT, "insufficient_user_authentication"),
    ):
        assert code_of(await hr.get(endpoint, "pw-erin", aal="aal1")) == said


async def test_somebody_whom_hr_does_not_know_has_no_record(hr: Api) -> None:
    for endpoint in (BALANCE, PAYDAY, DEPOSIT):
        assert code_of(await hr.get(endpoint, "pw-nobody")) == "no_record"
    assert await _papers(hr, "pw-nobody") == []


async def test_the_salary_goes_to_the_new_account_and_the_old_one_is_kept(hr: Api) -> None:
    reply = await hr.post(CHANGE, "pw-erin", ORDER)
    assert reply.json() == {
        "number_shown": "•••• 9921",
        "current": "•••• 7714",
        "first_paid_on": "2026-11-30",
    }
    assert (await hr.get(DEPOSIT, "pw-erin")).json() == {"number": "•••• 9921"}
    assert hr.rows("SELECT subject, before FROM deposit_changes") == [
        ("pw-erin", "XN39GLBX000400227714")
    ]
    assert NEW not in reply.text


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"number": "XN41GLBX000400559921"}, "invalid_request"),  # Its check digits are wrong.
        ({"number_shown": "•••• 9920"}, "details_changed"),
        ({"current": "•••• 0000"}, "details_changed"),
        ({"number": "XN40 GLBX 0004 0055 9921"}, "invalid_request"),
    ],
)
async def test_another_number_than_was_shown_is_refused(
    hr: Api, other: dict[str, str], said: str
) -> None:
    assert code_of(await hr.post(CHANGE, "pw-erin", {**ORDER, **other})) == said
    assert hr.rows("SELECT count(*) FROM deposit_changes") == [(0,)]


def test_the_demo_is_sound() -> None:
    """ISO 13616; and Erin's manager is Mark, as the contract says."""
    book = SeedBook.model_validate(yaml.safe_load((PROJECT / "demo" / "hr.yml").read_text())["hr"])
    people = {one.username: one for one in book.employees}
    assert all(is_account_number(one.deposit) for one in book.employees)
    assert (people["erin"].manager, people["mark"].manager) == ("mark", None)
    assert people["hana"].desk == "hr"


def test_the_document_is_what_the_routes_say() -> None:
    committed = (PROJECT / "apis" / "hr" / "openapi.json").read_text("utf-8")
    assert committed == as_text(document())
