"""Headers that would choose the key or the rules, or that are no headers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.tokens.keys import generate_signing_key
from security.tokens.verifier import TokenVerifier
from tests.security.tokens.attacks import JSON, Forgery, refusal
from tests.security.tokens.conftest import Forge


def _own_key(forge: Forge, **header: Any) -> str:
    """Sign with a key that the header itself brings along."""
    mallory = Forge(generate_signing_key())
    given = {
        "jwk": mallory.key.as_dict(private=False),
        "kid": mallory.kid,
        **header,
    }
    return mallory.token({**forge.header, **given})


INJECTED: dict[str, Forgery] = {
    "a key within the header": _own_key,
    "a key within the header, under the known name": lambda f: _own_key(f, kid=f.kid),
    "the address of a key set": lambda f: f.token({**f.header, "jku": "https://evil.example/k"}),
    "the address of a certificate": lambda f: f.token({**f.header, "x5u": "https://evil.example"}),
    "a certificate": lambda f: f.token({**f.header, "x5c": ["MIIB"]}),
    "a certificate's thumbprint": lambda f: f.token({**f.header, "x5t": "AAAA"}),
    "the right key, repeated": lambda f: f.token({**f.header, "jwk": f.key.as_dict(private=False)}),
    "a critical extension": lambda f: f.token({**f.header, "crit": ["exp"], "exp": 1}),
    "a critical extension that is not there": lambda f: f.token({**f.header, "crit": ["x"]}),
    "an empty list of critical ones": lambda f: f.token({**f.header, "crit": []}),
    "an unencoded payload": lambda f: f.token({**f.header, "b64": False, "crit": ["b64"]}),
    "compression": lambda f: f.token({**f.header, "zip": "DEF"}),
    "a content type": lambda f: f.token({**f.header, "cty": "JWT"}),
    "encryption": lambda f: f.token({**f.header, "enc": "A256GCM"}),
    "a claim among the headers": lambda f: f.token({**f.header, "iss": "x"}),
    "a name that nobody knows": lambda f: f.token({**f.header, "x": 1}),
    "another type": lambda f: f.token({**f.header, "typ": "JWT"}),
    "the type of an identity token": lambda f: f.token({**f.header, "typ": "id+jwt"}),
    "the type of a logout token": lambda f: f.token({**f.header, "typ": "logout+jwt"}),
    "no type": lambda f: f.token({"alg": "Ed25519", "kid": f.kid}),
    "an empty type": lambda f: f.token({**f.header, "typ": ""}),
    "a type that is a list": lambda f: f.token({**f.header, "typ": ["at+jwt"]}),
    "an unknown key": lambda f: f.token({**f.header, "kid": "another"}),
    "an empty key name": lambda f: f.token({**f.header, "kid": ""}),
    "a key name that is a path": lambda f: f.token({**f.header, "kid": "../../dev/null"}),
    "a key name that is a query": lambda f: f.token({**f.header, "kid": f"{f.kid}' OR '1'='1"}),
    "a key name that is a command": lambda f: f.token({**f.header, "kid": f"{f.kid}; id"}),
    "a key name with a zero byte": lambda f: f.token({**f.header, "kid": f"{f.kid}\0"}),
    "a type with a zero byte": lambda f: f.token({**f.header, "typ": "at+jwt\0"}),
    "a type in capitals": lambda f: f.token({**f.header, "typ": "AT+JWT"}),
    "a type with its tree": lambda f: f.token({**f.header, "typ": "application/at+jwt"}),
    "a key name that is a number": lambda f: f.token({**f.header, "kid": 7}),
    "a key name that is a list": lambda f: f.token({**f.header, "kid": [f.kid]}),
    "a key name that is an object": lambda f: f.token({**f.header, "kid": {"a": 1}}),
    "no algorithm": lambda f: f.token({"kid": f.kid, "typ": "at+jwt"}),
    "an algorithm that is a list": lambda f: f.token({**f.header, "alg": ["Ed25519"]}),
    "an algorithm that is nothing": lambda f: f.token({**f.header, "alg": None}),
    "an algorithm that is a number": lambda f: f.token({**f.header, "alg": 0}),
    "an algorithm that is an object": lambda f: f.token({**f.header, "alg": {}}),
}


@pytest.mark.parametrize("forgery", INJECTED.values(), ids=INJECTED)
def test_a_header_cannot_choose_the_key_or_the_rules(
    verifier: TokenVerifier, forge: Forge, forgery: Forgery
) -> None:
    """ASVS 9.1.3: `jku`, `x5u`, `jwk`, `crit`, another `typ`; all are signed as well as may be."""
    assert refusal(verifier, forgery(forge)).error == "invalid_token"


HEADERS = {
    "a list": b"[]",
    "text": b'"at+jwt"',
    "a number": b"1",
    "nothing": b"null",
    "no JSON": b"{",
    "no bytes of text": b"\xff\xfe",
    "two objects": b"{}{}",
    "a mark at the beginning": b'\xef\xbb\xbf{"alg":"Ed25519"}',
    "very deep": b"[" * 2_000 + b"]" * 800,
    "a huge number": b'{"alg":"Ed25519","typ":"at+jwt","kid":1e999}',
    "a very long number": b'{"alg":' + b"9" * 2_500 + b"}",
    "a lone surrogate": b'{"alg":"\\ud800","typ":"at+jwt"}',
    "not a number": b'{"alg":NaN}',
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_a_header_that_is_no_object_of_json_is_refused(
    verifier: TokenVerifier, forge: Forge, header: bytes
) -> None:
    """ASVS 9.1.2: refused like any other, never an error."""
    assert refusal(verifier, forge.raw(header, json.dumps(forge.claims).encode()))


@pytest.mark.parametrize("payload", HEADERS.values(), ids=HEADERS)
def test_claims_that_are_no_object_of_json_are_refused(
    verifier: TokenVerifier, forge: Forge, payload: bytes
) -> None:
    """Also where the issuer's own key has signed them."""
    assert refusal(verifier, forge.raw(json.dumps(forge.header).encode(), payload))


