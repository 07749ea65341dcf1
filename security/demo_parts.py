"""The demo's part of the composition root: what exists in demo mode and nowhere else."""

from __future__ import annotations

from security.adapters.posts.demo_carrier import DemoCarrier
from security.core import Core
from security.services.demo import Cast, Demo
from security.services.sessions import Sessions
from security.sms.provider import Provider


def build_demo(core: Core, provider: Provider | None) -> tuple[Demo | None, Provider | None]:
    """Return what shows Gatehouse, and who carries texts: the demo, where nobody else does."""
    if core.settings.mode != "demo":
        return None, provider
    cast = Cast(core.settings.project_dir / "demo" / "personas.yml")
    carrier = None if provider else DemoCarrier(cast.numbers, core.settings.public_url)
    return Demo(core, Sessions(core), cast, carrier), provider or carrier
