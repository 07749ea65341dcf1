"""Proofs of possession, made and forged by hand (RFC 9449 section 4)."""

from __future__ import annotations

import contextlib
import json
import string
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from security.tokens.dpop import ProofKey, ProofRefused, check_proof, hash_of
from security.tokens.keys import generate_signing_key
from security.tokens.replay import ReplayCache
from tests.security.fakes import NOW
from tests.security.tokens.attacks import JSON
from tests.security.tokens.conftest import URL, Forge, b64, unb64

TOKEN = "aaaa.bbbb.cccc"
ISSUED = int(NOW.timestamp())


def _check(proof: str, **changed: Any) -> Any:
    asked = {"method": "GET", "url": URL, "token": TOKEN, "now": NOW, **changed}
    return check_proof(proof, **asked)


class Prover(Forge):
    """A holder whose proofs may say anything."""

    @property
    def jwk(self) -> dict[str, Any]:
        return {"kty": "OKP", "crv": "Ed25519", "x": b64(self.public_bytes)}

    @property
    def header(self) -> dict[str, Any]:
        return {"typ": "dpop+jwt", "alg": "Ed25519", "jwk": self.jwk}

    @property
    def claims(self) -> dict[str, Any]:
        said = {"jti": "proof-0001", "htm": "GET", "htu": URL, "iat": ISSUED}
        return {**said, "ath": hash_of(TOKEN)}


@pytest.fixture(scope="module")
def prover() -> Prover:
    return Prover(generate_signing_key())


def test_a_proof_made_by_hand_is_accepted(prover: Prover) -> None:
    """So that the forgeries below differ from a good one by what they say."""
    proof = _check(prover.token())
    assert proof.thumbprint == prover.key.thumbprint()
    assert proof.expires_at == NOW + timedelta(seconds=60)


def test_what_security_makes_holds_by_the_primitives_alone() -> None:
    """RFC 9449 4.2; RFC 8037."""
    key = ProofKey()
    head, payload, signature = key.prove("GET", URL, TOKEN, NOW).split(".")
    header, claims = json.loads(unb64(head)), json.loads(unb64(payload))
    assert set(header) == {"typ", "alg", "jwk"}
    assert set(header["jwk"]) == {"kty", "crv", "x"}
    public = Ed25519PublicKey.from_public_bytes(unb64(header["jwk"]["x"]))
    public.verify(unb64(signature), f"{head}.{payload}".encode())
    assert len(claims.pop("jti")) == 22
    assert claims == {"htm": "GET", "htu": URL, "iat": ISSUED, "ath": hash_of(TOKEN)}


def test_the_hash_of_a_token_is_that_of_the_standard() -> None:
    """RFC 9449 section 4.2's example, figure 6."""
    token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
    assert hash_of(token) == "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"


def _key_in_header(jwk: Any) -> Callable[[Prover], str]:
    return lambda p: p.token({**p.header, "jwk": jwk if not callable(jwk) else jwk(p)})


def _other_spelling(text: str) -> str:
    """Return other letters for the same bytes: those of the last one's bits that are dropped."""
    return next(
        text[:-1] + letter
        for letter in string.ascii_letters + string.digits
        if letter != text[-1] and unb64(text[:-1] + letter) == unb64(text)
    )


