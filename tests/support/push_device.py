"""A browser that confirms pushes, made of keys: it signs, subscribes, and reads what is sent.

What it reads it decrypts by itself (RFC 8188 and 8291, over `cryptography` alone), so that it
shares no code with what encrypts.
"""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass, field
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from security.push_json import AnswerPush, AskWaiting, PushOffer, ShownDevice, WaitingPush

ENDPOINT = "https://fcm.googleapis.com/fcm/send/abc:123"


def b64(raw: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Read base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a public key as browsers tell it."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _new() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def decrypted(body: bytes, receiver: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """Open one `aes128gcm` message of a single record (RFC 8188, section 2; RFC 8291)."""
    salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
    sender, record = body[21 : 21 + length], body[21 + length :]
    assert len(record) <= size
    shared = receiver.exchange(
        ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
    )
    info = b"WebPush: info\x00" + point(receiver) + sender
    ikm = HKDF(algorithm=SHA256(), length=32, salt=auth, info=info).derive(shared)

    def derived(name: bytes, size: int) -> bytes:
        what = b"Content-Encoding: " + name + b"\x00"
        return HKDF(algorithm=SHA256(), length=size, salt=salt, info=what).derive(ikm)

    plain = AESGCM(derived(b"aes128gcm", 16)).decrypt(derived(b"nonce", 12), record, None)
    return plain.rstrip(b"\x00").removesuffix(b"\x02")


@dataclass
class SoftDevice:
    """One browser. `endpoint` is where it is reached; None where nothing reaches it."""

    endpoint: str | None = ENDPOINT
    own: ec.EllipticCurvePrivateKey = field(default_factory=_new)
    receiver: ec.EllipticCurvePrivateKey = field(default_factory=_new)
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def key(self) -> str:
        """Its public key."""
        return b64(point(self.own))

    def sign(self, *lines: str) -> str:
        """Sign lines as WebCrypto does: r and s side by side."""
        der = self.own.sign("\n".join(lines).encode(), ec.ECDSA(SHA256()))
        r, s = decode_dss_signature(der)
        return b64(r.to_bytes(32, "big") + s.to_bytes(32, "big"))

    def subscription(self) -> dict[str, Any] | None:
        """Return what `PushSubscription.toJSON()` tells."""
        if self.endpoint is None:
            return None
        keys = {"p256dh": b64(point(self.receiver)), "auth": b64(self.auth)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    def enrol(self, offer: PushOffer, **changed: Any) -> ShownDevice:
        """Show its key for a change; `changed` is what is sent otherwise than signed."""
        to = self.subscription()
        said = (to["endpoint"], *to["keys"].values()) if to else ("", "", "")
        told = {
            "type": "push-device",
            "key": self.key,
            "signature": self.sign("gatehouse-push-enrol-1", offer.challenge, *said),
            "subscription": to,
        }
        return ShownDevice.model_validate({**told, **changed})

    def asks(self, at: float) -> AskWaiting:
        """Ask what waits, at this moment."""
        signature = self.sign("gatehouse-push-waiting-1", str(int(at)))
        return AskWaiting(key=self.key, at=str(int(at)), signature=signature)

    def answers(
        self, push: WaitingPush, number: str | None, decision: str = "approve", **changed: Any
    ) -> AnswerPush:
        """Answer what it shows; `changed` is what is sent otherwise than signed."""
        parts = [push.binding, *(part for detail in push.details for part in detail)]
        encoded = [part.encode() for part in parts]
        whole = b"".join(str(len(each)).encode() + b":" + each for each in encoded)
        lines = (push.id, push.challenge, hashlib.sha256(whole).hexdigest(), decision, number or "")
        told = {
            "push_id": push.id,
            "key": self.key,
            "decision": decision,
            "number": number,
            "signature": self.sign("gatehouse-push-answer-1", *lines),
        }
        return AnswerPush.model_validate({**told, **changed})

    def read(self, body: bytes) -> dict[str, Any]:
        """Decrypt what a push service has brought."""
        told: dict[str, Any] = orjson.loads(decrypted(body, self.receiver, self.auth))
        return told
