"""Texts to odd destinations (★: SMS pumping)."""

from __future__ import annotations

import phonenumbers
import pytest

from security.sms.countries import countries_of, may_go_to

ABROAD = {"+4915123456789": "DE", "+447400123456": "GB", "+12025550101": "US"}


@pytest.mark.parametrize(("number", "country"), ABROAD.items(), ids=ABROAD.values())
def test_a_number_is_of_its_country_alone(number: str, country: str) -> None:
    assert may_go_to(number, frozenset({country}))
    assert not may_go_to(number, frozenset({"FR"}))
    assert may_go_to(number, frozenset())


@pytest.mark.parametrize("number", ["+999123456789", "+88213012345", "12345", ""])
def test_attack_a_number_of_no_country(number: str) -> None:
    """Satellites and made-up prefixes are the dear ones."""
    assert not may_go_to(number, frozenset({"US", "DE"}))


def test_a_list_is_read_as_people_write_it() -> None:
    assert countries_of(" us, DE ,") == {"US", "DE"}
    assert countries_of("") == frozenset()
    everywhere = frozenset(phonenumbers.SUPPORTED_REGIONS)
    assert countries_of(",".join(everywhere)) == everywhere
    with pytest.raises(ValueError, match="GATEHOUSE_SMS_COUNTRIES"):
        countries_of("US, EU")