FORGERIES: dict[str, Callable[[Prover], str]] = {
    "the type of an access token": lambda p: p.token({**p.header, "typ": "at+jwt"}),
    "no type": lambda p: p.token({k: v for k, v in p.header.items() if k != "typ"}),
    "no algorithm": lambda p: p.token({**p.header, "alg": "none"}),
    "the older name of the algorithm": lambda p: p.token({**p.header, "alg": "EdDSA"}),
    "an algorithm of another kind": lambda p: p.token({**p.header, "alg": "ES256"}),
    "HMAC with the public key": lambda p: p.hmac_token("HS256", p.public_bytes),
    "no key": lambda p: p.token({k: v for k, v in p.header.items() if k != "jwk"}),
    "a key by name": lambda p: p.token({**p.header, "kid": "x"}),
    "the address of a key": lambda p: p.token({**p.header, "jku": "https://evil.example/"}),
    "a critical extension": lambda p: p.token({**p.header, "crit": ["exp"]}),
    "the private key too": _key_in_header(lambda p: {**p.jwk, "d": b64(bytes(32))}),
    "a shared secret": _key_in_header(OctKey.generate_key(256).as_dict(private=True)),
    "an RSA key": _key_in_header(RSAKey.generate_key(2048).as_dict(private=False)),
    "a P-256 key": _key_in_header(ECKey.generate_key("P-256").as_dict(private=False)),
    "an Ed448 key": _key_in_header(OKPKey.generate_key("Ed448").as_dict(private=False)),
    "another key": _key_in_header(lambda _: Prover(generate_signing_key()).jwk),
    "a key of zeros": _key_in_header(lambda p: {**p.jwk, "x": b64(bytes(32))}),
    "a key that is too long": _key_in_header(lambda p: {**p.jwk, "x": b64(bytes(33))}),
    "a key with padding": _key_in_header(lambda p: {**p.jwk, "x": p.jwk["x"] + "="}),
    "a key spelt otherwise": _key_in_header(lambda p: {**p.jwk, "x": _other_spelling(p.jwk["x"])}),
    "a key that is a list": _key_in_header([]),
    "a key that is text": _key_in_header("x"),
    "no id": lambda p: p.token(jti=None),
    "a short id": lambda p: p.token(jti="1234567"),
    "a huge id": lambda p: p.token(jti="x" * 129),
    "an id that is a number": lambda p: p.token(jti=12345678),
    "an id with a blank": lambda p: p.token(jti="proof 0001"),
    "no method": lambda p: p.token(htm=None),
    "a list of methods": lambda p: p.token(htm=["GET"]),
    "no address": lambda p: p.token(htu=None),
    "an address in capitals": lambda p: p.token(htu=URL.upper()),
    "a query": lambda p: p.token(htu=f"{URL}?x=1"),
    "a fragment": lambda p: p.token(htu=f"{URL}#x"),
    "no hash": lambda p: p.token(ath=None),
    "an empty hash": lambda p: p.token(ath=""),
    "a hash with padding": lambda p: p.token(ath=hash_of(TOKEN) + "="),
    "a hash with letters that are none": lambda p: p.token(ath="é"),
    "a hash that is a list": lambda p: p.token(ath=[hash_of(TOKEN)]),
    "no time": lambda p: p.token(iat=None),
    "a time that is text": lambda p: p.token(iat=str(ISSUED)),
    "a time that is true": lambda p: p.token(iat=True),
    "a fraction": lambda p: p.token(iat=ISSUED + 0.5),
    "a time beyond the calendar": lambda p: p.token(iat=10**30),
    "a signature of zeros": lambda p: p.token().rpartition(".")[0] + "." + b64(bytes(64)),
    "padding": lambda p: p.token() + "==",
    "a name twice": lambda p: p.raw(
        json.dumps(p.header).encode(),
        b'{"htm":"POST",' + json.dumps(p.claims).encode()[1:],
    ),
    "too long": lambda p: p.token(note="x" * 9_000),
    "nothing": lambda _: "",
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_proof_is_refused(prover: Prover, forgery: Callable[[Prover], str]) -> None:
    """RFC 9449 4.3 ★."""
    with pytest.raises(ProofRefused):
        _check(forgery(prover))


@pytest.mark.parametrize(
    ("age", "accepted"),
    [(-6, False), (-5, True), (-4, True), (0, True), (59, True), (60, False), (61, False)],
)
def test_a_proof_is_good_for_a_minute(prover: Prover, age: int, accepted: bool) -> None:
    """RFC 9449 11.1: a clock that is five seconds ahead is forgiven."""
    proof = prover.token(iat=ISSUED - age)
    if accepted:
        assert _check(proof).expires_at == NOW + timedelta(seconds=60 - age)
    else:
        with pytest.raises(ProofRefused):
            _check(proof)


def test_where_a_token_is_only_asked_for_there_is_no_hash(prover: Prover) -> None:
    """RFC 9449 5."""
    claims = {name: value for name, value in prover.claims.items() if name != "ath"}
    assert _check(prover.token(claims=claims), token=None)
    with pytest.raises(ProofRefused, match=r"^proof for a token where there is none$"):
        _check(prover.token(), token=None)


def test_a_key_for_proofs_does_not_show_itself() -> None:
    """ASVS 16.2.5."""
    key = ProofKey()
    assert str(key._key.as_dict(private=True)["d"]) not in repr(key)


@given(st.sampled_from(["jti", "htm", "htu", "iat", "ath"]), JSON)
def test_no_claim_of_a_proof_is_an_error(prover: Prover, name: str, value: Any) -> None:
    with contextlib.suppress(ProofRefused):
        _check(prover.token(**{name: value}))


def _later(seconds: int) -> Any:
    return NOW + timedelta(seconds=seconds)


def test_an_id_is_used_once_until_it_ends() -> None:
    cache = ReplayCache()
    assert cache.is_first_use("a", _later(60), NOW)
    assert not cache.is_first_use("a", _later(60), _later(59))
    assert cache.is_first_use("a", _later(120), _later(60))


def test_a_full_cache_refuses_and_forgets_only_what_has_ended() -> None:
    """ASVS 16.5.3: bounded in size and time, and closed when it is full."""
    cache = ReplayCache(most=2)
    assert cache.is_first_use("a", _later(10), NOW)
    assert cache.is_first_use("b", _later(20), NOW)
    assert not cache.is_first_use("c", _later(20), _later(9))
    assert not cache.is_first_use("a", _later(20), _later(9))
    assert cache.is_first_use("c", _later(20), _later(10))
    assert len(cache) == 2


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 90)), max_size=60))
def test_no_order_of_uses_lets_an_id_in_twice(uses: list[tuple[int, int]]) -> None:
    """Against a model that forgets nothing; a proof ends at most 65 s after its use."""
    cache, ends, now = ReplayCache(most=1_000), dict[str, Any](), NOW
    for which, step in uses:
        now += timedelta(seconds=step)
        name, end = f"id-{which}", now + timedelta(seconds=60)
        if cache.is_first_use(name, end, now):
            assert ends.get(name, now) <= now
            ends[name] = end
