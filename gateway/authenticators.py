"""Calls about one's own factors and password: list, add, replace, remove.

Each change goes by the same steps: begun here, proved by a challenge, gone on with, and, where
there is a new factor, confirmed with a code of it. Security decides; this only carries.
"""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from gateway.account import SIGNED_IN
from gateway.calls import Asked, Call, Parts, Reply
from gateway.shapes import (
    Confirmation,
    Email,
    LinkedProvider,
    NewDevice,
    NewPasskey,
    NewPassword,
    Nothing,
    Phone,
    proof_of,
)
from security.model import Authenticators, Change, ChangeKind

_BEGUN = SIGNED_IN | {
    "reauthentication_required",
    "no_way_to_confirm",
    "locked",
    "too_many_codes",
    "method_off",
}
_UNDER_WAY = SIGNED_IN | {"expired", "locked"}


async def authenticators(parts: Parts, asked: Asked) -> Reply:
    """List one's own factors."""
    return Reply(await parts.security.authenticators(asked.session_id))


async def add_totp(parts: Parts, asked: Asked) -> Reply:
    """Begin with a new authenticator app."""
    return await _begin(parts, asked, "totp")


async def add_phone(parts: Parts, asked: Asked) -> Reply:
    """Begin with a number that codes shall go to."""
    body: Phone = asked.body
    return await _begin(parts, asked, "phone", body.phone)


async def add_email(parts: Parts, asked: Asked) -> Reply:
    """Begin with an address that codes shall go to."""
    body: Email = asked.body
    return await _begin(parts, asked, "email", body.email)


async def add_passkey(parts: Parts, asked: Asked) -> Reply:
    """Begin with a passkey; it is made once the change has been proved."""
    body: NewPasskey = asked.body
    return await _begin(parts, asked, "passkey", body.name)


async def link_sso(parts: Parts, asked: Asked) -> Reply:
    """Begin to link one's account at a provider; once proved, one signs in there."""
    body: LinkedProvider = asked.body
    return await _begin(parts, asked, "sso", body.provider)


async def add_push(parts: Parts, asked: Asked) -> Reply:
    """Begin with making this browser a device; it shows its key once the change is proved."""
    body: NewDevice = asked.body
    return await _begin(parts, asked, "push", body.name)


async def renew_recovery_codes(parts: Parts, asked: Asked) -> Reply:
    """Begin with new recovery codes; the old ones are void once these are made."""
    return await _begin(parts, asked, "recovery")


async def change_password(parts: Parts, asked: Asked) -> Reply:
    """Begin with another password."""
    body: NewPassword = asked.body
    return await _begin(parts, asked, "password", body.new_password)


async def remove_authenticator(parts: Parts, asked: Asked) -> Reply:
    """Begin to remove a factor."""
    return await _begin(parts, asked, "remove", asked.reference)


async def go_on_with_change(parts: Parts, asked: Asked) -> Reply:
    """Take the next step of a change that has been proved."""
    change = await parts.security.go_on_with_change(
        asked.session_id, asked.csrf_token, asked.reference, asked.address
    )
    return Reply(change)


async def confirm_change(parts: Parts, asked: Asked) -> Reply:
    """Show that the new factor works."""
    body: Confirmation = asked.body
    change = await parts.security.confirm_change(
        asked.session_id, asked.csrf_token, asked.reference, proof_of(body)
    )
    return Reply(change)


async def _begin(parts: Parts, asked: Asked, kind: ChangeKind, value: str | None = None) -> Reply:
    change = await parts.security.begin_change(
        asked.session_id, asked.csrf_token, kind, asked.address, value
    )
    return Reply(change)


def authenticator_calls() -> tuple[Call, ...]:
    """Return the calls of this module."""
    path = "/api/authenticators"
    return (
        Call(
            "GET",
            path,
            "One's own factors",
            authenticators,
            TypeAdapter(Authenticators),
            guard="session",
            may_refuse=SIGNED_IN,
        ),
        *_beginnings(path),
        *_steps(f"{path}/changes/{{id}}"),
    )


def _beginnings(path: str) -> tuple[Call, ...]:
    change: TypeAdapter[Any] = TypeAdapter(Change)
    return (
        *_with_a_value(path, change),
        *_of_others(path, change),
        Call(
            "POST",
            f"{path}/totp",
            "Add an authenticator app",
            add_totp,
            change,
            body=TypeAdapter(Nothing),
            body_optional=True,
            may_refuse=_BEGUN,
        ),
        Call(
            "POST",
            f"{path}/recovery",
            "Make new recovery codes",
            renew_recovery_codes,
            change,
            body=TypeAdapter(Nothing),
            body_optional=True,
            may_refuse=_BEGUN,
        ),
        Call(
            "DELETE",
            f"{path}/{{id}}",
            "Remove a factor",
            remove_authenticator,
            change,
            unknown="unknown_authenticator",
            may_refuse=_BEGUN | {"last_authenticator"},
        ),
    )


def _of_others(path: str, change: TypeAdapter[Any]) -> tuple[Call, ...]:
    """Return the calls about a provider's account, and about a browser as a device."""
    return (
        Call(
            "POST",
            f"{path}/sso",
            "Link one's account at a provider",
            link_sso,
            change,
            body=TypeAdapter(LinkedProvider),
            may_refuse=_BEGUN | {"unknown_provider"},
        ),
        Call(
            "POST",
            f"{path}/push",
            "Make this browser a device for confirmations",
            add_push,
            change,
            body=TypeAdapter(NewDevice),
            body_optional=True,
            may_refuse=_BEGUN | {"too_many_devices"},
        ),
    )


def _with_a_value(path: str, change: TypeAdapter[Any]) -> tuple[Call, ...]:
    return (
        Call(
            "POST",
            f"{path}/phone",
            "Add a number, or replace it",
            add_phone,
            change,
            body=TypeAdapter(Phone),
            may_refuse=_BEGUN | {"invalid_address"},
        ),
        Call(
            "POST",
            f"{path}/email",
            "Add an address, or replace it",
            add_email,
            change,
            body=TypeAdapter(Email),
            may_refuse=_BEGUN | {"invalid_address"},
        ),
        Call(
            "POST",
            f"{path}/passkey",
            "Add a passkey",
            add_passkey,
            change,
            body=TypeAdapter(NewPasskey),
            body_optional=True,
            may_refuse=_BEGUN | {"too_many_passkeys"},
        ),
        Call(
            "POST",
            f"{path}/password",
            "Change the password",
            change_password,
            change,
            body=TypeAdapter(NewPassword),
            may_refuse=_BEGUN | {"weak_password"},
        ),
    )


def _steps(path: str) -> tuple[Call, ...]:
    change: TypeAdapter[Any] = TypeAdapter(Change)
    return (
        Call(
            "POST",
            path,
            "Go on with a change that has been proved",
            go_on_with_change,
            change,
            body=TypeAdapter(Nothing),
            body_optional=True,
            unknown="unknown_change",
            may_refuse=_UNDER_WAY
            | {"too_many_codes", "unknown_authenticator", "last_authenticator"},
        ),
        Call(
            "POST",
            f"{path}/confirm",
            "Confirm a new factor with a code of it, or what was made",
            confirm_change,
            change,
            body=TypeAdapter(Confirmation),
            unknown="unknown_change",
            may_refuse=_UNDER_WAY
            | {"wrong_code", "passkey_refused", "device_refused", "unknown_method"},
        ),
    )
