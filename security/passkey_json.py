"""What a browser shows of a passkey: `PublicKeyCredential.toJSON()` (WebAuthn section 5.1)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Code = Annotated[str, Field(max_length=64)]
Bytes = Annotated[str, Field(max_length=8_192, pattern=r"^[A-Za-z0-9_-]*$")]
Id = Annotated[str, Field(min_length=1, max_length=1_365, pattern=r"^[A-Za-z0-9_-]+$")]
Way = Annotated[str, Field(max_length=32, pattern=r"^[a-z-]+$")]


class Told(BaseModel):
    """Part of what a browser tells. Browsers tell more from year to year: the rest is dropped."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class ShownResponse(Told):
    """What the authenticator said, each part in base64url.

    `attestationObject` is there where a passkey was made, the three after it where one was shown.
    """

    client_data: Bytes = Field(alias="clientDataJSON")
    attestation: Bytes | None = Field(default=None, alias="attestationObject")
    transports: Annotated[list[Way], Field(max_length=10)] | None = None
    data: Bytes | None = Field(default=None, alias="authenticatorData")
    signature: Bytes | None = None
    handle: Bytes | None = Field(default=None, alias="userHandle")


class ShownPasskey(Told):
    """A passkey that was made, or shown: its id, and what proves it."""

    id: Id
    raw_id: Id = Field(alias="rawId")
    type: Literal["public-key"]
    response: ShownResponse

    def told(self) -> dict[str, Any]:
        """Return the JSON again, by the names of the specification."""
        return self.model_dump(by_alias=True, exclude_none=True)
