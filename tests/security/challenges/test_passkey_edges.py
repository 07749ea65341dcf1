"""Passkeys at the edges: all that is asked for, the longest id, and whose counter it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from security.challenges.passkeys import (
    MOST_OF_AN_ID,
    CounterBehind,
    NotRight,
    Owner,
    Passkey,
    claimed_handle,
    claimed_id,
    creation_options,
    made,
    matched,
    request_options,
    site_of,
)
from tests.support.authenticator import Bent, SoftAuthenticator, b64, cose_of

SITE = site_of("https://localhost:8443")
CHALLENGE = b"c" * 32
OWNER = Owner(b"h" * 32, "alice", "Alice Moreau")
MAKE = creation_options(SITE, "Gatehouse", CHALLENGE, OWNER, [], 300)


@pytest.fixture
def device() -> SoftAuthenticator:
    return SoftAuthenticator(SITE.origin)


def _kept(device: SoftAuthenticator) -> Passkey:
    return made(SITE, CHALLENGE, device.make(MAKE))[0]


def _shown(device: SoftAuthenticator, bent: Bent | None = None) -> dict[str, Any]:
    return device.show(request_options(SITE, CHALLENGE, [], 300), bent)


def test_the_whole_of_what_a_browser_is_asked_to_make() -> None:
    there = [Passkey(b"a", b"", ("usb", "pigeon", "nfc")), Passkey(b"b", b"")]
    options = creation_options(SITE, "Gatehouse", CHALLENGE, OWNER, there, 300)
    assert options["challenge"] == b64(CHALLENGE)
    assert options["user"] == {"id": b64(b"h" * 32), "name": "alice", "displayName": "Alice Moreau"}
    assert options["excludeCredentials"] == [
        {"id": b64(b"a"), "type": "public-key", "transports": ["usb", "nfc"]},
        {"id": b64(b"b"), "type": "public-key"},
    ]


def test_the_whole_of_what_a_browser_is_asked_to_show() -> None:
    assert request_options(SITE, CHALLENGE, [Passkey(b"a", b"", ("usb",))], 120) == {
        "challenge": b64(CHALLENGE),
        "timeout": 120_000,
        "rpId": "localhost",
        "allowCredentials": [{"id": b64(b"a"), "type": "public-key", "transports": ["usb"]}],
        "userVerification": "required",
    }


@pytest.mark.parametrize(("length", "taken"), [(1, True), (1_023, True), (1_024, False)])
def test_how_long_an_id_may_be(device: SoftAuthenticator, length: int, taken: bool) -> None:
    """WebAuthn section 4."""
    device.id = b"i" * length
    if taken:
        assert _kept(device).id == device.id
        assert matched(SITE, CHALLENGE, _kept(device), 0, _shown(device)) == 1
    else:
        with pytest.raises(NotRight, match="too long"):
            _kept(device)


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (["usb", "internal", "pigeon", "usb"], ("usb", "internal")),
        ([], ()),
        (None, ()),
    ],
)
def test_only_ways_that_are_known_are_kept(device: SoftAuthenticator, told: Any, kept: Any) -> None:
    shown = device.make(MAKE)
    shown["response"]["transports"] = told
    assert sorted(made(SITE, CHALLENGE, shown)[0].transports) == sorted(kept)
    del shown["response"]["transports"]
    passkey, count = made(SITE, CHALLENGE, shown)
    assert (passkey.transports, count) == ((), 0)


@pytest.mark.parametrize(("kept", "told"), [(1, 0), (5, 5), (6, 5), (5, 1)])
def test_attack_a_copy_is_told_apart_from_what_proves_nothing(
    device: SoftAuthenticator, kept: int, told: int
) -> None:
    """WebAuthn 7.2: only a right signature with an old counter tells of a second device."""
    passkey = _kept(device)
    device.count, device.counts = told - 1, told > 0
    with pytest.raises(CounterBehind):
        matched(SITE, CHALLENGE, passkey, kept, _shown(device))
    device.count = told - 1
    with pytest.raises(NotRight) as refused:
        matched(SITE, CHALLENGE, passkey, kept, _shown(device, Bent(challenge=b"o" * 32)))
    assert not isinstance(refused.value, CounterBehind)


def test_attack_the_id_of_another_passkey(device: SoftAuthenticator) -> None:
    """The signature is right, but another passkey was asked for."""
    other = replace(_kept(device), id=b"another")
    with pytest.raises(NotRight, match="another credential"):
        matched(SITE, CHALLENGE, other, 0, _shown(device))


@pytest.mark.parametrize("exponent", [3, 65_537])
def test_attack_a_key_of_rsa_with_a_small_exponent(
    device: SoftAuthenticator, exponent: int
) -> None:
    device.cose = cose_of(rsa.generate_private_key(exponent, 2_048))
    if exponent == 65_537:
        assert _kept(device).id == device.id
    else:
        with pytest.raises(NotRight, match="kind"):
            _kept(device)


def test_attack_a_key_on_another_curve_than_it_says(device: SoftAuthenticator) -> None:
    """A right point of P-384 as a key of ES256: no signature of it would ever be right."""
    point = ec.generate_private_key(ec.SECP384R1()).public_key().public_numbers()
    device.cose = {1: 2, 3: -7, -1: 2, -2: point.x.to_bytes(48), -3: point.y.to_bytes(48)}
    with pytest.raises(NotRight, match="no key of the kind"):
        _kept(device)


def test_the_longest_id_that_is_looked_up_has_no_letter_more() -> None:
    """1023 bytes are 1364 letters; what is longer is not even read."""
    longest = b64(b"i" * MOST_OF_AN_ID)
    assert len(longest) == 1_364
    assert claimed_id({"id": longest}) == b"i" * MOST_OF_AN_ID
    assert claimed_id({"id": b64(b"i" * (MOST_OF_AN_ID + 1))}) is None
    assert claimed_id({}) is None
    assert claimed_id({"id": b64(b"i")}) == b"i"


@pytest.mark.parametrize(
    "shown",
    [
        {},
        {"response": None},
        {"response": "userHandle"},
        {"response": {"userHandle": None}},
        {"response": {"userHandle": 7}},
        {"response": {"userHandle": "a"}},
        {"userHandle": b64(b"h")},
    ],
)
def test_who_does_not_say_whose_passkey_it_is_says_nothing(shown: Any) -> None:
    assert claimed_handle(shown) is None
