"""Forged, stretched and misdirected tokens, in the manner of the published attack lists."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st

from security.tokens.keys import generate_signing_key
from security.tokens.verifier import TokenRefused, TokenVerifier
from tests.security.fakes import NOW
from tests.security.tokens.conftest import SCOPE, Forge, b64, unb64

ISSUED = int(NOW.timestamp())
Forgery = Callable[[Forge], str]


def refusal(verifier: TokenVerifier, token: str) -> TokenRefused:
    """Return how the token is refused; a token that is accepted fails the test."""
    with pytest.raises(TokenRefused) as refused:
        verifier.verify(f"Bearer {token}", SCOPE, NOW)
    return refused.value


def test_a_good_token_made_by_hand_is_accepted(verifier: TokenVerifier, forge: Forge) -> None:
    """So that the forgeries below differ from a good one by what they say."""
    assert verifier.verify(f"Bearer {forge.token()}", SCOPE, NOW).subject == "pairwise-alice"


def _unsigned(alg: str) -> Forgery:
    def make(forge: Forge) -> str:
        parts = [{**forge.header, "alg": alg}, forge.claims]
        return ".".join(b64(json.dumps(part).encode()) for part in parts) + "."

    return make


def _none_with_a_signature(forge: Forge) -> str:
    return forge.token({**forge.header, "alg": "none"})


def _resigned(key: Any) -> Forgery:
    """Sign a good token with somebody else's key of the same kind."""

    def make(forge: Forge) -> str:
        signed = forge.token().rpartition(".")[0]
        return f"{signed}.{b64(key.sign(signed.encode()))}"

    return make


def _es256(forge: Forge) -> str:
    parts = [{**forge.header, "alg": "ES256"}, forge.claims]
    signed = ".".join(b64(json.dumps(part).encode()) for part in parts)
    key = ec.generate_private_key(ec.SECP256R1())
    return f"{signed}.{b64(key.sign(signed.encode(), ec.ECDSA(SHA256())))}"


SIGNATURES: dict[str, Forgery] = {
    "no algorithm, no signature": _unsigned("none"),
    "NONE": _unsigned("NONE"),
    "nOnE": _unsigned("nOnE"),
    "an empty algorithm": _unsigned(""),
    "no algorithm, but the right signature": _none_with_a_signature,
    "HMAC with the public key's bytes": lambda f: f.hmac_token("HS256", f.public_bytes),
    "HMAC with the public key's text": lambda f: f.hmac_token(
        "HS256", str(f.key.as_dict(private=False)["x"]).encode()
    ),
    "HMAC with the public key's document": lambda f: f.hmac_token(
        "HS256", json.dumps(f.key.as_dict(private=False)).encode()
    ),
    "HMAC that claims to be Ed25519": lambda f: f.hmac_token("Ed25519", f.public_bytes),
    "HMAC with an empty secret": lambda f: f.hmac_token("HS256", b""),
    "another Ed25519 key": _resigned(Ed25519PrivateKey.generate()),
    "an Ed448 key": _resigned(Ed448PrivateKey.generate()),
    "a P-256 key": _es256,
    "the older name of the algorithm": lambda f: f.token({**f.header, "alg": "EdDSA"}),
    "an algorithm of another kind": lambda f: f.token({**f.header, "alg": "RS256"}),
    "the empty signature": lambda f: f.token().rpartition(".")[0] + ".",
    "a signature of zeros": lambda f: f.token().rpartition(".")[0] + "." + b64(bytes(64)),
    "a signature cut short": lambda f: f.token()[:-4],
    "a signature made longer": lambda f: f.token() + "AAAA",
    "the signature of another token": lambda f: (
        f.token().rpartition(".")[0] + "." + f.token(sub="mallory").rpartition(".")[2]
    ),
    "claims changed after signing": lambda f: ".".join(
        [f.token().split(".")[0], f.token(sub="mallory").split(".")[1], f.token().split(".")[2]]
    ),
}


@pytest.mark.parametrize("forgery", SIGNATURES.values(), ids=SIGNATURES)
def test_a_token_that_security_did_not_sign_is_refused(
    verifier: TokenVerifier, forge: Forge, forgery: Forgery
) -> None:
    """ASVS 9.1.2: algorithm `none`, confused algorithms, keys of others."""
    assert refusal(verifier, forgery(forge)).error == "invalid_token"


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


