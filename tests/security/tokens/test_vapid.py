"""Our key for push services: read from its file, shown by its public half alone."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from security.tokens.vapid import PushKey, load_push_key


def test_a_key_is_kept_and_read_again(tmp_path: Path) -> None:
    key = PushKey()
    (tmp_path / "vapid.pem").write_bytes(key.pem())
    again = load_push_key(tmp_path / "vapid.pem")
    assert again.public == key.public
    assert again.pem() == key.pem()
    assert PushKey().public != key.public


def test_its_public_half_is_what_browsers_subscribe_with() -> None:
    """RFC 8292 section 3.2: the uncompressed point, base64url without filling."""
    key = PushKey()
    point = base64.urlsafe_b64decode(key.public + "=")
    raw = key.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    assert point == raw
    assert (len(point), point[0]) == (65, 4)


def test_attack_nothing_private_shows() -> None:
    """ASVS 13.3.1."""
    key = PushKey()
    assert repr(key) == f"PushKey(public={key.public!r})"


@pytest.mark.parametrize(
    "private",
    [ec.generate_private_key(ec.SECP384R1()), ed25519.Ed25519PrivateKey.generate()],
    ids=["P-384", "Ed25519"],
)
def test_a_key_of_another_kind_is_refused(
    tmp_path: Path, private: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
) -> None:
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "vapid.pem").write_bytes(pem)
    with pytest.raises(ValueError, match=r"^keys/vapid\.pem is no key of P-256$"):
        load_push_key(tmp_path / "vapid.pem")
