"""Which settings each process is told: those that its code reads, and no others.

Some settings say more than their name: a webhook's path is its secret, an account or a host is
what an attacker looks for. Whoever takes one process over finds in its environment what that one
works with. A name that nobody reads reaches nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cli.apis import api_names
from cli.databases import files_of, names_of, url_setting
from cli.settings import PREFIX
from runtime.observing import TRACES_RATIO


def _named(words: str) -> tuple[str, ...]:
    return tuple(PREFIX + word for word in words.split())


EVERY = _named("LOG_LEVEL MODE")
"""What the code around each process reads: how much is logged, whether all walls must stand."""
APIS = f"{PREFIX}API_"
"""The one prefix: security has to refuse a setting for an API that there is not."""

_GATEWAY = _named(
    """HOME RUN_DIR PORT PUBLIC_URL LISTEN_ADDRESS PROJECT_DIR RASA_TIMEOUT_SECONDS
    LIMIT_SESSIONS_PER_MINUTE LIMIT_SIGN_INS_PER_MINUTE LIMIT_MESSAGES_PER_MINUTE
    LIMIT_REQUESTS_PER_MINUTE LIMIT_STREAMS_PER_ADDRESS"""
)
_SECURITY = _named(
    """HOME RUN_DIR PORT PUBLIC_URL PROJECT_DIR SECURITY_DATABASE_OWNER
    TICKET_SECONDS TICKET_OPERATIONS CHALLENGE_SECONDS TOKEN_SECONDS PENDING_SECONDS
    SESSION_ABSOLUTE_HOURS SESSIONS_PER_PERSON RESEND_SECONDS CHANGE_SECONDS ROTATION_SECONDS
    RECOVERY_WAIT_MINUTES WATCH_RESPONSES OPERATOR_EMAIL ALARM_TEXTED_CODES_PER_HOUR
    LIMIT_OPERATIONS_PER_MINUTE LIMIT_PASSWORDS_PER_MINUTE LIMIT_PASSWORDS_PER_MINUTE_EVERYWHERE
    LIMIT_CODES_PER_PERSON_PER_HOUR LIMIT_CODES_PER_NUMBER_PER_HOUR
    LIMIT_CODES_PER_ADDRESS_PER_HOUR LIMIT_CODES_PER_TENANT_PER_HOUR
    LIMIT_TEXTS_PER_NUMBER_PER_HOUR LIMIT_STRANGERS_PER_TENANT_PER_HOUR LIMIT_OAUTH_PER_MINUTE
    OAUTH_ISSUER OAUTH_PORT OAUTH_HOST OAUTH_CERTIFICATE_FILE OAUTH_KEY_FILE
    SMS_COUNTRIES TWILIO_ACCOUNT_SID TWILIO_NUMBERS TWILIO_MESSAGING_SERVICE_SID
    TWILIO_VERIFY_SERVICE_SID TWILIO_DEVELOPMENT_LOOPBACK_URL
    SMTP_HOST SMTP_PORT SMTP_USERNAME SMTP_TLS SMTP_FROM
    PUSH_SERVICES PUSH_SUBJECT PUSH_DEVELOPMENT_LOOPBACK_URL
    OUT_FILES OUT_FILES_MEGABYTES OUT_FILES_KEPT OUT_SYSLOG_URL OUT_SYSLOG_CA_FILE
    OUT_SYSLOG_CLIENT_CERT_FILE OUT_SYSLOG_CLIENT_KEY_FILE OUT_WEBHOOK_URL OUT_WEBHOOK_CA_FILE
    OUT_PRIVATE_NETWORKS OUT_DEVELOPMENT_LOOPBACK"""
)
_TELEMETRY = _named(
    """RUN_DIR METRICS_PORT TRACES_URL TRACES_CA_FILE TRACES_PRIVATE_NETWORKS
    TRACES_DEVELOPMENT_LOOPBACK"""
)
_OTHERS = {
    "gateway": _GATEWAY,
    "security": (*_SECURITY, APIS),
    "actions": _named("RUN_DIR"),
    "rasa": _named("HOME RUN_DIR MODEL MODEL_TRUST"),
    "telemetry": _TELEMETRY,
}


def read_by(process: str, *, observed: bool = False) -> tuple[str, ...]:
    """Return the names of the settings that a process reads; one that ends in `_` is a prefix.

    A relay reads none: what it does stands in variables of its own.
    """
    own = _OTHERS.get(process, ())
    if process in api_names():
        own = _named(f"HOME RUN_DIR OAUTH_ISSUER API_{process.upper()}_URL")
    urls = tuple(url_setting(name) for name in names_of(process))
    told = (TRACES_RATIO,) if observed else ()
    return (*EVERY, *own, *urls, *files_of(process), *told)


def read_by_setup_of(process: str) -> tuple[str, ...]:
    """Return those that whoever makes a process's databases reads: the tables' owner as well."""
    owned = [name for name in names_of(process) if name.endswith("_DATABASE")]
    owners = (f"{PREFIX}{name}_OWNER{kind}" for name in owned for kind in ("", "_PASS_FILE"))
    return (*read_by(process), *owners)


def only(names: Iterable[str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without any setting but these; what is no setting stays."""
    exact = frozenset(names)
    prefixes = tuple(name for name in exact if name.endswith("_"))
    return {
        name: value
        for name, value in environ.items()
        if not name.startswith(PREFIX) or name in exact or name.startswith(prefixes)
    }
