"""What security can be told from outside: `GATEHOUSE_*`, typed, with units in the names."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import URL, make_url

from runtime.postgres import Login, checked_url
from security.reach import AllowedHosts, Reach, allowed_hosts
from security.sessions import LONGEST
from security.sms.countries import countries_of
from security.tokens.verifier import DEFAULT_ISSUER

PUSH_SERVICES = AllowedHosts(
    frozenset(
        {
            "fcm.googleapis.com",
            "*.push.services.mozilla.com",
            "*.push.apple.com",
            "*.notify.windows.com",
        }
    )
)
"""Of Chrome, Firefox, Safari and Edge."""


class RingSettings(BaseSettings):
    """Where the key ring is. Set-up is told no more: it makes the ring, and has no run folder."""

    model_config = SettingsConfigDict(env_prefix="GATEHOUSE_", extra="ignore", frozen=True)

    ring_url: str | None = None
    """PostgreSQL in the place of a file, with a role of the ring's own: never the data's."""
    ring_pass_file: Path | None = None
    ring_ca_file: Path | None = None

    @field_validator("ring_url")
    @classmethod
    def _ring_is_on_postgres(cls, text: str | None) -> str | None:
        return text and checked_url("GATEHOUSE_RING_URL", text).render_as_string()

    @property
    def ring_login(self) -> Login:
        """What the ring's server wants to see."""
        return Login(self.ring_pass_file, self.ring_ca_file)


