"""Calls of an organisation's administrators, and of those whom they invite.

Each action is asked for here, proved by the challenge that comes with it, and gone on with.
Security decides; this only carries. The organisation is always the session's own.
"""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from gateway.administration_shapes import (
    FirstPassword,
    HowSent,
    NewPerson,
    OneSession,
    OneWay,
    OtherRoles,
    Reset,
)
from gateway.calls import Asked, Call, Parts, Reply
from gateway.shapes import Nothing
from security.administration_model import (
    ActionKind,
    ActionValues,
    AdminAction,
    AdminPeople,
    AdminSession,
    InvitationUsed,
    Sent,
    WaitingAction,
)

USERS, ACTIONS = "/api/admin/users", "/api/admin/actions"

ADMINISTRATORS = frozenset({"authentication_required", "forbidden", "sign_in_too_weak"})
"""What every call here refuses to whoever is no administrator, or proved it too weakly."""

_BEGUN = ADMINISTRATORS | {
    "already_so",
    "invalid_address",
    "invalid_arguments",
    "no_way_to_confirm",
    "own_account",
    "second_admin_missing",
}
_NEW = {"name_taken", "name_mistakable"}
_UNDER_WAY = (
    _BEGUN
    | _NEW
    | {"expired", "not_invited", "person_disabled", "unknown_method", "unknown_person"}
)


async def admin_people(parts: Parts, asked: Asked) -> Reply:
    """List the organisation's people by user name, a page at a time."""
    find, after = asked.query.get("find"), asked.query.get("after")
    return Reply(await parts.security.admin_people(asked.session_id, find, after))


async def admin_sessions(parts: Parts, asked: Asked) -> Reply:
    """List somebody's live sessions."""
    return Reply(await parts.security.admin_sessions(asked.session_id, asked.reference))


async def add_person(parts: Parts, asked: Asked) -> Reply:
    """Ask for somebody to be added, by an invitation or with a password that is shown once."""
    body: NewPerson = asked.body
    values = ActionValues(
        username=body.username,
        name=body.name,
        give=body.roles,
        phone=body.phone or None,
        email=body.email or None,
        send=_sent(body.send),
    )
    return await _begin(parts, asked, "add", values)


async def invite_person(parts: Parts, asked: Asked) -> Reply:
    """Ask for an invitation to be sent again."""
    return await _begin(parts, asked, "invite")


async def disable_person(parts: Parts, asked: Asked) -> Reply:
    """Ask for somebody to be kept out."""
    return await _begin(parts, asked, "disable")


async def enable_person(parts: Parts, asked: Asked) -> Reply:
    """Ask for somebody to be let in again."""
    return await _begin(parts, asked, "enable")


async def change_roles(parts: Parts, asked: Asked) -> Reply:
    """Ask for other roles."""
    body: OtherRoles = asked.body
    return await _begin(parts, asked, "roles", ActionValues(**body.model_dump()))


async def reset_person(parts: Parts, asked: Asked) -> Reply:
    """Ask for a new password and no factors."""
    body: Reset = asked.body
    return await _begin(parts, asked, "reset", ActionValues(send=_sent(body.send)))


async def unlock_person(parts: Parts, asked: Asked) -> Reply:
    """Ask for the pause after wrong codes to end."""
    body: OneWay = asked.body
    method = None if body.method == "all" else body.method
    return await _begin(parts, asked, "unlock", ActionValues(method=method))


async def end_sessions(parts: Parts, asked: Asked) -> Reply:
    """Ask for one session of somebody's to end, or all of them."""
    body: OneSession = asked.body
    return await _begin(parts, asked, "end_sessions", ActionValues(session=body.session or None))


async def admin_waiting(parts: Parts, asked: Asked) -> Reply:
    """List what waits for a second administrator."""
    return Reply(await parts.security.admin_waiting(asked.session_id))


async def go_on_with_admin_action(parts: Parts, asked: Asked) -> Reply:
    """Do what has been proved, or let it wait for a second administrator."""
    held = (asked.session_id, asked.csrf_token, asked.reference, asked.address)
    return Reply(await parts.security.go_on_with_admin_action(*held))


async def approve_admin_action(parts: Parts, asked: Asked) -> Reply:
    """Say yes as the second administrator; a challenge comes with it."""
    held = (asked.session_id, asked.csrf_token, asked.reference, asked.address)
    return Reply(await parts.security.approve_admin_action(*held))


