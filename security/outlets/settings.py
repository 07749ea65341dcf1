"""Where the trail goes beside the database: `GATEHOUSE_OUT_*`, nowhere unless told.

Pure rules over settings. What does not hold is a `ValueError` of one line that names the variable.
"""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from security.reach import AllowedHosts, Network, Reach, ip_of, may_ask, meant_by

SECRET = "out-webhook-secret"
"""The name under which the webhook's secret comes by descriptor."""
_SYSLOG = "GATEHOUSE_OUT_SYSLOG_URL is not right: tls://host:6514"
_WEBHOOK = "GATEHOUSE_OUT_WEBHOOK_URL is not right: https://host[:port][/path]"


class OutletSettings(BaseSettings):
    """What may be set of the outlets."""

    model_config = SettingsConfigDict(env_prefix="GATEHOUSE_OUT_", extra="ignore", frozen=True)

    files: bool = False
    """JSONL files in `audit/out/` of the home."""
    files_megabytes: int = Field(64, ge=1, le=10_000)
    files_kept: int = Field(20, ge=1, le=1_000)
    syslog_url: str | None = None
    syslog_ca_file: Path | None = None
    syslog_client_cert_file: Path | None = None
    syslog_client_key_file: Path | None = None
    webhook_url: str | None = None
    webhook_ca_file: Path | None = None
    private_networks: Annotated[tuple[Network, ...], NoDecode] = ()
    """Networks with addresses that are not public, which an outlet may be in."""
    development_loopback: bool = False
    """This machine may be an outlet, the webhook in the clear as well: in demo mode alone."""

    @field_validator("private_networks", mode="before")
    @classmethod
    def _are_networks(cls, text: object) -> object:
        if not isinstance(text, str):
            return text
        return tuple(ipaddress.ip_network(one.strip()) for one in text.split(",") if one.strip())

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        if self.syslog_url is not None:
            self.syslog_address  # noqa: B018 - raises where it is none.
        if self.webhook_url is not None and not may_ask(
            self.webhook_url, self.webhook_hosts, self.reach
        ):
            raise ValueError(_WEBHOOK)
        if (self.syslog_client_cert_file is None) != (self.syslog_client_key_file is None):
            raise ValueError("GATEHOUSE_OUT_SYSLOG_CLIENT_CERT_FILE and _KEY_FILE need each other")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The outlets that are set."""
        set_ = {"files": self.files, "syslog": self.syslog_url, "webhook": self.webhook_url}
        return tuple(name for name, value in set_.items() if value)

    @property
    def reach(self) -> Reach:
        """Which addresses an outlet may have."""
        return Reach(self.private_networks, self.development_loopback)

    @property
    def syslog_address(self) -> tuple[str, int]:
        """Host and port of the receiver. Raises `ValueError`."""
        try:
            parts = urlsplit(self.syslog_url or "")
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise ValueError(_SYSLOG) from None
        plain = f"tls://{parts.netloc}"
        if not host or port is None or "@" in parts.netloc or self.syslog_url != plain:
            raise ValueError(_SYSLOG)
        ip = ip_of(host)
        if ip is not None and not self.reach.permits(meant_by(ip)):
            raise ValueError("GATEHOUSE_OUT_SYSLOG_URL leads to an address that is not allowed")
        return host, port

    @property
    def webhook_hosts(self) -> AllowedHosts:
        """The one host that the webhook's client may ask."""
        try:
            parts = urlsplit(self.webhook_url or "")
            return AllowedHosts(frozenset({f"{parts.hostname}:{parts.port or 443}"}))
        except ValueError:
            return AllowedHosts()


def load_outlets(mode: Literal["demo", "production"]) -> OutletSettings:
    """Read the settings. Raises `ValueError` that names the variable, never its value."""
    try:
        settings = OutletSettings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False)[0]
        if not first["loc"]:
            raise ValueError(first["msg"].removeprefix("Value error, ")) from None
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise ValueError(f"GATEHOUSE_OUT_{name} is not right") from None
    if mode == "production" and settings.development_loopback:
        raise ValueError("GATEHOUSE_OUT_DEVELOPMENT_LOOPBACK is for demo mode only")
    return settings