class SecuritySettings(RingSettings):
    """Settings of the security process; paths derive from the home and the run folder."""

    model_config = SettingsConfigDict(env_prefix="GATEHOUSE_", extra="ignore", frozen=True)

    home: Path
    run_dir: Path
    mode: Literal["demo", "production"] = "demo"
    project_dir: Path = Path(__file__).resolve().parent.parent
    security_database_url: str | None = None
    """PostgreSQL in the place of SQLite, with the role that security runs as."""
    security_database_ca_file: Path | None = None
    security_database_pass_file: Path | None = None
    """The password, in libpq's own form: it stands in no address and no environment."""
    security_database_owner: str | None = None
    """Whose the tables are; setting up alone connects as this role."""
    security_database_owner_pass_file: Path | None = None
    ticket_seconds: int = Field(30, ge=1, le=30)
    ticket_operations: int = Field(5, ge=1, le=5)
    challenge_seconds: int = Field(300, ge=30, le=600)
    token_seconds: int = Field(30, ge=1, le=60)
    pending_seconds: int = Field(600, ge=60, le=600)
    session_absolute_hours: int = Field(12, ge=1, le=LONGEST // timedelta(hours=1))
    limit_operations_per_minute: int = Field(120, ge=1)
    limit_passwords_per_minute: int = Field(10, ge=1)
    limit_passwords_per_minute_everywhere: int = Field(100, ge=1)
    api_timeout_seconds: float = Field(5.0, gt=0, le=30)
    oauth_issuer: str = Field(DEFAULT_ISSUER, pattern=r"^https://[a-z0-9.-]+(:[0-9]{1,5})?$")
    oauth_port: int | None = Field(None, ge=1, le=65_535)
    """Where the authorization server is served by TCP as well; nowhere where it is not set."""
    oauth_host: str = "127.0.0.1"
    oauth_certificate_file: Path | None = None
    oauth_key_file: Path | None = None
    limit_oauth_per_minute: int = Field(600, ge=1)
    public_url: str = "https://localhost:8443"
    port: int = Field(8443, ge=1, le=65_535)
    rotation_seconds: int = Field(900, ge=60, le=900)
    watch_responses: Literal["all", "notify"] = "all"
    """`notify`: alerts are kept and told, and nothing is slowed, ended or frozen by itself."""
    operator_email: str | None = Field(None, pattern=r"^[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+$")
    """Who is told of alerts that concern no organisation, or reach nobody of it."""
    sessions_per_person: int = Field(5, ge=1, le=50)
    resend_seconds: int = Field(30, ge=1)
    limit_codes_per_person_per_hour: int = Field(10, ge=1)
    limit_codes_per_number_per_hour: int = Field(10, ge=1)
    limit_codes_per_address_per_hour: int = Field(60, ge=1)
    limit_codes_per_tenant_per_hour: int = Field(1_000, ge=1)
    alarm_texted_codes_per_hour: int = Field(50, ge=1)
    limit_texts_per_number_per_hour: int = Field(60, ge=1)
    limit_strangers_per_tenant_per_hour: int = Field(100, ge=1)
    recovery_wait_minutes: int | None = Field(None, ge=0)
    change_seconds: int = Field(600, ge=60, le=900)
    sms_countries: str = ""
    # Real services; their secrets come by descriptor, their form is checked in adapters/posts.
    twilio_account_sid: str | None = None
    twilio_numbers: str | None = None
    twilio_messaging_service_sid: str | None = None
    twilio_verify_service_sid: str | None = None
    twilio_development_loopback_url: str | None = None
    smtp_host: str | None = None
    smtp_port: int | None = Field(None, ge=1, le=65_535)
    smtp_username: str | None = None
    smtp_tls: str = "starttls"
    smtp_from: str | None = None
    push_services: Annotated[AllowedHosts, NoDecode] = PUSH_SERVICES
    """The hosts of push services; what a browser names beside them is refused."""
    push_subject: str = Field(
        "", pattern=r"^(|(mailto:[^\s@]+@|https://)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+)$"
    )
    """How a push service reaches us (RFC 8292): the public address where nothing else is said."""
    push_development_loopback_url: str | None = Field(None, pattern=r"^http://127\.0\.0\.1:[0-9]+$")
    """A push service on this machine, for tests: pushes may go to it."""

    @field_validator("security_database_url")
    @classmethod
    def _is_postgres(cls, text: str | None) -> str | None:
        return text and checked_url("GATEHOUSE_SECURITY_DATABASE_URL", text).render_as_string()

    @model_validator(mode="after")
    def _ring_is_apart(self) -> Self:
        if self.ring_url is not None and self.security_database_url is not None:
            ring, data = (make_url(url) for url in (self.ring_url, self.security_database_url))
            if ring.username in (data.username, self.security_database_owner):
                raise ValueError("GATEHOUSE_RING_URL needs a role of its own, not the data's")
        return self

    @model_validator(mode="after")
    def _recovery_waits(self) -> Self:
        least = timedelta(hours=1)
        if self.mode == "production" and self.recovery_wait < least:
            raise ValueError("GATEHOUSE_RECOVERY_WAIT_MINUTES: in production 60 at least")
        return self

    @field_validator("push_services", mode="before")
    @classmethod
    def _are_hosts(cls, text: object) -> object:
        if not isinstance(text, str):
            return text
        return allowed_hosts("GATEHOUSE_PUSH_SERVICES", text.split(","))

    @model_validator(mode="after")
    def _pushes_stay_outside(self) -> Self:
        if self.mode == "production" and self.push_development_loopback_url is not None:
            raise ValueError("GATEHOUSE_PUSH_DEVELOPMENT_LOOPBACK_URL: not in production")
        return self

    @property
    def push_reach(self) -> Reach:
        """Which addresses a push may lead to: this machine in development alone."""
        return Reach(loopback=self.push_development_loopback_url is not None)

    @property
    def push_contact(self) -> str:
        """How a push service reaches us: an address without a port, as it wants one."""
        return self.push_subject or f"https://{urlsplit(self.public_url).hostname}"

    @field_validator("sms_countries")
    @classmethod
    def _are_countries(cls, text: str) -> str:
        countries_of(text)
        return text

    @cached_property
    def countries(self) -> frozenset[str]:
        """Where texts may go to; nothing named means anywhere."""
        return countries_of(self.sms_countries)

    @property
    def keys_dir(self) -> Path:
        """Where the master key and the signing key are, for their owner only."""
        return self.home / "keys"

    @property
    def oauth_tls(self) -> tuple[Path, Path]:
        """The authorization server's certificate chain and key; the demo has one for localhost."""
        if self.oauth_certificate_file is not None and self.oauth_key_file is not None:
            return self.oauth_certificate_file, self.oauth_key_file
        if self.mode == "production":
            raise ValueError(
                "GATEHOUSE_OAUTH_PORT needs GATEHOUSE_OAUTH_CERTIFICATE_FILE and _KEY_FILE"
            )
        return self.home / "tls" / "server.pem", self.home / "tls" / "server.key"

    @property
    def sql_url(self) -> str | URL:
        """The security database: SQLite under the home unless told otherwise."""
        file = self.home / "db" / "security" / "security.sqlite3"
        return self.security_database_url or URL.create("sqlite", database=str(file))

    @property
    def ring_sql_url(self) -> str | URL:
        """The key ring: a SQLite file of its own under the home unless told otherwise."""
        file = self.home / "db" / "security" / "ring.db"
        return self.ring_url or URL.create("sqlite", database=str(file))

    @property
    def recovery_wait(self) -> timedelta:
        """How long a recovery by mail alone has to wait: a day, in the demo a minute."""
        usual = 1 if self.mode == "demo" else 24 * 60
        chosen = usual if self.recovery_wait_minutes is None else self.recovery_wait_minutes
        return timedelta(minutes=chosen)

    @property
    def ticket_life(self) -> timedelta:
        """How long a turn's ticket can be used."""
        return timedelta(seconds=self.ticket_seconds)


def load_settings() -> SecuritySettings:
    """Read the settings. Raises `ValueError` that names the variable, never its value."""
    try:
        return SecuritySettings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False)[0]
        if not first["loc"]:
            raise ValueError(first["msg"].removeprefix("Value error, ")) from None
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise ValueError(f"GATEHOUSE_{name} is not right: {first['msg']}") from None
