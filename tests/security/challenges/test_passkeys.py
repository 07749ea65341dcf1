"""What a passkey proves, and everything that it does not (WebAuthn sections 7.1 and 7.2)."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from security.challenges.passkeys import (
    MOST_OF_AN_ID,
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
from tests.security.challenges.test_plain_cbor import growing
from tests.support.authenticator import PRESENT, VERIFIED, Bent, SoftAuthenticator, b64, cose_of

SITE = site_of("https://localhost:8443")
CHALLENGE, OTHER = b"c" * 32, b"o" * 32
ALICE = Owner(b"h" * 32, "alice", "Alice Moreau")
NOT_OURS = {
    "another site's page": Bent(origin="https://gatehouse.example"),
    "our name on another port": Bent(origin="https://localhost:9443"),
    "our name without TLS": Bent(origin="http://localhost:8443"),
    "another site's key": Bent(rp_id="gatehouse.example"),
    "another challenge": Bent(challenge=OTHER),
    "nobody verified": Bent(flags=PRESENT),
    "nobody there": Bent(flags=VERIFIED),
    "in a frame of another site": Bent(cross_origin=True),
    "under the page of another site": Bent(top_origin="https://gatehouse.example"),
}


def _options() -> dict[str, Any]:
    return creation_options(SITE, "Gatehouse", CHALLENGE, ALICE, [], 300)


def _asked(*passkeys: Passkey) -> dict[str, Any]:
    return request_options(SITE, CHALLENGE, passkeys, 300)


@pytest.fixture
def device() -> SoftAuthenticator:
    return SoftAuthenticator(SITE.origin)


@pytest.fixture
def passkey(device: SoftAuthenticator) -> Passkey:
    return made(SITE, CHALLENGE, device.make(_options()))[0]


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Chat.Bank.example:443/", "https://chat.bank.example"),
        ("https://someone@chat.bank.example:8443", "https://chat.bank.example:8443"),
    ],
)
def test_the_origin_is_written_as_a_browser_tells_it(url: str, origin: str) -> None:
    """RFC 6454, section 6: small letters, no port that goes without saying, nobody's name."""
    assert site_of(url).origin == origin


def test_who_asks_is_the_host_of_the_public_address() -> None:
    assert (SITE.id, SITE.origin) == ("localhost", "https://localhost:8443")
    assert site_of("https://chat.bank.example/").id == "chat.bank.example"
    assert site_of("https://chat.bank.example/").origin == "https://chat.bank.example"


def test_what_a_browser_is_asked_to_make(passkey: Passkey) -> None:
    """Discoverable, verified, none where one is already; nothing of the person but their names."""
    options = creation_options(SITE, "Gatehouse", CHALLENGE, ALICE, [passkey], 300)
    assert options["rp"] == {"id": "localhost", "name": "Gatehouse"}
    assert options["user"]["id"] == b64(b"h" * 32)
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["attestation"] == "none"
    assert [one["id"] for one in options["excludeCredentials"]] == [b64(passkey.id)]
    assert [one["alg"] for one in options["pubKeyCredParams"]] == [-7, -257]
    assert options["timeout"] == 300_000


def test_what_a_browser_is_asked_to_show(passkey: Passkey) -> None:
    options = _asked(passkey)
    assert (options["rpId"], options["userVerification"]) == ("localhost", "required")
    assert [one["id"] for one in options["allowCredentials"]] == [b64(passkey.id)]
    assert options["allowCredentials"][0]["transports"] == ["internal"]
    assert _asked()["allowCredentials"] == []


def test_one_that_was_made_can_be_shown(device: SoftAuthenticator, passkey: Passkey) -> None:
    assert matched(SITE, CHALLENGE, passkey, 0, device.show(_asked(passkey))) == 1


@pytest.mark.parametrize("bent", NOT_OURS.values(), ids=NOT_OURS)
def test_attack_a_passkey_shown_elsewhere_or_otherwise(
    device: SoftAuthenticator, passkey: Passkey, bent: Bent
) -> None:
    """WebAuthn 7.2: wrong origin, rpId, challenge, and a missing verification are refused."""
    with pytest.raises(NotRight):
        matched(SITE, CHALLENGE, passkey, 0, device.show(_asked(passkey), bent))


@pytest.mark.parametrize("bent", NOT_OURS.values(), ids=NOT_OURS)
def test_attack_a_passkey_made_elsewhere_or_otherwise(
    device: SoftAuthenticator, bent: Bent
) -> None:
    """WebAuthn 7.1: the same of one that is to be kept."""
    if bent.flags is not None:
        bent = Bent(flags=bent.flags | 0x40)
    with pytest.raises(NotRight):
        made(SITE, CHALLENGE, device.make(_options(), bent))


def test_attack_what_was_made_is_shown_as_a_proof(
    device: SoftAuthenticator, passkey: Passkey
) -> None:
    """WebAuthn 7.2: the two ceremonies are not one another."""
    with pytest.raises(NotRight):
        matched(SITE, CHALLENGE, passkey, 0, device.make(_options()))
    with pytest.raises(NotRight):
        matched(SITE, CHALLENGE, passkey, 0, device.show(_asked(), Bent(kind="webauthn.create")))
    with pytest.raises(NotRight):
        made(SITE, CHALLENGE, device.show(_asked(passkey)))


