"""What the gateway may ask for an organisation's administrators, and for those they invite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from security.administration_model import ActionValues
from security.faces import administration_requests as ask
from security.faces import requests as common
from security.faces.http import Answering
from security.services.administration import Administration
from security.services.invitations import Invitations


@dataclass(frozen=True)
class Administrators:
    """The services behind the page `/admin`, and behind the links of invitations."""

    people: Administration
    invitations: Invitations


def administration_answers(administrators: Administrators) -> dict[str, Answering[Any]]:
    """Return the questions of `AdministrationClient`, and what answers them."""
    admin, invitations = administrators.people, administrators.invitations

    def begin(q: ask.BeginAction) -> Any:
        values = ActionValues(**q.values.model_dump())
        return admin.begin(q.session_id, q.csrf_token, q.kind, q.ref, values, q.address)

    return {
        "/admin/people": Answering(
            ask.ListPeople, lambda q: admin.people(q.session_id, q.find, q.after)
        ),
        "/admin/sessions": Answering(
            ask.LookAtPerson, lambda q: admin.sessions(q.session_id, q.ref)
        ),
        "/admin/actions": Answering(common.LookAt, lambda q: admin.waiting(q.session_id)),
        "/admin/actions/begin": Answering(ask.BeginAction, begin),
        "/admin/actions/go-on": Answering(
            ask.OfAction, lambda q: admin.go_on(q.session_id, q.csrf_token, q.ref, q.address)
        ),
        "/admin/actions/approve": Answering(
            ask.OfAction, lambda q: admin.approve(q.session_id, q.csrf_token, q.ref, q.address)
        ),
        "/admin/actions/withdraw": Answering(
            ask.Withdraw, lambda q: admin.withdraw(q.session_id, q.csrf_token, q.ref)
        ),
        "/invitations/finish": Answering(
            ask.FinishInvitation,
            lambda q: invitations.finish(q.token, q.new_password, q.address),
        ),
    }
