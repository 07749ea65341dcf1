"""What the gateway may ask about a person's own account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from security.faces import account_requests as own
from security.faces import requests as ask
from security.faces.http import Answering
from security.faces.sso import SsoServices, sso_answers
from security.proof import plain
from security.push_json import AnswerPush, AskWaiting
from security.services.accounting import Accounting
from security.services.by_passkey import PasskeySignIn
from security.services.changes import Changes
from security.services.exporting import Exporting
from security.services.outbox import Outbox
from security.services.own_sessions import OwnSessions
from security.services.push_answers import Pushes
from security.services.recovery import Recovery


@dataclass(frozen=True)
class Account:
    """The services behind a person's own account."""

    passkeys: PasskeySignIn
    pushes: Pushes
    sessions: OwnSessions
    changes: Changes
    recovery: Recovery
    messages: Outbox
    sso: SsoServices
    export: Exporting
    accounting: Accounting


def account_answers(account: Account) -> dict[str, Answering[Any]]:
    """Return the questions of `security.account_client.AccountClient` and what answers them."""
    sessions, recovery = account.sessions, account.recovery
    return {
        "/sign-in/passkey": Answering(
            ask.Held, lambda q: account.passkeys.begin(q.session_id, q.csrf_token)
        ),
        "/pushes/waiting": Answering(AskWaiting, account.pushes.waiting),
        "/pushes/answer": Answering(AnswerPush, account.pushes.answer),
        "/sessions/rotate": Answering(
            ask.Held, lambda q: sessions.rotate(q.session_id, q.csrf_token)
        ),
        "/account/sessions": Answering(ask.LookAt, lambda q: sessions.live(q.session_id)),
        "/account/sessions/end": Answering(
            own.OfOwn, lambda q: sessions.end(q.session_id, q.csrf_token, q.ref)
        ),
        "/account/sign-ins": Answering(ask.LookAt, lambda q: sessions.sign_ins(q.session_id)),
        "/recovery/begin": Answering(
            own.Recover, lambda q: recovery.begin(q.tenant, q.username, q.address)
        ),
        "/recovery/finish": Answering(own.FinishRecovery, recovery.finish),
        "/demo/outbox": Answering(own.Outbox, lambda q: account.messages.outbox(q.to)),
        "/data/ask": Answering(
            own.AskExport,
            lambda q: account.export.ask(q.session_id, q.csrf_token, q.address),
        ),
        "/data/export": Answering(
            own.FetchExport, lambda q: account.export.own(q.session_id, q.form)
        ),
        "/data/accesses": Answering(
            own.FetchExport, lambda q: account.accounting.own(q.session_id, q.form)
        ),
        **_changes(account.changes),
        **sso_answers(account.sso),
    }


def _changes(changes: Changes) -> dict[str, Answering[Any]]:
    return {
        "/account/reauthenticate": Answering(
            own.Reauthenticate,
            lambda q: changes.reauthenticate(q.session_id, q.csrf_token, q.password, q.address),
        ),
        "/account/authenticators": Answering(ask.LookAt, lambda q: changes.present(q.session_id)),
        "/account/changes/begin": Answering(
            own.BeginChange,
            lambda q: changes.begin(q.session_id, q.csrf_token, q.kind, q.value, q.address),
        ),
        "/account/changes/go-on": Answering(
            own.GoOn, lambda q: changes.go_on(q.session_id, q.csrf_token, q.ref, q.address)
        ),
        "/account/changes/confirm": Answering(
            own.ConfirmChange,
            lambda q: changes.confirm(q.session_id, q.csrf_token, q.ref, plain(q.proof)),
        ),
    }
