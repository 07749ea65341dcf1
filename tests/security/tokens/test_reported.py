"""What an API reports of a token that it refused: believed by its secret alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import OctKey

from security.tokens.compact import Unreadable
from security.tokens.reported import (
    EVENT,
    KIND,
    OTHER,
    REASONS,
    REPLAYS,
    Reported,
    read_reported,
    scope_of,
)

KEY, ANOTHER = (OctKey.import_key(sign * 43) for sign in "ab")
ID, AUDIENCE = "i" * 16, "urn:gatehouse:security"
SAID = {"reason": "no_proof", "scope": "banking:accounts:read", "token": "t" * 22}
CLAIMS: dict[str, Any] = {
    "iss": "urn:gatehouse:api:banking",
    "aud": AUDIENCE,
    "jti": ID,
    "events": {EVENT: SAID},
}


def report(key: OctKey = KEY, header: dict[str, Any] | None = None, **changed: Any) -> str:
    told = {"alg": "HS256", "typ": KIND, **(header or {})}
    claims = {name: value for name, value in {**CLAIMS, **changed}.items() if value is not None}
    return jws.serialize_compact(told, json.dumps(claims), key, algorithms=[told["alg"]])


def read(text: object, id: str = ID) -> Reported:
    return read_reported(id, text, "banking", AUDIENCE, KEY)


def of(**said: Any) -> Reported:
    return read(report(events={EVENT: {**SAID, **said}}))


def test_a_report_says_why_where_and_of_which_token() -> None:
    assert read(report()) == Reported(ID, "no_proof", "banking:accounts:read", "t" * 22)
    assert scope_of("banking") == "banking:security_events:read"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"iss": "urn:gatehouse:api:hr"}, "for somebody else"),
        ({"iss": None}, "for somebody else"),
        ({"aud": "urn:other"}, "for somebody else"),
        ({"aud": [AUDIENCE]}, "for somebody else"),
        ({"jti": "i" * 17}, "for somebody else"),
        ({"jti": None}, "for somebody else"),
        ({"events": None}, "of another kind"),
        ({"events": [EVENT]}, "of another kind"),
        ({"events": {EVENT: None}}, "of another kind"),
        ({"events": {"urn:other": SAID}}, "of another kind"),
    ],
)
def test_attack_a_report_of_another_or_for_another(changed: dict[str, Any], why: str) -> None:
    """ASVS 9.2.3: one API says nothing in the name of another; each claim alone refuses."""
    with pytest.raises(Unreadable, match=rf"^{why}$"):
        read(report(**changed))


@pytest.mark.parametrize(
    ("key", "header", "why"),
    [
        (ANOTHER, {}, "BadSignatureError"),
        (KEY, {"typ": "JWT"}, "wrong type"),
        (KEY, {"alg": "HS512"}, "wrong algorithm"),
        (KEY, {"kid": "k"}, "unexpected header"),
    ],
)
def test_attack_a_report_that_the_secret_did_not_sign(
    key: OctKey, header: dict[str, Any], why: str
) -> None:
    """ASVS 9.1.1, 9.1.2."""
    with pytest.raises(Unreadable, match=rf"^{why}$"):
        read(report(key, header))


@pytest.mark.parametrize("id", ["", "i" * 15, "i" * 65, "i" * 15 + ".", "i" * 16 + "\n", "é" * 16])
def test_attack_a_name_of_a_report_that_is_none(id: str) -> None:
    """ASVS 2.2.1."""
    with pytest.raises(Unreadable, match=r"^malformed$"):
        read(report(jti=id), id)


@pytest.mark.parametrize("text", [None, 7, b"x", ["a"], ""])
def test_what_is_no_text_is_no_report(text: object) -> None:
    with pytest.raises(Unreadable, match=r"^malformed$"):
        read(text)


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_a_known_reason_stands_as_it_is(reason: str) -> None:
    told = of(reason=reason)
    assert told.reason == reason
    assert told.is_replay is (reason in REPLAYS)


@pytest.mark.parametrize("reason", [None, 7, "", "No_Proof", ["no_proof"], "made up"])
def test_attack_a_reason_that_nobody_knows_is_another(reason: object) -> None:
    """ASVS 16.4.1: an API writes no words of its own onto the trail."""
    told = of(reason=reason)
    assert (told.reason, told.is_replay) == (OTHER, False)


@pytest.mark.parametrize("name", ["scope", "token"])
@pytest.mark.parametrize("value", [None, 7, "", "A B", "a" * 15 + "é", "x\n", "x" * 65 + "."])
def test_attack_what_has_not_its_form_is_left_out(name: str, value: object) -> None:
    """ASVS 16.4.1."""
    told = of(**{name: value})
    assert getattr(told, name) is None
    other = {"scope": told.token, "token": told.scope}[name]
    assert other == {"scope": SAID["token"], "token": SAID["scope"]}[name]
