"""Numbers that states give to people, typed into the chat, are masked before anything sees them.

Where a number has check digits these decide, so that an order's number or a telephone's stays.
Where it has none, or only one of eleven (US, Netherlands), its form or a word beside it has to say
what it is. No operation asks for any of them.

Sources: US SSA (RM 10201.035), Germany § 139b AO and ISO 7064 (MOD 11,10), UK HMRC (NIM39110),
Italy DM 23/12/1976, Spain Real Decreto 1553/2005, Netherlands (elfproef), France INSEE (NIR).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable

MASK = "••••"

_APART = r"[ .\-/]?"
_NOT_BEFORE, _NOT_AFTER = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
_ELSEWHERE = r"(?:\W{0,3}(?:number|no|nr|num|is|was|:|#)){0,3}\W{0,3}"


def _pattern(body: str, before: str = "") -> re.Pattern[str]:
    return re.compile(f"{before}{_NOT_BEFORE}({body}){_NOT_AFTER}", re.IGNORECASE)


_SSN_BODY = r"(?!000|666|9)[0-9]{3}([ -])(?!00)[0-9]{2}\2(?!0000)[0-9]{4}"
_SSN = _pattern(_SSN_BODY)
_SSN_TOLD = _pattern(
    r"(?!000|666|9)[0-9]{3}(?!00)[0-9]{2}(?!0000)[0-9]{4}",
    rf"\b(?:ssn|social security){_ELSEWHERE}",
)
_BSN_TOLD = _pattern(
    r"[0-9](?:[ .]?[0-9]){8}", rf"\b(?:bsn|burgerservicenummer|sofinummer){_ELSEWHERE}"
)
_IDNR = _pattern(r"[1-9](?:[ ]?[0-9]){10}")
_NINO = _pattern(
    r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
    r" ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]"
)
_FISCALE = _pattern(r"[A-Z]{6} ?[0-9]{2} ?[ABCDEHLMPRST] ?[0-9]{2} ?[A-Z][0-9]{3} ?[A-Z]")
_DNI = _pattern(rf"(?:[0-9]{{8}}|[XYZ]{_APART}[0-9]{{7}}){_APART}[A-Z]")
_NIR = _pattern(
    r"[12] ?[0-9]{2} ?(?:0[1-9]|1[0-2]|[2-9][0-9]) ?(?:[0-9]{2}|2[AB])"
    r" ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}"
)


def _plain(written: str) -> str:
    return re.sub(r"[ .\-/]", "", written).upper()


def is_german_id(number: str) -> bool:
    """Tell whether eleven digits are an IdNr: its check digit, and one digit twice or thrice."""
    digits = [int(digit) for digit in number]
    counts = Counter(digits[:10])
    several = [count for count in counts.values() if count > 1]
    if several not in ([2], [3]):
        return False
    product = 10
    for digit in digits[:10]:
        total = (digit + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == digits[10]


_ODD_DIGITS = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
# By the value of each sign in base 36: digits, and the first ten letters like them.
_ODD = (*_ODD_DIGITS, *_ODD_DIGITS, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)


def is_codice_fiscale(code: str) -> bool:
    """Tell whether sixteen signs are an Italian tax code, by its last letter."""
    total = 0
    for place, sign in enumerate(code[:15]):
        even = int(sign) if sign.isdigit() else ord(sign) - ord("A")
        total += even if place % 2 else _ODD[int(sign, 36)]
    return chr(ord("A") + total % 26) == code[15]


def is_spanish_id(code: str) -> bool:
    """Tell whether a DNI or NIE has the letter that its number asks for (mod 23)."""
    number = int(code[:-1].translate(str.maketrans("XYZ", "012")))
    return "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23] == code[-1]


def is_dutch_id(number: str) -> bool:
    """Tell whether nine digits pass the eleven test of a BSN."""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    total = sum(int(digit) * weight for digit, weight in zip(number, weights, strict=True))
    return total % 11 == 0 and int(number) > 0


def is_french_id(code: str) -> bool:
    """Tell whether a NIR has the key that its thirteen signs ask for (97 minus mod 97)."""
    number = int(code[:13].replace("2A", "19", 1).replace("2B", "18", 1))
    return 97 - number % 97 == int(code[13:])


def _always(_: str) -> bool:
    return True


_KINDS: Iterable[tuple[re.Pattern[str], Callable[[str], bool]]] = (
    (_NIR, is_french_id),
    (_IDNR, is_german_id),
    (_FISCALE, is_codice_fiscale),
    (_NINO, _always),
    (_DNI, is_spanish_id),
    (_SSN, _always),
    (_SSN_TOLD, _always),
    (_BSN_TOLD, is_dutch_id),
)


def mask_national_ids(text: str) -> str:
    """Return `text` with each such number as four dots: not even its end is kept."""
    if not any(letter.isdigit() for letter in text):
        return text
    for pattern, holds in _KINDS:
        text = pattern.sub(lambda found, holds=holds: _masked(found, holds), text)  # type: ignore[misc]
    return text


def _masked(found: re.Match[str], holds: Callable[[str], bool]) -> str:
    if not holds(_plain(found[1])):
        return found[0]
    return found[0][: found.start(1) - found.start()] + MASK
