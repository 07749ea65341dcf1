"""SMS by Twilio: one message for each letter."""

from __future__ import annotations

from security.adapters.posts.forms import TwilioForm, is_number
from security.adapters.posts.post import CannotSend
from security.adapters.posts.twilio_http import Connection, Http


class TwilioSms:
    """Implements `security.adapters.posts.post.Post`; of one event loop.

    `status_url` is where Twilio tells how each message fares.
    """

    def __init__(
        self, form: TwilioForm, status_url: str | None = None, http: Http | None = None
    ) -> None:
        self._form = form
        self._status_url = status_url
        self._twilio = Connection(form, http)
        self._client = self._twilio.client

    async def send(self, tenant: str, to: str, subject: str, text: str) -> str | None:
        """Send an SMS from the tenant's number, or else by the messaging service."""
        if not is_number(to):
            raise CannotSend("not_a_number", retry=False)
        told = {"status_callback": self._status_url} if self._status_url else {}
        sent = await self._twilio.ask(
            self._client.messages.create_async(to=to, body=text, **self._sender(tenant), **told)
        )
        return str(sent.sid) if sent.sid else None

    async def check(self) -> None:
        """Look at our own account: the address is reached, the credentials are right."""
        await self._twilio.ask(self._client.api.accounts(self._form.account_sid).fetch_async())

    async def close(self) -> None:
        """Let go of connections."""
        await self._twilio.close()

    def _sender(self, tenant: str) -> dict[str, str]:
        number = self._form.numbers.get(tenant)
        if number is not None:
            return {"from_": number}
        if self._form.messaging_service_sid is None:
            raise CannotSend("no_number_of_tenant", retry=False)
        return {"messaging_service_sid": self._form.messaging_service_sid}
