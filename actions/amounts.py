"""The amount in a sentence: exact, or a doubt that is asked back. Never the likeliest guess."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from actions.currencies import CENTS, SYMBOLS, UNKNOWN, currency_of, named_apart
from actions.hedges import HEDGES, JOINS, LABELS, LOOSE, NOT_EXACT, PARTS, SIGNS, SUMS
from actions.numbers import LETTER_SCALES, SCALES, Doubt, in_digits, in_words

MAX_DIGITS = 12
"""The most digits that an amount may have, cents included."""
GAP = "|"
"""What stands in `Found.rest` where the amount stood."""

_TOKEN = re.compile(r"[0-9](?:[0-9.,']*[0-9])?|[^\W\d_]+|\s+|.", re.DOTALL)
_SAME = str.maketrans({"’": "'", "−": "-", "–": "-", "\u00a0": " ", "\u202f": " ", "\u2009": " "})
_LONGEST_NUMBER = 24  # Words; what is cut off would be a second amount, and asked.


@dataclass(frozen=True)
class Amount:
    """An exact amount, as ``50.00``; no currency where none was named."""

    value: str
    currency: str | None = None


@dataclass(frozen=True)
class Found:
    """What a sentence says of an amount (None: nothing), and the sentence without it."""

    amount: Amount | Doubt | None
    rest: str


@dataclass(frozen=True)
class _Candidate:
    start: int
    end: int
    value: Decimal | Doubt
    currencies: tuple[str | None, ...] = ()
    cents: bool = False


def find_amount(text: str) -> Found:
    """Return the one amount in `text`, or why there is none."""
    tokens: list[str] = _TOKEN.findall(text.translate(_SAME))
    found = _candidates(tokens)
    named = [one for one in found if one.currencies or one.cents]
    kept = named or found
    rest = _without(tokens, kept)
    if any(letter.isnumeric() and letter not in "0123456789" for letter in text):
        return Found(Doubt("vague"), rest)  # Other digits, and signs such as "½".
    if len(kept) > 1 or any(_touch(tokens, one, other) for one in named for other in found):
        return Found(Doubt("several"), rest)
    if kept:
        return Found(_judged(tokens, kept[0]), rest)
    vague = any(token.lower() in NOT_EXACT for token in tokens)
    return Found(Doubt("vague") if vague else None, rest)


def _candidates(tokens: Sequence[str]) -> list[_Candidate]:
    found: list[_Candidate] = []
    at = 0
    while at < len(tokens):
        one = _number(tokens, at)
        if one is None:
            at += 1
            continue
        last = found[-1] if found else None
        one = _with_currency(tokens, one, last.end if last else 0)
        if last and one.cents and _adds_cents(tokens, last, one):
            found[-1] = replace(last, end=one.end, value=_sum(last.value, one.value))
        elif one.currencies or one.cents or not _labelled(tokens, one.start):
            found.append(one)
        at = one.end
    return found


def _number(tokens: Sequence[str], at: int) -> _Candidate | None:
    """Return the number that begins at `at`; one glued to other letters is none."""
    if tokens[at][0] in "0123456789":
        return _digits(tokens, at)
    words, ends = _words_from(tokens, at)
    number = in_words(words)
    if number is None:
        return _article(words, ends, at)
    alone = words[: number.length] == ["one"] and len(tokens) > 1
    if alone and not _is_currency(words[1:2]):
        return None  # "The blue one" is no amount.
    return _Candidate(at, ends[number.length - 1], number.value)


def _article(words: Sequence[str], ends: Sequence[int], at: int) -> _Candidate | None:
    """``a euro`` is one."""
    if (
        words[:1] in (["a"], ["an"])
        and words[1:2]
        and words[1] in {"euro", "dollar", "pound", "buck"}
    ):
        return _Candidate(at, ends[0], Decimal(1))
    return None


def _words_from(tokens: Sequence[str], at: int) -> tuple[list[str], list[int]]:
    """Return the words from `at`, joined by spaces or hyphens, and where each of them ends."""
    words: list[str] = []
    ends: list[int] = []
    while _at(tokens, at).isalpha() and len(words) < _LONGEST_NUMBER:
        words.append(tokens[at].lower())
        ends.append(at + 1)
        if _at(tokens, at + 1) not in {"-", " "}:
            break
        at += 2
    return words, ends


def _digits(tokens: Sequence[str], at: int) -> _Candidate | None:
    before, after = _at(tokens, at - 1), _at(tokens, at + 1)
    if before in {"/", ":", "_", "#"} or after in {"/", ":", "_"}:
        return None
    if before.isalpha() and not _is_currency([before]):
        return None
    # ".50" is fifty cents, or the end of a sentence.
    value = Doubt("vague") if before in {".", ","} else in_digits(tokens[at])
    end = at + 1
    if after == " " and _at(tokens, at + 2)[:3].isdigit() and len(tokens[at]) <= 3:
        return _spaced(tokens, at)
    if after.lower() in LETTER_SCALES:
        value, end = _times(value, LETTER_SCALES[after.lower()]), at + 2
    elif after == " " and _at(tokens, at + 2).lower() in SCALES:
        value, end = _times(value, SCALES[tokens[at + 2].lower()]), at + 3
    elif after.isalpha() and not _is_currency([after]):
        return None
    return _Candidate(at, end, value)


def _spaced(tokens: Sequence[str], at: int) -> _Candidate:
    """``1 250``: groups of three, or two numbers. It is asked."""
    end = at + 1
    while _at(tokens, end) == " " and re.match(
        r"[0-9]{3}(?:[.,][0-9]{1,2})?$", _at(tokens, end + 1)
    ):
        end += 2
    value = in_digits(tokens[end - 1])
    if end == at + 1 or isinstance(value, Doubt):
        return _Candidate(at, end, Doubt("several") if end == at + 1 else Doubt("vague"))
    whole = "".join(tokens[at : end - 1]).replace(" ", "")
    reading = Decimal(f"{whole}{value:06.2f}" if whole.isdigit() else "0")
    return _Candidate(
        at, end, Doubt("ambiguous", (f"{reading:.2f}",)) if reading else Doubt("vague")
    )


def _with_currency(tokens: Sequence[str], one: _Candidate, free: int) -> _Candidate:
    """Return `one` with the currencies before (from the token `free` on) and behind it."""
    start, end, named = one.start, one.end, []
    before = start - 2 if _at(tokens, start - 1) == " " else start - 1
    if before >= free and _is_currency([_at(tokens, before)]):
        named.append(_currency(tokens, before))
        start = before
    after = end + 1 if _at(tokens, end) in {" ", "-"} else end
    if _at(tokens, after).lower() in CENTS and not named:
        return replace(one, end=after + 1, value=_cents(one.value), cents=True)
    if _is_currency([_at(tokens, after)]):
        named.append(_currency(tokens, after))
        end = after + 1
    words = [] if named else _words_after(tokens, end)
    if words[1:2] and words[1] in CENTS and words[0] != "and":
        return replace(one, value=Doubt("vague"))  # "50 US cents"
    if apart := named_apart(words):
        named.append(apart.code)
        end += 2 * apart.words
    after = end + 1 if _at(tokens, end) == " " else end
    if named and _at(tokens, after).lower() in CENTS:
        cents = _cents(one.value)
        return replace(
            one, start=start, end=after + 1, value=cents, currencies=tuple(named), cents=True
        )
    if named and _is_currency([_at(tokens, after)]):
        named.append(_currency(tokens, after))
    return replace(one, start=start, end=end, currencies=tuple(named))


def _words_after(tokens: Sequence[str], at: int) -> list[str]:
    """Return the next three words at most, as long as spaces alone separate them."""
    words: list[str] = []
    while len(words) < 3 and _at(tokens, at) == " " and _at(tokens, at + 1).isalpha():
        words.append(tokens[at + 1].lower())
        at += 2
    return words


def _currency(tokens: Sequence[str], at: int) -> str | None:
    """Return what the token names; ``CA$`` is not ``$``."""
    if tokens[at] not in SYMBOLS:
        return currency_of(tokens[at])
    prefix = _at(tokens, at - 1)
    return UNKNOWN if prefix.isalpha() and prefix.upper() != "US" else SYMBOLS[tokens[at]]


def _judged(tokens: Sequence[str], one: _Candidate) -> Amount | Doubt:
    before = [token.lower() for token in tokens[: one.start] if not token.isspace()][-2:]
    after = [token.lower() for token in tokens[one.end :] if not token.isspace()][:1]
    sign = _at(tokens, one.start - 1) == "-" and not _at(tokens, one.start - 2).isalnum()
    if sign or before == ["-"] or SIGNS & set(before[-1:]):
        return Doubt("not_positive")
    if (
        HEDGES & set(before)
        or before == ["ca", "."]
        or {"few", "couple", "several", "of"} & set(before[-1:])
    ):
        return Doubt("vague")
    if LOOSE & set(after) or after[:1] in (["%"], ["+"]):
        return Doubt("vague")
    if PARTS & {token.lower() for token in tokens}:
        return Doubt("vague")
    if before[-1:] == ["one"]:
        return Doubt("several")  # "One fifty" is 1.50, or 150.
    return _exact(one)


def _exact(one: _Candidate) -> Amount | Doubt:
    named = {currency for currency in one.currencies if currency}
    if len(named) > 1:
        return Doubt("vague")
    currency, value = next(iter(named), None), one.value
    if isinstance(value, Doubt):
        return value._replace(currency=currency)
    if value <= 0:
        return Doubt("not_positive")
    if value != round(value, 2):
        return Doubt("too_precise")
    written = f"{value:.2f}"
    if len(written) - 1 > MAX_DIGITS:
        return Doubt("too_large")
    return Amount(written, currency)


def _adds_cents(tokens: Sequence[str], last: _Candidate, cents: _Candidate) -> bool:
    between = [token.lower() for token in tokens[last.end : cents.start] if not token.isspace()]
    whole = isinstance(last.value, Decimal) and last.value == int(last.value)
    few = isinstance(cents.value, Decimal) and cents.value < 1
    return between in ([], ["and"]) and whole and few and not last.cents


def _touch(tokens: Sequence[str], one: _Candidate, other: _Candidate) -> bool:
    """Tell whether `other` stands right beside `one`, as in ``twenty euros fifty``."""
    first, second = sorted((one, other), key=lambda each: each.start)
    between = [token.lower() for token in tokens[first.end : second.start] if not token.isspace()]
    beside = not between or (len(between) == 1 and between[0] in JOINS)
    return one is not other and (beside or between[-1] in SUMS)


def _labelled(tokens: Sequence[str], at: int) -> bool:
    """Tell whether the word before says that this number is no amount."""
    before = [token.lower() for token in tokens[:at] if not token.isspace()][-2:]
    if before[-1:] == ["no"]:
        before = before[:-1]  # "Invoice no 7" has a label, "no 60" has not.
    return bool(LABELS & set(before[-1:]))


def _without(tokens: Sequence[str], candidates: Sequence[_Candidate]) -> str:
    inside = {at for one in candidates for at in range(one.start, one.end)}
    starts = {one.start for one in candidates}
    kept = [
        GAP if at in starts else "" if at in inside else token for at, token in enumerate(tokens)
    ]
    return "".join(kept)


def _is_currency(words: Sequence[str]) -> bool:
    try:
        return bool(words) and (words[0] in SYMBOLS or currency_of(words[0]) != "")
    except KeyError:
        return False


def _times(value: Decimal | Doubt, scale: int) -> Decimal | Doubt:
    # "1.250k" is not worth a list of readings.
    return value * scale if isinstance(value, Decimal) else Doubt("vague")


def _cents(value: Decimal | Doubt) -> Decimal | Doubt:
    return value / 100 if isinstance(value, Decimal) else value


def _sum(one: Decimal | Doubt, other: Decimal | Doubt) -> Decimal | Doubt:
    return (
        one + other if isinstance(one, Decimal) and isinstance(other, Decimal) else Doubt("vague")
    )


def _at(tokens: Sequence[str], at: int) -> str:
    return tokens[at] if 0 <= at < len(tokens) else ""
