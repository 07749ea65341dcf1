"""What security says of the demo, in memory."""

from __future__ import annotations

from security.demo_model import Persona, SignedText, Trace
from security.errors import Refused
from security.model import SessionGrant
from tests.gateway.recorder import ANONYMOUS, CSRF, SESSION, Recorder

SIGNED = SignedText(form="From=%2B12025550101&Body=hi", signature="c2lnbmVk")
SHORT_SESSION = ANONYMOUS.model_copy(update={"idle_seconds_left": 75})


def persona(username: str, tenant: str = "northwind-bank") -> Persona:
    return Persona(
        tenant=tenant,
        tenant_name="Northwind Bank",
        number="+12025550191",
        username=username,
        name=username.title(),
        roles=["customer"],
        password="correct horse",
        code="287082",
        code_seconds_left=17,
        phone="+12025550101",
        email=f"{username}@example.org",
    )


class FakeDemo(Recorder):
    """The demo's questions."""

    def __init__(self) -> None:
        super().__init__()
        self.trail = [Trace(sequence=7, at="2026-11-23T10:00:00Z", tag="sign_in:password:fail")]

    async def demo_people(self) -> list[Persona]:
        self._called("demo_people")
        return [persona(name) for name in ("adam", "alice", "bob", "pat", "quinn", "tess")]

    async def demo_session(
        self, tenant: str | None, label: str = "", device: str | None = None
    ) -> SessionGrant:
        self._called("demo_session", tenant)
        if tenant not in (None, "northwind-bank"):
            raise Refused("unknown_tenant")
        return SessionGrant(session_id=SESSION, csrf_token=CSRF, session=SHORT_SESSION)

    async def demo_text(self, tenant: str, username: str, text: str) -> SignedText:
        self._called("demo_text", (tenant, username, text))
        return SIGNED

    async def demo_trail(self, after: int) -> list[Trace]:
        self._called("demo_trail", after)
        return [trace for trace in self.trail if trace.sequence > after]