def test_of_a_header_named_twice_no_reading_is_accepted_unsigned(
    verifier: TokenVerifier, forge: Forge
) -> None:
    """RFC 7515 4: names are unique; whichever is read, the signature decides."""
    head = (
        f'{{"alg":"none","alg":"Ed25519","kid":"{forge.kid}","typ":"at+jwt"}}',
        f'{{"alg":"Ed25519","alg":"none","kid":"{forge.kid}","typ":"at+jwt"}}',
    )
    mallory = Forge(generate_signing_key())
    for text in head:
        assert refusal(verifier, mallory.raw(text.encode(), json.dumps(forge.claims).encode()))


CLAIMS = ("iss", "aud", "sub", "tenant", "scope", "jti", "iat", "exp", "act")


@pytest.mark.parametrize("name", CLAIMS)
def test_a_token_without_one_of_its_claims_is_refused(
    verifier: TokenVerifier, forge: Forge, name: str
) -> None:
    """RFC 9068 2.2."""
    claims = forge.claims
    del claims[name]
    assert refusal(verifier, forge.token(claims=claims)).error == "invalid_token"


@pytest.mark.parametrize("odd", [None, "", 0, 1, True, [], {}, [""], ["urn:gatehouse:security"]])
@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_of_another_type_is_refused(
    verifier: TokenVerifier, forge: Forge, name: str, odd: Any
) -> None:
    """RFC 9068 2.2: nothing is converted."""
    assert refusal(verifier, forge.token(**{name: odd}))


WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "another API": {"aud": "urn:gatehouse:api:healthcare"},
    "an API whose name begins alike": {"aud": "urn:gatehouse:api:banking-test"},
    "the right API in capitals": {"aud": "URN:GATEHOUSE:API:BANKING"},
    "a list of APIs": {"aud": ["urn:gatehouse:api:banking"]},
    "this API and another": {"aud": ["urn:gatehouse:api:banking", "urn:x"]},
    "every API": {"aud": "*"},
    "another issuer": {"iss": "urn:gatehouse:mallory"},
    "an issuer with a slash": {"iss": "urn:gatehouse:security/"},
    "an actor without a name": {"act": {}},
    "an actor with an empty name": {"act": {"sub": ""}},
    "an actor that is text": {"act": "urn:gatehouse:bot"},
    "an actor named by a list": {"act": {"sub": ["urn:gatehouse:bot"]}},
}


@pytest.mark.parametrize("changed", WRONG_CLAIMS.values(), ids=WRONG_CLAIMS)
def test_a_token_for_another_door_is_refused(
    verifier: TokenVerifier, forge: Forge, changed: dict[str, Any]
) -> None:
    """ASVS 9.2.3: one audience, one issuer; RFC 8693: an actor."""
    assert refusal(verifier, forge.token(**changed)).error == "invalid_token"


SCOPES = {
    "another operation": "banking:transactions:read",
    "two operations": "banking:accounts:read banking:transactions:read",
    "the right one twice": "banking:accounts:read banking:accounts:read",
    "a wider one": "banking:accounts",
    "a longer one": "banking:accounts:read:all",
    "everything": "*",
    "a blank around": " banking:accounts:read",
    "capitals": "BANKING:ACCOUNTS:READ",
}


@pytest.mark.parametrize("scope", SCOPES.values(), ids=SCOPES)
def test_a_scope_opens_exactly_one_operation(
    verifier: TokenVerifier, forge: Forge, scope: str
) -> None:
    """RFC 6750 3.1: `insufficient_scope`, which is 403; one token, one operation."""
    assert refusal(verifier, forge.token(scope=scope)).error == "insufficient_scope"


TIMES = {
    "a fraction": ISSUED + 0.5,
    "a whole number with a point": float(ISSUED),
    "true": True,
    "text": str(ISSUED),
    "nothing": None,
    "a list": [ISSUED],
    "beyond the calendar": 10**18,
    "far beyond": 10**300,
    "far before": -(10**18),
    "infinity": float("inf"),
    "not a number": float("nan"),
}


@pytest.mark.parametrize("moment", TIMES.values(), ids=TIMES)
@pytest.mark.parametrize("name", ["iat", "exp"])
def test_a_time_that_is_not_a_whole_second_of_the_calendar_is_refused(
    verifier: TokenVerifier, forge: Forge, name: str, moment: Any
) -> None:
    """RFC 7519 2: a moment is a number; ours is an integer."""
    assert refusal(verifier, forge.token(**{name: moment})).error == "invalid_token"


