"""What proves something, as it travels from the gateway to security."""

from __future__ import annotations

from typing import Any

from security.passkey_json import Code, ShownPasskey
from security.push_json import Answered, ShownDevice

Proof = Code | ShownPasskey | ShownDevice | Answered
"""A code, a passkey, a browser that becomes a device, or the claim that one has approved."""


def plain(proof: Proof) -> str | dict[str, Any]:
    """Return a proof as it travels: the code itself, or the JSON of the rest."""
    return proof if isinstance(proof, str) else proof.told()
