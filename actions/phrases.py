"""Who, from where and which: the words of a sentence that name a payee, an account or a bill."""

from __future__ import annotations

import re

from actions.amounts import GAP
from actions.names import word_set

MAX_NAME = 70
"""The longest name of a payee, in characters."""
MAX_NAME_WORDS = 5
"""An answer of more words is a sentence, not a name."""

_VERBS = (
    "send pay give wire transfer lend reimburse shoot slip tip refund owe let get move remit put"
)
_NOBODY = word_set(
    "her him them it me us you someone somebody anyone money cash funds payment this that some "
    "people friend payee bill bills make do transfer so amount"
)
_STOP = (
    r"\b(?:from|to|for|as|because|via|using|with|out|by|on|at|today|tomorrow|now|please|thanks|thank|"
    r"and|have|instead|asap|right|is|was|this|in|into|of|some|any|a|few|half|all|money)\b|[.,!?;:(\"\n]|\s-\s|"
    + re.escape(GAP)
)
_UNTIL = rf"(.{{1,80}}?)\s*(?:{_STOP}|$)"
_TO = re.compile(rf"\b(?:to|into)\s+(?={_UNTIL})", re.IGNORECASE)
_OBJECT = re.compile(rf"\b(?:{'|'.join(_VERBS.split())})\s+(?:back\s+)?(?={_UNTIL})", re.IGNORECASE)
_FROM = re.compile(rf"\b(?:from|out of|using|with|use)\s+(?={_UNTIL})", re.IGNORECASE)
_LEAD = re.compile(r"^(?:my|our|the|a|an|some|mr|mrs|ms|only|just|it'?s)\s+", re.IGNORECASE)
_TAIL = re.compile(r"(?:['’]s)?(?:\s+|^)(?:account|back|bank|one|then|too|money)$", re.IGNORECASE)
_ANOTHER_AMOUNT = re.compile(r"(?:^|\s+)\d[\d.,]*\s+(?:or|and|to)$", re.IGNORECASE)
"""What is left of "20 or 30" behind a name."""
_ANSWER = re.compile(
    r"^(?:(?:no|yes|ok|okay|well|actually|rather|it'?s|its|is|that'?s|send|it|make|to|for|from|use|"
    r"with|pay|the|my|please)\b[\s,]*)+",
    re.IGNORECASE,
)
_BILL_WORDS = word_set(
    "a all an and any bill bills by can check checking could for from get go going have help i i'd "
    "in invoice invoices is it make me my need now of off on one open our out paid pay payment "
    "please settle take care that the this to today want with would you account due current like "
    "savings money use using next month s d ll let whatever"
)
_PART = re.compile(
    r"\b(?:half|quarter|part|portion|bit|percent)\b|\b(?:third|some)\s+of\b|%|"
    + re.escape(GAP)
    + r"\s+of\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"\b[A-Za-z]{2}[0-9]{2}(?:[ -]?(?:[A-Z0-9]{1,4}(?![A-Za-z0-9])|[A-Za-z0-9]{8,30}\b))*"
)
_NEW = re.compile(
    r"\b(?:called|named|name is|payee|recipient|beneficiary|add|save|register|store|enter|"
    r"put|set up|create|remember)\s+(?=(.{1,80}?)\s*(?:\b(?:as|to|on|with|whose|her|his|their|"
    r"account)\b|[,;:(]|$))",
    re.IGNORECASE,
)
_SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}")
_NAME_WORDS = re.compile(
    r"\b(?:please|can you|could you|i want to|i'd like to|add|save|create|set up|register|store|"
    r"enter|put|remember|new|another|as|payees?|recipients?|beneficiar(?:y|ies)|to|on|of|my|the|a|an|list|"
    r"called|named|name|is|her|his|their|it's|someone|somebody|person|contact|i can|pay|"
    r"with|and|account|number|iban|bank|at|for me|for transfers|how do i|how can i|let me|by|"
    r"transfers|saved?)\b",
    re.IGNORECASE,
)


def payee_in(rest: str) -> str | None:
    """Return the words of `rest` (a sentence without its amount) that name whom to pay."""
    named = [_named(found.group(1)) for found in (*_TO.finditer(rest), *_OBJECT.finditer(rest))]
    return next((name for name in named if name), None)


def account_in(rest: str) -> str | None:
    """Return the words that name the account to pay from: "from my savings"."""
    named = [_named(found.group(1)) for found in _FROM.finditer(rest)]
    return next((name for name in named if name), None)


def answered(rest: str) -> str | None:
    """Return the name that is all of an answer: "to Bob, please"."""
    bare = _ANSWER.sub("", rest.replace(GAP, " ").strip())
    if len(bare.split()) > MAX_NAME_WORDS + 2:  # Two more for "please" and its like.
        return None
    return _named(re.split(_STOP, bare, maxsplit=1, flags=re.IGNORECASE)[0])


def bill_in(rest: str) -> str | None:
    """Return the words that tell one bill from the others."""
    words = re.findall(r"[^\W_]+(?:['’][^\W_]+)?", rest)
    told = [word for word in words if word.lower().removesuffix("'s") not in _BILL_WORDS]
    return " ".join(told)[:MAX_NAME] or None


def names_a_part(rest: str) -> bool:
    """Tell of "half the rent", "some of it", "about 20 of my rent"."""
    return bool(_PART.search(rest))


def number_in(text: str) -> tuple[str | None, str]:
    """Return the account number in `text` (an IBAN's form), and `text` without it."""
    for found in _NUMBER.finditer(text):
        number = re.sub("[ -]", "", found.group()).upper()
        if _SHAPE.fullmatch(number):
            return number, text[: found.start()] + " " + text[found.end() :]
    return None, text


def new_name_in(text: str) -> str | None:
    """Return the name of a new payee in a sentence that asks for one."""
    named = (new_name(found.group(1)) for found in _NEW.finditer(text))
    return next((name for name in named if name), None)


def new_name(text: str) -> str | None:
    """Return the name that is all of `text`, but for the words around a name."""
    left = " ".join(re.sub(r"[^\w'’. -]", " ", _NAME_WORDS.sub(" ", text)).split()).strip("-. ")
    if not any(letter.isalpha() for letter in left) or len(left.split()) > MAX_NAME_WORDS:
        return None
    if any(letter.isdigit() for letter in left):
        return None
    return left[:1].upper() + left[1:MAX_NAME]


def _named(words: str) -> str | None:
    words = " ".join(words.split()).strip("'’\"-| ")
    for cut in (_ANOTHER_AMOUNT, _LEAD, _LEAD, _TAIL, _TAIL):
        words = cut.sub("", words).strip()
    first = words.split()[:1]
    if not first or {part.lower() for part in first} & {*_NOBODY, *_VERBS.split()}:
        return None
    return words[:MAX_NAME] if any(letter.isalpha() for letter in words) else None
