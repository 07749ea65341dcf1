"""What a device of a person's sends and gets: a browser that was enrolled for pushes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from security.frozen import Frozen, Reference
from security.passkey_json import Told

_B64 = r"^[A-Za-z0-9_-]+$"
Key = Annotated[str, Field(min_length=87, max_length=87, pattern=_B64)]
"""A point of P-256, uncompressed (SEC 1, section 2.3.3), in base64url: 65 bytes."""
Signature = Annotated[str, Field(min_length=86, max_length=86, pattern=_B64, repr=False)]
"""ECDSA with SHA-256 as WebCrypto makes it: r and s, 64 bytes, in base64url."""
Number = Annotated[str, Field(pattern=r"^[1-9][0-9]$")]
Decision = Literal["approve", "refuse"]


class SubscriptionKeys(Told):
    """What a message to this subscription is encrypted for (RFC 8291)."""

    p256dh: Key
    auth: Annotated[str, Field(min_length=22, max_length=22, pattern=_B64, repr=False)]


class Subscription(Told):
    """`PushSubscription.toJSON()`: where a push goes."""

    endpoint: Annotated[str, Field(min_length=1, max_length=2_048, repr=False)]
    keys: SubscriptionKeys


class ShownDevice(Told):
    """A browser that becomes a device: its own key, and that it has it.

    Without a `subscription` nothing can be sent to it: it asks by itself for what waits.
    """

    type: Literal["push-device"]
    key: Key
    signature: Signature
    subscription: Subscription | None = None

    def told(self) -> dict[str, Any]:
        """Return the JSON again."""
        return self.model_dump(exclude_none=True)


class Answered(Told):
    """The claim that a device has approved: the server knows whether it has."""

    type: Literal["push"]

    def told(self) -> dict[str, Any]:
        """Return the JSON again."""
        return {"type": self.type}


class PushOffer(Frozen):
    """What a browser needs to become a device.

    `server_key` is ours for its push service (RFC 8292), `challenge` is what its own key signs,
    `name` what its person calls it.
    """

    server_key: str
    challenge: str
    name: str


class WaitingPush(Frozen):
    """What waits for a device: exactly what is approved. `challenge` is signed with the answer."""

    id: str
    binding: str
    details: list[list[str]]
    challenge: str
    tenant: str
    expires_in: int
    attempts_left: int


class PushSettled(Frozen):
    """What a device's answer came to."""

    status: Literal["approved", "refused"]


class AskWaiting(Frozen):
    """A device asks for what waits for it. `at`: seconds since 1970, signed."""

    key: Key
    at: Annotated[str, Field(pattern=r"^[0-9]{1,11}$")]
    signature: Signature


class DeviceAnswer(Frozen):
    """What a device answers: approved with the number of the other screen, or "not me"."""

    key: Key
    decision: Decision
    number: Annotated[Number | None, Field(repr=False)] = None
    signature: Signature


class AnswerPush(DeviceAnswer):
    """A device's answer to one push."""

    push_id: Reference
