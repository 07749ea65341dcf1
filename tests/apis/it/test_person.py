"""A person to talk to: whom to call, and a request that the desk of one's own tenant sees."""

from __future__ import annotations

import pytest

from tests.apis.calling import Api, code_of

from .conftest import ASK, DESK, OPTIONS, QUEUE, TICKETS

WORDS = "where is my parcel / I want a real person"


async def test_everybody_is_told_whom_to_call(it: Api) -> None:
    assert (await it.get(DESK, "pw-stranger")).json() == {
        "desk": "globex IT",
        "phone": "+12025550130",
        "hours": "Weekdays, 8 to 6",
    }


async def test_a_tenant_without_a_desk_has_nobody(it: Api) -> None:
    for asked in (DESK, OPTIONS):
        assert code_of(await it.get(asked, "pw-erin", tenant="harbor-clinic")) == "not_found"


async def test_a_request_reaches_the_desk_with_the_words(it: Api) -> None:
    made = (await it.post(ASK, "pw-erin", {"words": WORDS})).json()
    assert made["number"] == "SD-1005"
    found = (await it.get(QUEUE, "pw-ivan")).json()["tickets"]
    [asked] = [one for one in found if one["number"] == "SD-1005"]
    assert (asked["requester"], asked["words"]) == ("Erin", WORDS)
    mine = (await it.get(TICKETS, "pw-erin")).json()["tickets"]
    assert mine[0]["number"] == "SD-1005"
    assert "words" not in mine[0]


async def test_without_consent_no_word_goes_along(it: Api) -> None:
    await it.post(ASK, "pw-erin", {})
    found = (await it.get(QUEUE, "pw-ivan")).json()["tickets"]
    assert all("words" not in one for one in found)


async def test_who_has_no_record_may_ask_too(it: Api) -> None:
    assert (await it.post(ASK, "pw-new", {})).status_code == 200
    found = (await it.get(QUEUE, "pw-ivan")).json()["tickets"]
    assert any("requester" not in one for one in found)


async def test_what_waits_is_told_to_its_owner_alone(it: Api) -> None:
    """ASVS 8.2.2: another's request, of the same and of another tenant."""
    assert "waiting" not in (await it.get(OPTIONS, "pw-erin")).json()
    made = (await it.post(ASK, "pw-erin", {})).json()
    assert (await it.get(OPTIONS, "pw-erin")).json()["waiting"] == made
    assert "waiting" not in (await it.get(OPTIONS, "pw-mark")).json()
    foreign = (await it.get(OPTIONS, "pw-erin", tenant="acme-shop")).json()
    assert "waiting" not in foreign


async def test_a_desk_of_another_tenant_does_not_see_it(it: Api) -> None:
    """ASVS 8.4.1."""
    await it.post(ASK, "pw-erin", {"words": WORDS})
    found = (await it.get(QUEUE, "pw-ivan", tenant="acme-shop")).json()["tickets"]
    assert [one["title"] for one in found] == ["Till"]


@pytest.mark.parametrize("length", [1, 1000])
async def test_words_of_any_length_that_fits(it: Api, length: int) -> None:
    assert (await it.post(ASK, "pw-erin", {"words": "x" * length})).status_code == 200


@pytest.mark.parametrize("words", ["", " ", "x" * 1001, "two\nlines", 5])
async def test_what_is_no_line_of_words_is_refused(it: Api, words: object) -> None:
    answer = await it.post(ASK, "pw-erin", {"words": words})
    assert answer.status_code == 422


async def test_a_token_for_tickets_asks_for_nobody(it: Api) -> None:
    """ASVS 8.2.1."""
    assert code_of(await it.get(TICKETS, "pw-erin", "/person")) == "insufficient_scope"
