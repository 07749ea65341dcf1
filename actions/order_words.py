"""What a person's words tell of an order: its number, a thing in it, a customer. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from actions.names import plain, word_set
from actions.requests import Details, Said

SURE = "sure"
"""What is asked before something is done that no code approves."""

OLDER = "older"
"""What a person asks for who wants to see more orders than were shown."""

_DIGITS = "zero one two three four five six seven eight nine"
_SPOKEN = {word: str(value) for value, word in enumerate(_DIGITS.split())} | {"oh": "0", "o": "0"}
_FULL = re.compile(r"\b([A-Za-z]{2})[ -]?([0-9]{5})\b")
_CALLED = re.compile(
    r"(?:\b(?:order|number|numbers?|nr|no|ending|ends)\b\.?|#)"
    r"\s*(?:is|in|with|number|no\.?|nr\.?)?\s*[:#]?\s*"
    r"(?:[A-Za-z]{1,2}[ -]?)?([0-9][0-9 -]{1,10}[0-9])\b",
    re.IGNORECASE,
)
_BARE = re.compile(r"(?<![0-9.,-])([0-9]{4,8})(?![0-9.,-])")
_YES = re.compile(
    r"^\W*(?:yes|yeah|yep|yup|sure|ok|okay|please do|go ahead|do it|correct|right|exactly|confirm|"
    r"of course|certainly|definitely|that'?s right)\b",
    re.IGNORECASE,
)
_OLDER = re.compile(
    r"\b(?:all|other|older|earlier|past|previous|more)\s+(?:of\s+)?(?:(?:my|the)\s+)?"
    r"(?:orders|purchases|ones)\b|^\W*(?:(?:please|show|list|me|the|see)\s+)*"
    r"(?:more|older|earlier|others?|next)\W*(?:please\W*)?$",
    re.IGNORECASE,
)
_WHOSE = re.compile(
    r"\b(?:on behalf of|for customer|for|of|customer|help|assist)\s+(?:customer\s+)?"
    r"([A-Za-z][A-Za-z'’-]*(?:\s+[A-Z][A-Za-z'’-]*)?)|"
    r"\b([A-Za-z][A-Za-z-]+(?:\s+[A-Z][A-Za-z-]+)?)['’]s?\s+(?:\w+\s+)?(?:orders?|parcels?|packages?|"
    r"purchases?|deliver(?:y|ies)|things|account)\b",
)
_NO_NAME = word_set(
    "a an the this that these those my mine our your his her their its me us you him them it order "
    "orders number today tomorrow free which what who where when delivery return refund customer "
    "customers someone somebody one two some any all help support another other next last now "
    "with please is are was were track tracking what's who's let it's that's how's here's "
    "there's where's"
)
_NOT_A_THING = word_set(
    "a about again all already am an and any anymore are arrive arrived arrives arriving at back "
    "be been being bought but buy by call can cancel cancellation cancelled check checking come "
    "comes coming could customer delayed deliver delivered delivery did do does don't exchange "
    "find fit for from get getting give go going got had has have hello help hey hi how i i'd "
    "i'll i'm i've in into is it it's item items its just keep know last late later like look "
    "looking made make me my need never no not now number of off on one ones open or order "
    "ordered ordering orders our out package packages parcel parcels placed please product "
    "products purchase purchased put receive received refund return returned returning returns "
    "right see send sent ship shipment shipped shipping should show shop so some something "
    "status still stop store stuff supposed take tell thank thanks that the their them then "
    "there these they thing things think this those to today tomorrow track tracking up update "
    "us want wanted was way we week went were what what's when when's where where's which will "
    "with won't would wrong yes yet you your yesterday days day ago ac arriving actually instead "
    "rather mean meant than too really anyway"
)


def order_details(said: Said) -> Details:
    """Return what is told of an order: `order` (digits of its number), `thing`, `customer`.

    `older`: those are asked for that were not shown.
    """
    if said.chosen:
        known = {"order": "order", "item": "item_id", "customer": "customer", SURE: SURE}
        known[OLDER] = OLDER
        return {known[name]: value for name, value in said.chosen.items() if name in known}
    number, rest = number_in(said.text)
    customer, rest = customer_in(rest)
    sure = "yes" if said.asked == SURE and _YES.match(said.text) else None
    older = "yes" if number is None and _OLDER.search(rest) else None
    thing = None if sure or older else thing_in(rest)
    told = {"order": number, "thing": thing, "customer": customer, SURE: sure, OLDER: older}
    return {name: value for name, value in told.items() if value}


def number_in(text: str) -> tuple[str | None, str]:
    """Return the digits of an order's number in `text`, or of its end, and the rest of the text.

    ``AC-10482``, ``ac10482``, ``#10482``, ``order 10482``, ``ending in 482``, and digits in words.
    """
    text = _digits_of_words(text)
    for pattern, group in ((_FULL, 2), (_CALLED, 1), (_BARE, 1)):
        found = pattern.search(text)
        if found:
            digits = re.sub("[ -]", "", found.group(group))
            return digits, f"{text[: found.start()]} {text[found.end() :]}"
    return None, text


def customer_in(text: str) -> tuple[str | None, str]:
    """Return the name of somebody else whose order it is, and the rest of the text."""
    for found in _WHOSE.finditer(text):
        name = found.group(1) or found.group(2)
        words = name.split()
        while words and words[0].lower() in _NO_NAME:
            del words[0]
        if words and all(plain(word) and word.lower() not in _NO_NAME for word in words):
            return " ".join(words), f"{text[: found.start()]} {text[found.end() :]}"
    return None, text


def thing_in(text: str) -> str | None:
    """Return the words that may name a thing that was ordered."""
    words = re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)?", text.lower())
    told = [word for word in words if word not in _NOT_A_THING]
    return " ".join(told)[:70] or None


def about(thing: str, names: Sequence[str]) -> list[int]:
    """Return where in `names` those stand that share the most words with `thing`."""
    said = _stems(thing)
    shared = [len(said & _stems(name)) for name in names]
    most = max(shared, default=0)
    return [at for at, count in enumerate(shared) if count == most] if most else []


def is_sure(details: Details, offer: str) -> bool:
    """Tell whether the person has said yes to exactly this offer."""
    return details.get("offer") == offer and details.get(SURE) in {"yes", offer}


def things(items: Sequence[Mapping[str, Any]]) -> str:
    """Return items in words: ``Desk lamp, 2 x Light bulb``."""
    counted = [
        item["name"] if item["quantity"] == 1 else f"{item['quantity']} x {item['name']}"
        for item in items
    ]
    return ", ".join(counted)


def _stems(words: str) -> set[str]:
    return {
        word[:-1] if len(word) > 3 and word.endswith("s") else word for word in plain(words).split()
    }


def _digits_of_words(text: str) -> str:
    """Put ``one oh four eight two`` in digits; fewer than four such words stay words."""
    several = rf"\b(?:{'|'.join(_SPOKEN)})(?:[\s,-]+(?:{'|'.join(_SPOKEN)})){{3,}}\b"

    def digits(found: re.Match[str]) -> str:
        return "".join(_SPOKEN[word.lower()] for word in re.findall("[A-Za-z]+", found.group()))

    return re.sub(several, digits, text, flags=re.IGNORECASE)
