"""What a person's words tell of transactions that they look for: days, amounts, words. Pure."""

from __future__ import annotations

import re

from actions.amounts import GAP, Amount, find_amount
from actions.names import word_set
from actions.numbers import Doubt
from actions.past_words import begins_with_date, days_in
from actions.requests import Details, Said

MOST_AT_ONCE = 50
MOST_WORDS = 4
"""More words than these are a sentence, not the name of a shop."""

_CURRENCY = r"(?:€|\$|£|eur\w*|dollars?|pounds?|usd|gbp|chf|bucks?|francs?)"
_IN_WORDS = (
    r"(?:a|one|two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|forty|fifty|sixty|"
    r"seventy|eighty|ninety)(?:\s+(?:hundred|thousand))?"
)
_NUMBER = (
    rf"(?:[€$£]\s*)?(?:-?\d[\d.,']*(?<=\d)(?:\s*(?:k|hundred|thousand)\b)?|{_IN_WORDS}\b)"
    rf"(?:\s*{_CURRENCY})?"
)
_MONEY = re.compile(
    rf"-?[€$£]\s*\d[\d.,']*(?<=\d)|-?\b\d[\d.,']*(?<=\d)\s*{_CURRENCY}(?!\w)|-?\b\d[\d']*[.,]\d+"
)
_SCIENTIFIC = re.compile(r"\b\d[\d.]*e\+?\d+\b")
_LEAST = re.compile(
    rf"\b(?:over|above|more than|greater than|bigger than|larger than|higher than|exceeding|"
    rf"at least|from|no less than|starting at|>=?)\s*({_NUMBER})(?!\w)"
)
_MOST = re.compile(
    rf"\b(?:under|below|less than|smaller than|lower than|at most|up to|no more than|"
    rf"not more than|<=?)\s*({_NUMBER})(?!\w)"
)
_RANGE = re.compile(rf"\b(?:between|from)\s+({_NUMBER})\s*(?:and|to|-|–)\s*({_NUMBER})(?!\w)")
_UP = re.compile(rf"({_NUMBER})\s*(?:or|and)\s+(?:more|above|over|up)\b")
_DOWN = re.compile(rf"({_NUMBER})\s*(?:or|and)\s+(?:less|below|under)\b")
_COMPARED = re.compile(
    r"\b(?:over|above|more|than|least|under|below|less|most|up to|between|from|exceeding)\b|[<>]"
)
_MANY = re.compile(
    r"\b(?:last|latest|past|recent|first|top|newest|previous)\s+"
    r"(\d{1,3}|two|three|four|five|six|seven|eight|nine|ten|twenty|few|couple(?:\s+of)?)\b"
    r"(?!\s+(?:days?|weeks?|months?|years?|quarters?))"
)
_IN = re.compile(
    r"\b(?:arrived?|come in|came in|comes in|coming in|landed?|received?|receive|deposit(?:s|ed)?|"
    r"credited|credits|incoming|paid me|paid to me|sent me|refund(?:s|ed)?|salary|wages?|paycheck|"
    r"payroll|income|reimburs\w*|(?:got|been|get) paid|(?:was|am) i paid|paid by)\b"
)
_OUT = re.compile(
    r"\b(?:i (?:pay|paid|spend|spent|buy|bought|purchase[d]?|sent|send)|(?:did|have|had) i "
    r"(?:pay|paid|spend|spent|buy|bought|send|sent)|purchases?|bought|spent|spend|charge[sd]?|"
    r"debits?|debited|outgoing|went out|gone out|go out|going out|came off|taken from|withdrawals?|"
    r"took|payments? to|paid to)\b"
)
_MORE = re.compile(
    r"^\W*(?:(?:yes|yeah|ok|okay|sure|please|can i|could i|can you|could you|and|the|me|some|see|"
    r"show|list|give|get|load|go|any|even|have)\W+)*"
    r"(?:more|next(?: page| ones?| \d+)?|older(?: ones)?|further(?: ones)?|continue|on|"
    r"the rest|rest|earlier(?: ones)?|keep going|go on)\b",
    re.IGNORECASE,
)
_YES = re.compile(
    r"^\W*(?:yes|yeah|yep|yup|sure|ok|okay|please do|go ahead)\W*(?:please)?\W*$", re.IGNORECASE
)
_NAMED = re.compile(r"['\"“”‘]([^'\"“”‘’]{2,40})['\"“”’]")
_NO_TEXT = word_set(
    "a about above account account's accounts acct activity add after again ago alert all "
    "already also altogether am amount amounts an and another any anybody anyone anything "
    "approximately are around arrive arrived arrives as at available average back bank banking "
    "be been before below between bigger bill bill's bills blown book booking bookings both "
    "bought break breakdown bring bucks buy by call came can card cards cash category change "
    "changed charge charged charges chart check checking chequing chf clear cleared come comes "
    "coming compared complete completed cost costs could couple credit credited current "
    "currently customer d daily date day days debit debited debits deposit deposits detail "
    "details did didn didn't display do does doesn dollar dollars don don't done down during "
    "each earlier earliest eight entries entry eur euro euros ever every everything exactly "
    "exceeding expense expenses far few figures find first fit five for four from full further "
    "gbp get gets gimme give go goes going gone got gotten graph greater habit habits had hadn "
    "happen happened has hasn hasn't have haven having hello help here hey hi high higher "
    "highest history hit hits hold how how's hw i i'd i'll i'm i've id if im in in-store "
    "incoming into is it it'd it's item items its ive just kindly know laid land landed large "
    "larger largest last late lately later latest least left lemme less let like list listed "
    "little ll load look looking lot lots low lower m made make many mastercard max maximum may "
    "mch me min mine minimum minus mnth money month monthly months more most move moved "
    "movement movements much my name near need new newest next nine no normally northwind not "
    "now number of off old older on once one one-by-one ones online only open or order other "
    "our out outgoing outgoings over overall overview own page paid past pay payed payee paying "
    "payment payments pending per percentage please pls plz posted pound pounds previous print "
    "process processed provide pull purchase purchased purchases purse put quarter r re read "
    "reading really receive received recent recently record records regarding report rest "
    "result results right run s same savings say search second see seen send sent separately "
    "set seven shell shelled shop shopping should show showing shown since single six small "
    "smaller so some somebody someone something spend spending spendings spent statement "
    "statements still store stuff such sum summary summer t take taken tell ten term than thank "
    "thanks that that's the their them then there these they thing things third this those "
    "three through thx till time times to today together too took top total totals tranactions "
    "transaction transactions transations transfer transferred transfers twenty two txn txns "
    "type u under until up us usd use used using usually value ve via view visa wanna want "
    "wanted was wat we week weekly weeks went were what what's whats when when's where where's "
    "which who who's whole why will with withdrawal withdrawals withdrawn within without wk "
    "whether worth would year years yes yesterday yet you your "
)


