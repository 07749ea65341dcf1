"""Chromium's own authenticator in software: it holds passkeys, as a laptop's does."""

from __future__ import annotations

import base64
import hashlib
import ssl
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import CDPSession, Page

_OPTIONS = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class VirtualAuthenticator:
    """The authenticator of one page; its owner confirms at once, unless told otherwise."""

    def __init__(self, page: Page, **options: Any) -> None:
        self._cdp: CDPSession = page.context.new_cdp_session(page)
        self._cdp.send("WebAuthn.enable", {"enableUI": False})
        added = self._cdp.send(
            "WebAuthn.addVirtualAuthenticator", {"options": {**_OPTIONS, **options}}
        )
        self._id = {"authenticatorId": added["authenticatorId"]}

    def verifies(self, on: bool) -> None:
        """Let the owner be recognised, or not."""
        self._cdp.send("WebAuthn.setUserVerified", {**self._id, "isUserVerified": on})

    def is_touched(self, on: bool) -> None:
        """Let the owner touch it at once when it asks, or leave it asking."""
        self._cdp.send("WebAuthn.setAutomaticPresenceSimulation", {**self._id, "enabled": on})

    def passkeys(self) -> list[dict[str, Any]]:
        """Return what it holds."""
        found: list[dict[str, Any]] = self._cdp.send("WebAuthn.getCredentials", self._id)[
            "credentials"
        ]
        return found


def trusting(address: str) -> list[str]:
    """Return the options of a Chromium that trusts the certificate of this address.

    By its public key alone: Chromium knows no passkeys where a certificate is only overlooked.
    """
    parts = urlsplit(address)
    pem = ssl.get_server_certificate((parts.hostname or "", parts.port or 443))
    return [f"--ignore-certificate-errors-spki-list={spki_digest(pem.encode())}"]


def spki_digest(certificate: bytes) -> str:
    """Return the SHA-256 of a certificate's public key in base64 (RFC 7469, section 2.4)."""
    key = x509.load_pem_x509_certificate(certificate).public_key()
    encoded = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(encoded).digest()).decode()
