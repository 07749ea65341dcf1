"""The part of the composition root that is about texts: webhooks, and links from them."""

from __future__ import annotations

from security.core import Core
from security.faces.texts import Texts
from security.services.continuing import Continuing
from security.services.text_statuses import TextStatuses
from security.services.texting import Texting
from security.services.turns import Turns
from security.services.webhooks import Webhooks
from security.sms.provider import Provider


def build_texts(core: Core, turns: Turns, provider: Provider | None) -> Texts:
    """Wire what takes webhooks; without a provider there are none."""
    webhooks = Webhooks(core, provider)
    texting, statuses = Texting(core, turns, webhooks), TextStatuses(core, webhooks)
    return Texts(texting, statuses, Continuing(core))
