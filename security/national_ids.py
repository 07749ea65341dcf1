"""Numbers that states give to people, typed into the chat, are masked before anything sees them.

Where a number has check digits these decide, so that an order's number or a telephone's stays,
whatever stands between its signs. Where it has none, or only one of eleven (US, Netherlands),
its form or a word beside it has to say what it is. No operation asks for any of them.

Sources: US SSA (RM 10201.035), US IRS (IRM 3.21.263, ITIN), Germany § 139b AO and ISO 7064
(MOD 11,10), UK HMRC (NIM39110), Italy DM 23/12/1976, Spain Real Decreto 1553/2005, Netherlands
(elfproef), France INSEE (NIR).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable

from security.card_numbers import between_dates, is_iban

MASK = "••••"

# Between digits that a check digit follows, or that a word names: anything but letters.
_ANY = r"(?:[\W_]|dash|hyphen){0,8}"
# Between the signs of a number with a form: one sign or a space, not what parts a list or a time.
_SIGN = r"(?:[^\w\s,:;+*=]|_)"
_NEAR = rf"(?: ?{_SIGN} ?| )?"
# Of groups that only their form tells apart from other numbers: the same sign between all.
_SAME = rf"(?: ?(?P<sign>{_SIGN}{{1,8}}|dash|hyphen) ?| )"
_AGAIN = r"(?(sign) ?(?P=sign) ?| )"
_NOT_BEFORE, _NOT_AFTER = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
_TO_THE_NUMBER = r"(?![A-Za-z])[^0-9]{0,40}?"
_BY_ITS_NAME = (
    r"(?=[^\w(=]{0,3}(?:(?:is|was|as|that\W?s)\W{1,3}|[(=]\W{0,3})"
    r"(?:(?:what|my|the|an?|his|her)\W{1,3}){0,2}"
)
_US = (
    r"ssns?|ss(?=\W{0,2}(?:#|number|num|no|nr))|ssan|s\.s\.n|itin|tin|tax(?:payer)? id"
    r"|soc(?:ial)?(?:\W{1,3}(?:security|sec|insurance|number|no|is)|(?=\W{0,3}[0-9]))"
)
_NL = r"bsn|burgerservicenummer|sofinummer|sofi"
_UK = r"nino|ni|national insurance"
_ES = r"dni|nif|nie"
_DE = r"(?:steuer)?\W?id(?:entifikationsnummer)?(?:nr)?"
_FR = r"nir|nss|insee|s[eé]cu(?:rit[eé] sociale)?"
_ACCOUNT_START = re.compile(r"(?<![^\W_])[A-Za-z]{2}[0-9]{2}[ -]?\Z")


def _pattern(body: str, before: str = _NOT_BEFORE, after: str = _NOT_AFTER) -> re.Pattern[str]:
    return re.compile(f"{before}(?P<number>{body}){after}", re.IGNORECASE)


def _told(names: str, body: str, after: str = r"(?![0-9])") -> re.Pattern[str]:
    return _pattern(body, rf"(?<![A-Za-z])(?:{names}){_TO_THE_NUMBER}(?<![0-9])", after)


def _named(names: str, body: str) -> re.Pattern[str]:
    return _pattern(body, after=rf"(?![0-9]){_BY_ITS_NAME}(?:{names})(?![A-Za-z]))")


def _digits(first: str, more: str) -> str:
    return rf"{first}(?:{_ANY}[0-9]){{{more}}}"


def _near(signs: str) -> str:
    return _NEAR.join(f"[{sign}]" for sign in signs.split())


_NINE = _digits("[0-9]", "8")
_SSN = _pattern(
    rf"(?!000|666|9)[0-9]{{3}}{_SAME}(?!00)[0-9]{{2}}{_AGAIN}(?!0000)[0-9]{{4}}",
    r"(?<![0-9])",
    r"(?![0-9])",
)
_ITIN = _pattern(
    rf"9[0-9]{{2}}{_SAME}(?:5[0-9]|6[0-5]|7[0-9]|8[0-8]|9[0-24-9]){_AGAIN}[0-9]{{4}}",
    r"(?<![0-9])",
    r"(?![0-9])",
)
# Not after a plus or a country's code: German and Chinese mobiles have eleven digits as well.
_IDNR = _pattern(
    _digits("[1-9]", "10"), rf"{_NOT_BEFORE}(?<!\+)(?<!\+[0-9]{{2}}[ -])(?<!00[0-9]{{2}}[ -])"
)
_NINO_DIGITS = _near("0-9 0-9 0-9 0-9 0-9 0-9")
_NINO_LETTERS = r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z]" + _NEAR + r"[A-CEGHJ-NPR-TW-Z]" + _NEAR
# "At 123456 a month" and "by 10.12.24 a card" are words, unless in capitals.
_WORDS = r"(?!(?:a[hmst]|b[ey]|h[aem]|m[aey]|pa|we|y[ae]) [^A-Za-z]{6,24} (?-i:a)(?![A-Za-z]))"
_NINO = _pattern(_WORDS + _NINO_LETTERS + _NINO_DIGITS + _NEAR + "[A-D]")
_NINO_TOLD = _told(_UK, _NOT_BEFORE + _NINO_LETTERS + _NINO_DIGITS)
_FISCALE = _pattern(
    _near(
        "A-Z A-Z A-Z A-Z A-Z A-Z 0-9L-NP-V 0-9L-NP-V ABCDEHLMPRST"
        " 0-9L-NP-V 0-9L-NP-V A-Z 0-9L-NP-V 0-9L-NP-V 0-9L-NP-V A-Z"
    )
)
_THOUSANDS = rf"[0-9]{{3}}{_NEAR}[0-9]{{3}}"
_DNI = _pattern(
    rf"(?:[0-9]{{2}}{_NEAR}{_THOUSANDS}|[XYZ]{_NEAR}[0-9]{_NEAR}{_THOUSANDS})"
    rf"(?! (?-i:a)(?![A-Za-z])){_NEAR}[A-Z]"  # "12345678 a week" is none.
)
_DNI_TOLD = _told(
    _ES,
    _digits("(?:[0-9]|(?<![A-Za-z])[XYZ])", "6,7") + rf"(?:{_ANY}[A-Z](?![A-Za-z0-9]))?",
)
_NIR = _pattern(
    rf"[12]{_ANY}[0-9]{_ANY}[0-9]{_ANY}(?:0{_ANY}[1-9]|1{_ANY}[0-2]|[2-9]{_ANY}[0-9]){_ANY}"
    rf"(?:[0-9]{_ANY}[0-9]|2{_ANY}[AB])(?:{_ANY}[0-9]){{8}}"
)


def _plain(written: str) -> str:
    # To a pattern that ignores case, "İ" and "ı" are an I.
    letters = unicodedata.normalize("NFKD", written.upper()).encode("ascii", "ignore").decode()
    digits = re.sub(r"(?<=[0-9])[\W_]*(?:DASH|HYPHEN)[\W_]*(?=[0-9])", "", letters)
    return re.sub(r"[\W_]", "", digits)


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


_Kinds = Iterable[tuple[re.Pattern[str], Callable[[str], bool]]]
# As long as a card's number: before those are looked for, or its end would stay.
_LONG: _Kinds = ((_NIR, is_french_id), (_told(_FR, _digits("[12]", "12")), _always))
_KINDS: _Kinds = (
    *_LONG,
    (_IDNR, is_german_id),
    (_told(_DE, _digits("[1-9]", "10")), is_german_id),
    (_FISCALE, is_codice_fiscale),
    (_NINO, _always),
    (_NINO_TOLD, _always),
    (_DNI, is_spanish_id),
    (_DNI_TOLD, _always),
    (_SSN, _always),
    (_ITIN, _always),
    (_told(_US, _NINE), _always),
    (_named(_US, _NINE), _always),
    (_told(_NL, _NINE), is_dutch_id),
    (_named(_NL, _NINE), is_dutch_id),
)


def mask_long_ids(text: str) -> str:
    """Return `text` with what could be taken for a card's number as four dots."""
    return between_dates(text, lambda piece: _mask(piece, _LONG))


def mask_national_ids(text: str) -> str:
    """Return `text` with each such number as four dots: not even its end is kept."""
    return between_dates(text, lambda piece: _mask(piece, _KINDS))


def _mask(text: str, kinds: _Kinds) -> str:
    if not any(letter.isdigit() for letter in text):
        return text
    for pattern, holds in kinds:
        text = pattern.sub(lambda found, holds=holds: _masked(found, holds), text)  # type: ignore[misc]
    return text


def _masked(found: re.Match[str], holds: Callable[[str], bool]) -> str:
    if not holds(_plain(found["number"])) or _ends_an_account(found):
        return found[0]
    return found[0][: found.start("number") - found.start()] + MASK


def _ends_an_account(found: re.Match[str]) -> bool:
    """Tell whether this is all of an account number but its beginning, as in Norway."""
    before = _ACCOUNT_START.search(found.string[: found.start("number")])
    return before is not None and is_iban(_plain(before[0] + found["number"]))
