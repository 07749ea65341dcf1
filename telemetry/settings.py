"""What the telemetry process can be told: `GATEHOUSE_METRICS_*` and `GATEHOUSE_TRACES_*`."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from security.reach import AllowedHosts, Network, Reach, may_ask

METRICS_TOKEN, TRACES_TOKEN = "metrics-token", "traces-token"
"""The names under which secrets come by descriptor."""
SHORTEST_TOKEN = 32


class TelemetrySettings(BaseSettings):
    """Settings of the telemetry process: it does what is set, and nothing else."""

    model_config = SettingsConfigDict(env_prefix="GATEHOUSE_", extra="ignore", frozen=True)

    run_dir: Path
    mode: Literal["demo", "production"] = "demo"
    metrics_port: int | None = Field(None, ge=1, le=65_535)
    """Where Prometheus reads, on this machine's loopback alone."""
    traces_url: str | None = None
    """The whole address that an OTLP collector takes traces at: `https://host[:port]/v1/traces`."""
    traces_ca_file: Path | None = None
    traces_private_networks: Annotated[tuple[Network, ...], NoDecode] = ()
    traces_development_loopback: bool = False

    @field_validator("traces_private_networks", mode="before")
    @classmethod
    def _are_networks(cls, text: object) -> object:
        if not isinstance(text, str):
            return text
        return tuple(ipaddress.ip_network(one.strip()) for one in text.split(",") if one.strip())

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        if self.mode == "production" and self.traces_development_loopback:
            raise ValueError("GATEHOUSE_TRACES_DEVELOPMENT_LOOPBACK is for demo mode only")
        if self.traces_url is not None and not may_ask(self.traces_url, self.hosts, self.reach):
            raise ValueError("GATEHOUSE_TRACES_URL is not right: https://host[:port]/v1/traces")
        return self

    @property
    def reach(self) -> Reach:
        """Which addresses a collector may have."""
        return Reach(self.traces_private_networks, self.traces_development_loopback)

    @property
    def hosts(self) -> AllowedHosts:
        """The one host that traces go to."""
        try:
            parts = urlsplit(self.traces_url or "")
            return AllowedHosts(frozenset({f"{parts.hostname}:{parts.port or 443}"}))
        except ValueError:
            return AllowedHosts()


def checked_token(settings: TelemetrySettings, token: str | None) -> str | None:
    """Return what whoever reads numbers has to show. Raises `ValueError`.

    In the demo it may be nothing: this machine's loopback is asked from this machine alone.
    """
    if token is None and settings.mode == "production" and settings.metrics_port is not None:
        raise ValueError("in production GATEHOUSE_METRICS_PORT needs GATEHOUSE_METRICS_TOKEN")
    if token is not None and len(token) < SHORTEST_TOKEN:
        raise ValueError(f"GATEHOUSE_METRICS_TOKEN has {SHORTEST_TOKEN} characters at least")
    return token
