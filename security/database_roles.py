"""As whom security connects to its servers: production starts as nobody who could do more."""

from __future__ import annotations

import structlog
from sqlalchemy import make_url

from runtime.postgres import Login
from security.settings import SecuritySettings


def check_roles(settings: SecuritySettings) -> None:
    """Raise `ValueError` where a role is one that no rule of the database holds.

    The demo says so in its log, and goes on.
    """
    data = Login(settings.security_database_pass_file, settings.security_database_ca_file)
    named = (
        ("GATEHOUSE_SECURITY_DATABASE_URL", settings.security_database_url, data),
        ("GATEHOUSE_RING_URL", settings.ring_url, settings.ring_login),
    )
    for setting, url, login in named:
        if url is None:
            continue
        dangers = _dangers(setting, url, login)
        if dangers and settings.mode == "production":
            raise ValueError(f"{setting}: its role {dangers[0]}")
        if dangers:
            log = structlog.get_logger("security.database_roles")
            log.warning("role_may_too_much", settings=[setting])


def _dangers(setting: str, url: str, login: Login) -> tuple[str, ...]:
    # Who keeps everything in files does without the driver.
    import psycopg  # noqa: PLC0415

    from runtime.postgres_role import look  # noqa: PLC0415

    try:
        return look(make_url(url), login).dangers
    except psycopg.Error as error:
        raise ValueError(f"{setting} cannot be reached: {type(error).__name__}") from None
