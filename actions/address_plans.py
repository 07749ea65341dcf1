"""What a change of address still needs: pure rules."""

from __future__ import annotations

from typing import Any

from actions.addresses import COUNTRIES, address_in, country_of, fits
from actions.flow import Ask, Do, Step
from actions.requests import Details, Said, without
from actions.speech import Choice

ASKED = "address"
_PARTS = {"street": "the street with its number", "postcode": "the postcode", "city": "the town"}


def address_details(said: Said) -> Details:
    """Return what is told of the new address."""
    if said.chosen:
        return {"country": said.chosen["country"]} if "country" in said.chosen else {}
    if said.asked == "country":
        code = country_of(said.text.strip(" .!"))
        return {"country": code} if code else address_details(Said(said.text, {}, ASKED))
    found = address_in(said.text, asked=said.asked == ASKED)
    told = {
        "street": found.street,
        "postcode": found.postcode,
        "city": found.city,
        "country": found.country,
    }
    return {name: value for name, value in told.items() if value}


def plan_address(details: Details, options: Any) -> Step:
    """Ask for what is missing; where nobody says which country, it is the one of before."""
    missing = [words for name, words in _PARTS.items() if name not in details]
    now = {"now": f"{options['street']}, {options['postcode']} {options['city']}"}
    if len(missing) == len(_PARTS):
        return Ask(ASKED, "utter_ask_address", details, (), now)
    if missing:
        return Ask(ASKED, "utter_ask_address_rest", details, (), {"missing": _and(missing)})
    country = details.get("country", options["country"])
    if not fits(details["postcode"], country):
        offered = [
            Choice(name, "answer", {"country": code})
            for code, name in COUNTRIES.items()
            if fits(details["postcode"], code)
        ]
        words = {"postcode": details["postcode"], "country": COUNTRIES[country]}
        if not offered:
            left = without(details, "postcode")
            return Ask(ASKED, "utter_ask_postcode", left, (), words)
        return Ask("country", "utter_ask_country", without(details, "country"), offered, words)
    told = {name: details[name] for name in _PARTS}
    return Do({**told, "country": country})


def _and(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