TWICE = {
    "the algorithm": ("header", '"alg":"none"'),
    "the key's name": ("header", '"kid":"x"'),
    "the type": ("header", '"typ":"JWT"'),
    "the same value again": ("header", '"typ":"at+jwt"'),
    "the subject": ("claims", '"sub":"mallory"'),
    "the end": ("claims", '"exp":9999999999'),
    "a name within": ("claims", '"x":{"a":1,"a":2}'),
    "a name spelt otherwise": ("claims", '"\\u0073ub":"mallory"'),
}


@pytest.mark.parametrize(("part", "pair"), TWICE.values(), ids=TWICE)
@pytest.mark.parametrize("first", [True, False])
def test_a_name_that_stands_twice_is_refused_though_it_is_signed(
    verifier: TokenVerifier, forge: Forge, part: str, pair: str, first: bool
) -> None:
    """RFC 7515 4, RFC 7519 4: names are unique, or two readers read two tokens."""
    said = {"header": json.dumps(forge.header), "claims": json.dumps(forge.claims)}
    inner = said[part][1:-1]
    said[part] = f"{{{pair},{inner}}}" if first else f"{{{inner},{pair}}}"
    token = forge.raw(said["header"].encode(), said["claims"].encode())
    assert refusal(verifier, token).reason == "no JSON"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_of_json_is_refused_wherever_it_stands(
    verifier: TokenVerifier, forge: Forge, number: str
) -> None:
    """RFC 8259 6: another reader of the token would not read it at all."""
    payload = json.dumps(forge.claims)[:-1] + f',"note":{number}}}'
    token = forge.raw(json.dumps(forge.header).encode(), payload.encode())
    assert refusal(verifier, token).reason == "no JSON"


NAMES = st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk", "x"])


@given(st.dictionaries(NAMES, JSON, max_size=5), st.booleans())
def test_no_header_is_an_error_or_opens_anything(
    verifier: TokenVerifier, forge: Forge, header: dict[str, Any], on_top: bool
) -> None:
    """ASVS 9.1.2: whatever the header says, a changed one is refused as a token."""
    given_header = {**forge.header, **header} if on_top else header
    if given_header != forge.header:
        assert refusal(verifier, forge.token(given_header))
