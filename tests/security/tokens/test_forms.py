"""Tokens and Authorization headers of another form."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.tokens.compact import MOST_BYTES, Unreadable, read
from security.tokens.verifier import Needed, TokenRefused, TokenVerifier
from tests.security.fakes import NOW
from tests.security.tokens.attacks import refusal
from tests.security.tokens.conftest import SCOPE, Forge, b64, present, unb64, verify

SHAPES: dict[str, Callable[[str], str]] = {
    "padding after the signature": lambda t: t + "==",
    "padding after the header": lambda t: t.replace(".", "=.", 1),
    "a line's end": lambda t: t + "\n",
    "a line's end within": lambda t: t.replace(".", "\n.", 1),
    "a blank before": lambda t: " " + t,
    "a blank after": lambda t: t + " ",
    "a tab": lambda t: t.replace(".", "\t.", 1),
    "a zero byte": lambda t: t + "\x00",
    "four parts": lambda t: t + ".AAAA",
    "five parts": lambda t: t + ".AAAA.AAAA",
    "two parts": lambda t: t.rpartition(".")[0],
    "one part": lambda t: t.split(".")[0],
    "an empty part": lambda t: t.replace(".", "..", 1),
    "nothing": lambda _: "",
    "dots alone": lambda _: "..",
    "the flattened JSON form": lambda t: json.dumps(
        dict(zip(("protected", "payload", "signature"), t.split("."), strict=True))
    ),
    "the general JSON form": lambda t: json.dumps(
        {
            "payload": t.split(".")[1],
            "signatures": [{"protected": t.split(".")[0], "signature": t.split(".")[2]}],
        }
    ),
    "a detached payload": lambda t: t.split(".")[0] + ".." + t.split(".")[2],
    "an encrypted one": lambda t: ".".join([t.split(".")[0], "", "AAAA", t.split(".")[1], "AAAA"]),
    "the JSON form": lambda t: json.dumps({"protected": t.split(".")[0]}),
    "base64 of the other alphabet": lambda t: t.replace("-", "+").replace("_", "/") + "+",
    "letters that are none": lambda t: "é" + t[1:],
    "two tokens": lambda t: f"{t},{t}",
    "two tokens with a blank": lambda t: f"{t} {t}",
}


@pytest.mark.parametrize("change", SHAPES.values(), ids=SHAPES)
def test_a_token_of_another_form_is_refused(
    verifier: TokenVerifier, forge: Forge, change: Callable[[str], str]
) -> None:
    """RFC 7515 7.1: three parts of unpadded base64url, and nothing else."""
    assert refusal(verifier, change(forge.token()))


def test_only_one_spelling_of_a_part_is_accepted(verifier: TokenVerifier, forge: Forge) -> None:
    """RFC 4648 3.5: the last character's unused bits are zero, or one token has four spellings."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    token = forge.token()
    signature = unb64(token.rpartition(".")[2])
    spellings = [
        token[:-1] + letter
        for letter in alphabet
        if unb64(token[:-1].rpartition(".")[2] + letter) == signature
    ]
    assert len(spellings) == 16
    spellings.remove(token)
    for spelling in spellings:
        assert refusal(verifier, spelling).reason == "malformed"


@pytest.mark.parametrize(("more", "reason"), [(0, None), (1, "malformed")])
def test_a_token_has_room_to_its_last_byte(forge: Forge, more: int, reason: str | None) -> None:
    start = forge.token().rpartition(".")[0] + "."
    text = start + "A" * (MOST_BYTES - len(start) + more)
    said = None
    try:
        read(text, ("at+jwt",), frozenset(forge.header))
    except Unreadable as unreadable:
        said = str(unreadable)
    assert said == reason


@pytest.mark.parametrize("length", [8_193, 100_000, 5_000_000])
def test_a_huge_token_is_refused_before_it_is_read(
    verifier: TokenVerifier, forge: Forge, length: int
) -> None:
    """ASVS 2.2.1: also one that is well signed."""
    assert refusal(verifier, "A" * length).reason == "malformed"
    assert refusal(verifier, forge.token(note="x" * length)).reason == "malformed"


SCHEMES = {
    "nothing": None,
    "an empty header": "",
    "the scheme alone": "DPoP",
    "the scheme and a blank": "DPoP ",
    "no scheme": "{0}",
    "another scheme": "Basic {0}",
    "a token for whoever bears it": "Bearer {0}",
    "a scheme that begins alike": "DPoPX {0}",
    "a tab for a blank": "DPoP\t{0}",
    "two blanks": "DPoP  {0}",
    "quotes": 'DPoP "{0}"',
    "two credentials": "DPoP {0}, DPoP {0}",
}


@pytest.mark.parametrize("given_header", SCHEMES.values(), ids=SCHEMES)
def test_an_authorization_of_another_form_is_refused(
    verifier: TokenVerifier, forge: Forge, given_header: str | None
) -> None:
    """RFC 9449 7.1; 7.2: a bound token is not taken as a bearer token."""
    token = forge.token()
    header = given_header and given_header.format(token)
    with pytest.raises(TokenRefused) as refused:
        verifier.verify(present(token, authorization=header), Needed(SCOPE), NOW)
    assert refused.value.error == "invalid_token"


def test_the_schemes_name_has_no_case(verifier: TokenVerifier, forge: Forge) -> None:
    """RFC 9110 11.1."""
    token = forge.token()
    verifier.verify(present(token, authorization=f"dpop {token}"), Needed(SCOPE), NOW)


@given(st.text(max_size=300))
def test_no_authorization_header_is_an_error(verifier: TokenVerifier, text: str) -> None:
    for header in (text, f"DPoP {text}"):
        with pytest.raises(TokenRefused):
            verifier.verify(present("x", authorization=header), Needed(SCOPE), NOW)


@given(st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=80))
def test_no_three_parts_are_an_error(
    verifier: TokenVerifier, header: bytes, payload: bytes, signature: bytes
) -> None:
    token = ".".join(b64(part) for part in (header, payload, signature))
    with pytest.raises(TokenRefused):
        verify(verifier, token)
