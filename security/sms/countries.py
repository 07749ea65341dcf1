"""To which countries texts may go: whoever makes us text odd places is paid for it by carriers."""

from __future__ import annotations

import phonenumbers


def countries_of(text: str) -> frozenset[str]:
    """Read a list such as `US, DE` (ISO 3166-1). Raises `ValueError` for what is no country."""
    wanted = frozenset(part.strip().upper() for part in text.split(",") if part.strip())
    if not wanted <= phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("GATEHOUSE_SMS_COUNTRIES is not right: countries as US, DE, …")
    return wanted


def may_go_to(number: str, countries: frozenset[str]) -> bool:
    """Tell whether a number, E.164, is of one of these countries; an empty list names them all.

    A number whose country cannot be told is of none.
    """
    if not countries:
        return True
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(number, None))
    except phonenumbers.NumberParseException:
        return False
    return region in countries