async def withdraw_admin_action(parts: Parts, asked: Asked) -> Reply:
    """Void what waits."""
    held = (asked.session_id, asked.csrf_token, asked.reference)
    await parts.security.withdraw_admin_action(*held)
    return Reply()


async def finish_invitation(parts: Parts, asked: Asked) -> Reply:
    """Set the first password, with the token of the link that was sent."""
    body: FirstPassword = asked.body
    used = await parts.security.finish_invitation(body.token, body.new_password, asked.address)
    return Reply(used)


def _sent(how: HowSent) -> Sent | None:
    return None if how == "shown" else how


async def _begin(
    parts: Parts, asked: Asked, kind: ActionKind, values: ActionValues | None = None
) -> Reply:
    action = await parts.security.begin_admin_action(
        asked.session_id,
        asked.csrf_token,
        kind,
        asked.reference or None,
        values or ActionValues(),
        asked.address,
    )
    return Reply(action)


def administration_calls() -> tuple[Call, ...]:
    """Return the calls of this module."""
    return (*_looks(), *_about_people(), *_about_actions(), _invitation())


def _looks() -> tuple[Call, ...]:
    return (
        Call(
            "GET",
            USERS,
            "The organisation's people, a page at a time",
            admin_people,
            TypeAdapter(AdminPeople),
            guard="session",
            query=("find", "after"),
            may_refuse=ADMINISTRATORS,
        ),
        Call(
            "GET",
            f"{USERS}/{{id}}/sessions",
            "Somebody's live sessions",
            admin_sessions,
            TypeAdapter(list[AdminSession]),
            guard="session",
            unknown="unknown_person",
            may_refuse=ADMINISTRATORS,
        ),
        Call(
            "GET",
            ACTIONS,
            "What waits for a second administrator",
            admin_waiting,
            TypeAdapter(list[WaitingAction]),
            guard="session",
            may_refuse=ADMINISTRATORS,
        ),
    )


def _about_people() -> tuple[Call, ...]:
    one = f"{USERS}/{{id}}"
    again = {"not_invited", "person_disabled"}
    return (
        _ask("", "Add somebody, or invite them", add_person, NewPerson, _NEW),
        _ask(f"{one}/invite", "Send an invitation again", invite_person, Nothing, again),
        _ask(f"{one}/disable", "Keep somebody out", disable_person, Nothing),
        _ask(f"{one}/enable", "Let somebody in again", enable_person, Nothing),
        _ask(f"{one}/roles", "Give and take roles", change_roles, OtherRoles),
        _ask(f"{one}/reset", "Reset password and factors", reset_person, Reset, again),
        _ask(f"{one}/unlock", "End a pause", unlock_person, OneWay, {"unknown_method"}),
        _ask(f"{one}/sessions", "End sessions", end_sessions, OneSession, {"unknown_session"}),
    )


def _ask(
    path: str, summary: str, handler: Any, body: type, more: frozenset[str] | set[str] = frozenset()
) -> Call:
    return Call(
        "POST",
        path or USERS,
        summary,
        handler,
        TypeAdapter(AdminAction),
        body=TypeAdapter(body),
        body_optional=body is Nothing,
        unknown="unknown_person" if path else "",
        may_refuse=_BEGUN | more,
    )


def _about_actions() -> tuple[Call, ...]:
    action: TypeAdapter[Any] = TypeAdapter(AdminAction)
    one, unknown = f"{ACTIONS}/{{id}}", "unknown_action"
    return (
        Call(
            "POST",
            one,
            "Go on with an action that has been proved",
            go_on_with_admin_action,
            action,
            body=TypeAdapter(Nothing),
            body_optional=True,
            unknown=unknown,
            may_refuse=_UNDER_WAY,
        ),
        Call(
            "POST",
            f"{one}/approve",
            "Approve as the second administrator",
            approve_admin_action,
            action,
            body=TypeAdapter(Nothing),
            body_optional=True,
            unknown=unknown,
            may_refuse=_BEGUN,
        ),
        Call(
            "DELETE",
            one,
            "Withdraw what waits, or say no to it",
            withdraw_admin_action,
            None,
            status=204,
            unknown=unknown,
            may_refuse=ADMINISTRATORS | {"own_account"},
        ),
    )


def _invitation() -> Call:
    return Call(
        "POST",
        "/api/invitations",
        "Set the first password with the link of an invitation",
        finish_invitation,
        TypeAdapter(InvitationUsed),
        body=TypeAdapter(FirstPassword),
        guard="open",
        rate="sign_ins",
        may_refuse=frozenset({"expired", "weak_password"}),
    )
