"""The questions to try first are those of the organisation."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.web.fake_gateway import TENANTS

SUBJECTS = [
    ("northwind-bank", "What's my balance?"),
    ("harbor-clinic", "When is my next appointment?"),
    ("globex", "How many days of leave do I have left?"),
    ("acme-shop", "Where is my order?"),
    ("", "How do I sign in?"),
]


@pytest.mark.parametrize(("tenant", "question"), SUBJECTS)
def test_each_organisation_has_its_own(
    context: BrowserContext, monkeypatch: pytest.MonkeyPatch, tenant: str, question: str
) -> None:
    monkeypatch.setitem(TENANTS[1], "id", tenant or "harbor-clinic")
    page = context.new_page()
    page.goto(f"/?tenant={tenant}" if tenant else "/")
    starters = page.get_by_role("group", name="Examples").get_by_role("button")
    expect(starters).to_have_count(3)
    expect(starters.filter(has_text=question)).to_have_count(1)
