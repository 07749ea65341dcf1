"""The settings of the command line: environment variables `GATEHOUSE_*`, or the file `.env`."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from dotenv import dotenv_values
from pydantic import Field, IPvAnyAddress, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from cli.problems import Problem

ROOT = Path(__file__).resolve().parent.parent
"""The project's folder: every process starts there."""

PREFIX = "GATEHOUSE_"
_SECRET = re.compile(r"TOKEN|SECRET|PASSWORD|CREDENTIAL|PRIVATE|_KEY$|_FD$")
# How long a token lives, or how many passwords may be tried, is no secret: a name that says so,
# and a value that is a plain number.
_MEASURE = re.compile(r"_(?:SECONDS|PER_MINUTE|PER_MINUTE_EVERYWHERE)$")
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
# Networks of one's own are no secret either: a name that says so, and addresses.
_NETWORKS, _ADDRESS = (
    re.compile(r"_PRIVATE_NETWORKS$"),
    re.compile(r"[0-9A-Fa-f]*[.:][0-9A-Fa-f.:/]+"),
)
_PASSWORD_IN_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#]*:[^/?#]*@", re.IGNORECASE)
_GIVEN = {
    "twilio_auth_token": "twilio-auth-token",
    "smtp_password": "smtp-password",
    "out_webhook_secret": "out-webhook-secret",
    "metrics_token": "metrics-token",
    "traces_token": "traces-token",
}

Mode = Literal["demo", "production"]

_ARROW: Any = Field(
    default=None,
    pattern=r"^https://[^/\s:@?#\[\]]+:[0-9]{1,5}$|^https://\[[0-9a-f:]+\]:[0-9]{1,5}$",
)


class Settings(BaseSettings):
    """What a person may choose. Relative paths start at the project's folder."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=ROOT / ".env", extra="ignore", frozen=True
    )

    home: Path = Path(".gatehouse")
    """The folder of all state but sockets."""
    port: int = Field(default=8443, ge=1, le=65535)
    """The public TCP port of the gateway."""
    mode: Mode = "demo"
    public_url: str | None = Field(default=None, pattern=r"^https://[^/\s]+$")
    """What people see in their address bar; `https://localhost:<port>` unless told."""
    tls_certificate_file: Path | None = None
    """The certificate chain (PEM) that people's browsers trust; the demo makes its own."""
    tls_key_file: Path | None = None
    """The certificate's private key (PEM), readable for its owner only."""
    rasa_python: Path = Path(".venv-rasa/bin/python")
    """The Python 3.10 that has Rasa."""
    only: str | None = None
    """The processes that run on this host, with commas: all of them unless told."""
    gateway_to_security_url: str | None = _ARROW
    """Where this arrow's called end is, if on another host than its caller; so of the others."""
    actions_to_security_url: str | None = _ARROW
    gateway_to_rasa_url: str | None = _ARROW
    rasa_to_actions_url: str | None = _ARROW
    arrows_address: IPvAnyAddress | None = None
    """The address that is listened on for arrows from other hosts: what their URL's host has."""
    twilio_auth_token: SecretStr | None = Field(default=None, max_length=512)
    smtp_password: SecretStr | None = Field(default=None, max_length=512)
    out_webhook_secret: SecretStr | None = Field(default=None, max_length=512)
    metrics_token: SecretStr | None = Field(default=None, max_length=512)
    traces_token: SecretStr | None = Field(default=None, max_length=512)
    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    """Where Prometheus reads the numbers of all processes, on loopback; nowhere unless told."""
    traces_url: str | None = Field(default=None, pattern=r"^https?://[^\s@?#]+$")
    """Where traces go to; nowhere unless told. What the collector wants to see is a token."""

    @property
    def given_secrets(self) -> dict[str, str]:
        """The secrets of real services that are set, by the names under which they are passed."""
        values = {name: getattr(self, field) for field, name in _GIVEN.items()}
        said = {name: value.get_secret_value() for name, value in values.items() if value}
        return {name: value for name, value in said.items() if value}

    @property
    def home_folder(self) -> Path:
        """The absolute path of the home."""
        return Path(os.path.abspath(ROOT / self.home.expanduser()))

    @property
    def observed(self) -> bool:
        """Whether there is anything for a telemetry process to do."""
        return self.metrics_port is not None or bool(self.traces_url)

    @property
    def rasa_executable(self) -> Path:
        """The absolute path of the Python that has Rasa."""
        return Path(os.path.abspath(ROOT / self.rasa_python.expanduser()))

    @property
    def address(self) -> str:
        """Where the page is on this machine."""
        return f"https://localhost:{self.port}"


def load_settings() -> Settings:
    """Read the settings; raises `Problem` that names the variable which is not right."""
    for name, value in settings_of_processes().items():
        if _PASSWORD_IN_URL.match(value):
            to_do = "take it out: secrets have settings, or files, of their own"
            raise Problem(f"{name} holds a password", to_do)
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + str(first["loc"][0] if first["loc"] else "").upper()
        raise Problem(f"{name} is not right ({first['msg']})", "correct it or unset it") from None


def settings_of_processes(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the `GATEHOUSE_*` settings that may stand in the environment of who reads them.

    Secrets are left out: an environment can be read by other processes of the same user
    (ASVS 13.3.1), so they travel by descriptor.
    """
    given = {**dotenv_values(ROOT / ".env"), **environ}
    return {
        name: value
        for name, value in given.items()
        if name.startswith(PREFIX) and value is not None and not _is_secret(name, value)
    }


def _is_secret(name: str, value: str) -> bool:
    """Tell whether a variable has to be kept out of environments, by its name."""
    if _MEASURE.search(name) and _NUMBER.fullmatch(value.strip()):
        return False
    if _NETWORKS.search(name) and all(map(_ADDRESS.fullmatch, re.split(r"[\s,]+", value.strip()))):
        return False
    return _SECRET.search(name) is not None
