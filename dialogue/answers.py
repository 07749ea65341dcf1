"""Words that answer a question of the bot, told from words that begin something else.

While a request is open, "Bob" and "fifty" are answers, though no intent is near them. What is
surely something else ("what's my balance?", "cancel") stays that, and the request stays open.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

SLOT = "open_request"
ANSWER = "answer"
SURE = 0.75
"""From this confidence on, words are another request. Measured on some 70 sentences: what begins
something else lies above it, answers of one to five words below."""
SURER = 0.9
"""The same where an answer sounds like another request: "the current account" like a balance."""

_SOUNDS_LIKE = {
    "account": {"check_balance"},
    "card": {"credit_limit", "report_lost_card", "card_declined"},
    "order": {"order_status"},
    "thing": {"order_status", "return_item"},
    "address": {"change_address"},
    "customer": {"help_customer"},
}

_ANSWERS = {"nlu_fallback", "out_of_scope", "affirm"}
"""A yes is no answer to "how much?", and approves nothing: the action says what does."""
_NO = {"cancel", "deny"}
_IN_OWN_WORDS = {"reason"}
"""Questions that any sentence answers, whatever else it sounds like; only a short no does not."""
_NO_IS_AN_ANSWER = {"attach"}
"""Questions that a no answers; only words that leave the request leave it."""
_LEAVES = re.compile(
    r"\b(?:cancel|abort|stop|never ?mind|forget (?:it|about)|leave it|changed my mind|"
    r"no (?:person|human|need))\b",
    re.IGNORECASE,
)
_CORRECTS = re.compile(
    r"^\W*(?:no|nope|nah|sorry|wait)\b\W+(?:(?:no|sorry|wait)\b\W+)*"
    r"(?:i mean|i meant|i said|rather|instead|to|for|from|make it|make that|on|at|in|the|use|with|"
    r"take|only|just|better|it'?s|his|her|my|another)\b",
    re.IGNORECASE,
)
"""A no with what is right instead: "no, to Bob". It answers, and leaves nothing."""
_SHORT = 4
MORE = "more"
"""A list that goes on is no question: only words that ask for its next page are an answer."""
_ASKS_FOR_MORE = re.compile(
    r"^\W*(?:(?:yes|ok(?:ay)?|sure|please|and|can i|could i|can you|could you|the|me|some|see|show|"
    r"list|give|get|load|go|any|even)\W+)*(?:more|next|older|further|continue|rest|earlier|go on|"
    r"keep going)\b|^\W*(?:yes|yeah|yep|sure|ok|okay)(?:\W+please)?\W*$",
    re.IGNORECASE,
)
_AGREES = re.compile(
    r"^\W*(?:yes|yeah|yep|yup|sure|ok|okay|please do|go ahead|do it|right|correct|absolutely|"
    r"exactly|confirm|of course|certainly|definitely|that'?s right)\b|"
    r"\bcancel\s+(?:it|that|this|(?:the|my)\s+appointment)\b",
    re.IGNORECASE,
)
"""Yes to "Shall I cancel it?"; the word cancel alone leaves things as they are."""
_ACCOUNT_NUMBER = re.compile(r"\b[A-Za-z]{2}[0-9]{2}[ -]?[A-Za-z0-9]{4}")
_SAYS_NO = re.compile(
    r"\b(?:no|nope|nah|not|don['’]?t|never|nevermind|cancel|stop|abort|forget|nothing|"
    r"changed my mind)\b",
    re.IGNORECASE,
)


def heard(understood: dict[str, Any], slots: Mapping[str, Any]) -> dict[str, Any]:
    """Return `understood`, with the intent `answer` where the words answer an open question."""
    request = slots.get(SLOT)
    asked = request.get("asked") if isinstance(request, dict) else None
    if asked is None:
        return understood
    text = understood["text"]
    goes_on = _ASKS_FOR_MORE.search(text) if asked == MORE else None
    if not goes_on and (asked == MORE or _is_something_else(text, understood["intent"], asked)):
        return understood
    return {**understood, "intent": {**understood["intent"], "name": ANSWER}}


def _is_something_else(text: str, intent: Mapping[str, Any], asked: Any) -> bool:
    name = intent["name"]
    if asked == "sure" and _AGREES.search(text):
        return False
    if asked == "number" and _ACCOUNT_NUMBER.search(text):
        return False  # By itself it sounds like a new payee.
    corrects = asked != "sure" and _CORRECTS.search(text)
    if name in _NO and (corrects or asked in _NO_IS_AN_ANSWER):
        return bool(_LEAVES.search(text))
    if asked in _IN_OWN_WORDS:
        return name in _NO and len(text.split()) <= _SHORT and bool(_SAYS_NO.search(text))
    if name in _NO and _SAYS_NO.search(text):
        return not any(letter.isdigit() for letter in text)  # "No, 60" is an answer.
    enough = SURER if name in _SOUNDS_LIKE.get(asked, ()) else SURE
    return name not in _ANSWERS and intent["confidence"] >= enough