@pytest.mark.parametrize(("late", "accepted"), [(-1, True), (0, False), (1, False)])
def test_at_its_end_a_token_is_over(
    verifier: TokenVerifier, forge: Forge, late: int, accepted: bool
) -> None:
    """RFC 7519 4.1.4: on or after `exp` it must not be accepted; without any leeway."""
    now = NOW + timedelta(seconds=30 + late)
    if accepted:
        verifier.verify(f"Bearer {forge.token()}", SCOPE, now)
        return
    with pytest.raises(TokenRefused):
        verifier.verify(f"Bearer {forge.token()}", SCOPE, now)


@pytest.mark.parametrize(("early", "accepted"), [(-1, True), (0, True), (1, False), (60, False)])
def test_a_token_of_the_future_is_refused(
    verifier: TokenVerifier, forge: Forge, early: int, accepted: bool
) -> None:
    """RFC 7519 4.1.6."""
    token = forge.token(iat=ISSUED + early, exp=ISSUED + 30)
    if accepted:
        verifier.verify(f"Bearer {token}", SCOPE, NOW)
    else:
        assert refusal(verifier, token)


@pytest.mark.parametrize(
    ("life", "accepted"), [(59, True), (60, True), (61, False), (10**6, False)]
)
def test_a_token_lives_sixty_seconds_at_most(
    verifier: TokenVerifier, forge: Forge, life: int, accepted: bool
) -> None:
    """The contract: `exp` ≤ 60 s, whoever signed it."""
    token = forge.token(exp=ISSUED + life)
    if accepted:
        verifier.verify(f"Bearer {token}", SCOPE, NOW)
    else:
        assert refusal(verifier, token)


def test_a_token_that_ends_before_it_begins_is_refused(
    verifier: TokenVerifier, forge: Forge
) -> None:
    assert refusal(verifier, forge.token(iat=ISSUED, exp=ISSUED - 1))


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
        assert refusal(verifier, spelling)


@pytest.mark.parametrize("length", [4_097, 100_000, 5_000_000])
def test_a_huge_token_is_refused_before_it_is_read(
    verifier: TokenVerifier, forge: Forge, length: int
) -> None:
    """ASVS 2.2.1: also one that is well signed."""
    assert refusal(verifier, "A" * length).reason == "malformed"
    assert refusal(verifier, forge.token(note="x" * length)).reason == "malformed"


SCHEMES = {
    "nothing": None,
    "an empty header": "",
    "the scheme alone": "Bearer",
    "the scheme and a blank": "Bearer ",
    "no scheme": "{0}",
    "another scheme": "Basic {0}",
    "a scheme that begins alike": "BearerX {0}",
    "DPoP without a proof": "DPoP {0}",
    "a tab for a blank": "Bearer\t{0}",
    "two blanks": "Bearer  {0}",
    "quotes": 'Bearer "{0}"',
    "two credentials": "Bearer {0}, Bearer {0}",
}


@pytest.mark.parametrize("given_header", SCHEMES.values(), ids=SCHEMES)
def test_an_authorization_of_another_form_is_refused(
    verifier: TokenVerifier, forge: Forge, given_header: str | None
) -> None:
    """RFC 6750 2.1."""
    header = given_header and given_header.format(forge.token())
    with pytest.raises(TokenRefused) as refused:
        verifier.verify(header, SCOPE, NOW)
    assert refused.value.error == "invalid_token"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
NAMES = st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk", "x"])


@given(st.dictionaries(NAMES, JSON, max_size=5), st.booleans())
def test_no_header_is_an_error_or_opens_anything(
    verifier: TokenVerifier, forge: Forge, header: dict[str, Any], on_top: bool
) -> None:
    """ASVS 9.1.2: whatever the header says, a changed one is refused as a token."""
    given_header = {**forge.header, **header} if on_top else header
    if given_header != forge.header:
        assert refusal(verifier, forge.token(given_header))


@given(st.sampled_from(CLAIMS), JSON)
def test_no_claim_is_an_error(verifier: TokenVerifier, forge: Forge, name: str, value: Any) -> None:
    """Signed nonsense is refused or read as what it says."""
    with contextlib.suppress(TokenRefused):
        verifier.verify(f"Bearer {forge.token(**{name: value})}", SCOPE, NOW)


@given(st.text(max_size=300))
def test_no_authorization_header_is_an_error(verifier: TokenVerifier, text: str) -> None:
    for header in (text, f"Bearer {text}"):
        with pytest.raises(TokenRefused):
            verifier.verify(header, SCOPE, NOW)


@given(st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=80))
def test_no_three_parts_are_an_error(
    verifier: TokenVerifier, header: bytes, payload: bytes, signature: bytes
) -> None:
    token = ".".join(b64(part) for part in (header, payload, signature))
    with pytest.raises(TokenRefused):
        verifier.verify(f"Bearer {token}", SCOPE, NOW)
