"""What the gateway can be told from outside: `GATEHOUSE_*`, typed, with units in the names."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, HttpUrl, IPvAnyAddress, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.rates import Rates
from gateway.streams import MOST_OF_ADDRESS


class GatewaySettings(BaseSettings):
    """Settings of the gateway process; paths derive from the home and the run folder."""

    model_config = SettingsConfigDict(env_prefix="GATEHOUSE_", extra="ignore", frozen=True)

    home: Path
    run_dir: Path
    port: int = Field(8443, ge=1, le=65_535)
    mode: Literal["demo", "production"] = "demo"
    public_url: HttpUrl | None = None
    listen_address: IPvAnyAddress | None = None
    project_dir: Path = Path(__file__).resolve().parent.parent
    limit_sessions_per_minute: int = Field(120, ge=1)
    limit_sign_ins_per_minute: int = Field(60, ge=1)
    limit_messages_per_minute: int = Field(240, ge=1)
    limit_requests_per_minute: int = Field(1_200, ge=1)
    limit_streams_per_address: int = Field(MOST_OF_ADDRESS, ge=1)
    rasa_timeout_seconds: float = Field(15.0, gt=0, le=25)

    @model_validator(mode="after")
    def _production_has_a_public_url(self) -> Self:
        if self.mode == "production" and self.public_url is None:
            raise ValueError("production needs GATEHOUSE_PUBLIC_URL: the address people use")
        if self.mode == "demo" and self.listen_address is not None:
            raise ValueError("GATEHOUSE_LISTEN_ADDRESS: the demo is for this machine alone")
        if self.public_url is not None and self.public_url.scheme != "https":
            raise ValueError("GATEHOUSE_PUBLIC_URL begins with https://")
        return self

    @property
    def address(self) -> str:
        """Where it listens: this machine alone in the demo, everywhere in production."""
        if self.mode == "demo":
            return "127.0.0.1"
        return str(self.listen_address or "0.0.0.0")  # noqa: S104 - the public door. # nosec B104

    @property
    def certificate_file(self) -> Path:
        """The certificate chain, PEM."""
        return self.home / "tls" / "server.pem"

    @property
    def key_file(self) -> Path:
        """The certificate's private key, PEM."""
        return self.home / "tls" / "server.key"

    @property
    def web_dir(self) -> Path:
        """Where the pages are."""
        return self.project_dir / "web"

    @property
    def demo_dir(self) -> Path:
        """Where what the demo alone has is: the pages and the key of its host site."""
        return self.project_dir / "demo"

    @property
    def chat_url(self) -> str:
        """Where people reach these pages, without a slash at the end."""
        url = self.public_url
        return f"https://localhost:{self.port}" if url is None else str(url).rstrip("/")

    @property
    def rates(self) -> Rates:
        """How many requests of each kind one address may make in a minute."""
        return {
            "sessions": self.limit_sessions_per_minute,
            "sign_ins": self.limit_sign_ins_per_minute,
            "messages": self.limit_messages_per_minute,
            "requests": self.limit_requests_per_minute,
        }