_SAME = dict.fromkeys(("paycheck", "paychecks", "wage", "wages", "payroll"), "salary")


def search_details(said: Said) -> Details:
    """Return what is told of a search: `when`, `least`, `most`, `doubt`, `text`, `direction`,
    and `limit` where it is said how many."""
    if said.chosen:
        return said.chosen
    if said.asked == "least" and (found := find_amount(said.text).amount):
        bare = isinstance(found, Amount) and not _COMPARED.search(said.text.lower())
        if isinstance(found, Amount) and bare:
            return {"least": found.value, "most": found.value}
    if said.asked == "when":
        when, _ = days_in(said.text)
        return {"when": when} if when else {}
    details, rest = _amounts(said.text.lower())
    when, rest = _days(rest)
    low = said.text.lower()
    incoming, outgoing = bool(_IN.search(low)), bool(_OUT.search(low))
    direction = "in" if incoming else "out" if outgoing else None
    text = _quoted(said.text) or text_in(_MANY.sub(" ", rest))
    told = {"when": when, "text": text, "direction": direction, "limit": _many(low)}
    return {**details, **{name: value for name, value in told.items() if value}}


def asks_for_more(text: str, asked: str | None = None) -> bool:
    """Tell whether the next page is meant; a mere yes says so only where it was offered."""
    return bool(_MORE.match(text)) or (asked == "more" and bool(_YES.match(text)))


def text_in(rest: str) -> str | None:
    """Return the words that may name a shop or a person: all that say nothing else."""
    words = re.findall(r"[^\W_]+(?:[&.'’-][^\W_]+)*", rest.replace(GAP, " "))
    told = [word for word in words if word.lower() not in _NO_TEXT and not word.isdigit()]
    told = [_SAME.get(word, word) for word in (re.sub(r"['’]s$", "", word) for word in told)]
    return " ".join(told)[:60] if 0 < len(told) <= MOST_WORDS else None


def _days(low: str) -> tuple[str | None, str]:
    """Return the first words of days, and what is left without any of them."""
    when, rest = days_in(low)
    another = when
    while another is not None:
        another, rest = days_in(rest)
    return when, rest


def _many(low: str) -> str | None:
    """Return how many are asked for: "my last five payments"."""
    found = _MANY.search(low)
    if found is None:
        return None
    amount = find_amount(found[1]).amount
    count = int(float(amount.value)) if isinstance(amount, Amount) else 0
    return str(min(count, MOST_AT_ONCE)) if count else None


def _quoted(text: str) -> str | None:
    found = _NAMED.search(text)
    return found[1].strip() if found else None


def _amounts(low: str) -> tuple[dict[str, str], str]:
    """Return the bounds that the words set, or a doubt, and the words without them."""
    when, _ = days_in(low)
    if not (when and when.startswith("between")) and (found := _RANGE.search(low)):
        return _bounds({"least": found[1], "most": found[2]}), _less(low, found)
    if found := _SCIENTIFIC.search(low):
        return {"doubt": "too_large"}, _less(low, found)
    told: dict[str, str] = {}
    for name, patterns in (("least", (_LEAST, _UP)), ("most", (_MOST, _DOWN))):
        for pattern in patterns:
            if (found := pattern.search(low)) and not _is_day(low, found):
                told[name] = found[1]
                low = _less(low, found)
                break
    if told:
        return _bounds(told), low
    return _exactly(low)


def _is_day(low: str, found: re.Match[str]) -> bool:
    """Tell whether the figure is one of a date: "from 3 march", "up to 3/4"."""
    after = low[found.start(1) : found.end(1) + 12]
    return begins_with_date(after)


def _exactly(low: str) -> tuple[dict[str, str], str]:
    """Return one amount as both bounds: "the payment of 49.90". A bare whole number is none."""
    _, rest = _days(_MANY.sub(" ", low))
    found = _MONEY.search(rest)
    if found is None:
        return {}, low
    return _bounds({"least": found.group(), "most": found.group()}), low.replace(found.group(), " ")


def _bounds(told: dict[str, str]) -> dict[str, str]:
    details = {}
    for name, words in told.items():
        amount = find_amount(words).amount
        if isinstance(amount, Amount):
            details[name] = amount.value
        else:
            return {"doubt": amount.why if isinstance(amount, Doubt) else "vague"}
    return details


def _less(low: str, found: re.Match[str]) -> str:
    return f"{low[: found.start()]} {low[found.end() :]}"