@pytest.mark.parametrize(("kept", "told", "right"), [(4, 5, True), (5, 5, False), (6, 5, False)])
def test_attack_a_copy_of_a_passkey(
    device: SoftAuthenticator, passkey: Passkey, kept: int, told: int, right: bool
) -> None:
    """WebAuthn 7.2: a counter that does not grow is a copy's."""
    device.count = told - 1
    shown = device.show(_asked(passkey))
    if right:
        assert matched(SITE, CHALLENGE, passkey, kept, shown) == told
        return
    with pytest.raises(NotRight):
        matched(SITE, CHALLENGE, passkey, kept, shown)


RSA = cose_of(rsa.generate_private_key(65537, 1024))


@pytest.mark.parametrize(
    "key",
    [
        {1: 2, 3: -7, -1: 1, -2: "x", -3: "y"},
        {1: 2, 3: -7, -1: 1, -2: b"\x01" * 32, -3: b"\x01" * 32},
        {1: 2, 3: -7, -1: 2, -2: b"\x01" * 48, -3: b"\x01" * 48},
        {1: 3, 3: -257, -1: b"\x00" * 256, -2: b"\x01\x00\x01"},
        RSA,
        {**RSA, 3: -7},
        {1: 1, 3: -8, -1: 6, -2: bytes(32)},
    ],
)
def test_attack_a_key_that_is_none(device: SoftAuthenticator, key: dict[int, Any]) -> None:
    """It would count as a strong factor: its person could remove the others, and be locked out."""
    device.cose = key
    with pytest.raises(NotRight):
        made(SITE, CHALLENGE, device.make(_options()))


@pytest.mark.parametrize(("bits", "taken"), [(2048, True), (4096, True), (1024, False)])
def test_how_long_a_key_of_rsa_is(device: SoftAuthenticator, bits: int, taken: bool) -> None:
    device.cose = cose_of(rsa.generate_private_key(65537, bits))
    if taken:
        assert made(SITE, CHALLENGE, device.make(_options()))[0].id == device.id
        return
    with pytest.raises(NotRight):
        made(SITE, CHALLENGE, device.make(_options()))


def test_attack_bytes_that_grow_when_they_are_read(
    device: SoftAuthenticator, passkey: Passkey
) -> None:
    """CWE-776: before any signature is looked at; in the proof, and in what is made."""
    device.extensions = growing(60)
    with pytest.raises(NotRight, match="plain"):
        matched(SITE, CHALLENGE, passkey, 0, device.show(_asked(passkey)))
    with pytest.raises(NotRight, match="plain"):
        made(SITE, CHALLENGE, device.make(_options()))


@pytest.mark.parametrize("form", ["tpm", "android-key", "android-safetynet", "apple", "fido-u2f"])
def test_an_attestation_that_was_not_asked_for_is_not_read(
    device: SoftAuthenticator, form: str
) -> None:
    device.form = form
    with pytest.raises(NotRight, match="asked for"):
        made(SITE, CHALLENGE, device.make(_options()))


def test_an_authenticator_that_does_not_count_is_none(passkey: Passkey) -> None:
    """WebAuthn 6.1.1: passkeys that are kept in step by a cloud say 0 for ever."""
    device = SoftAuthenticator(SITE.origin, counts=False)
    kept, count = made(SITE, CHALLENGE, device.make(_options()))
    assert count == 0
    assert matched(SITE, CHALLENGE, kept, 0, device.show(_asked(kept))) == 0


def test_attack_another_key_under_the_same_id(device: SoftAuthenticator, passkey: Passkey) -> None:
    other = SoftAuthenticator(SITE.origin, id=device.id)
    with pytest.raises(NotRight):
        matched(SITE, CHALLENGE, passkey, 0, other.show(_asked(passkey)))
    with pytest.raises(NotRight):
        matched(SITE, CHALLENGE, passkey, 0, device.show(_asked(passkey), Bent(signature=b"x")))


def test_an_id_is_read_as_it_is_written_and_in_no_other_way() -> None:
    assert claimed_id({"id": b64(b"x" * MOST_OF_AN_ID)}) == b"x" * MOST_OF_AN_ID
    assert claimed_id({"id": b64(b"x" * (MOST_OF_AN_ID + 2))}) is None
    for odd in (None, 7, "", "a=", "YQ==", "YR", "ä"):
        assert claimed_id({"id": odd}) in (None, b"")
    assert claimed_handle({"response": {"userHandle": b64(b"h")}}) == b"h"
    assert claimed_handle({"response": {}}) is None
    assert claimed_handle({}) is None


_ODD = st.sampled_from([None, True, 7, "", "ä", [], {}, ["usb"], "public-key"])
_PART = _ODD | st.binary(max_size=64).map(b64)
_PARTS = ("clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle")
_RESPONSE = st.dictionaries(st.sampled_from((*_PARTS, "transports")), _PART)


@given(
    shown=st.dictionaries(st.sampled_from(("id", "rawId", "type")), _PART),
    response=_RESPONSE | _ODD,
    client=st.sampled_from([b"{}", b"[]", b'{"type":"webauthn.get","challenge":"","origin":""}']),
)
def test_attack_anything_at_all_proves_nothing_and_breaks_nothing(
    shown: dict[str, Any], response: Any, client: bytes
) -> None:
    """ASVS 2.2.1: whatever a client sends is refused, and in one way."""
    if isinstance(response, dict):
        response = {"clientDataJSON": b64(client), **response}
    shown = {**shown, "response": response}
    passkey = Passkey(b"i", b"k")
    with pytest.raises(NotRight):
        matched(SITE, CHALLENGE, passkey, 0, shown)
    with pytest.raises(NotRight):
        made(SITE, CHALLENGE, shown)
    claimed_id(shown)
    claimed_handle(shown)
