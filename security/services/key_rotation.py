"""Rotating the signing key: published, then recorded, then in use; nothing waits, nothing fails."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from joserfc.jwk import OKPKey

from security.adapters import audit_log
from security.adapters.key_files import KeyFiles
from security.audit.record import AuditEvent, Tag
from security.core import Core
from security.errors import Refused
from security.model import Frozen
from security.services.user_rows import ACTOR
from security.tokens.keys import PublicKey, PublishedKeys, generate_signing_key
from security.tokens.rotation import HONOURED, KNOWN_AFTER, with_next, with_signing


class Rotated(Frozen):
    """The key that signs now; `honoured_seconds` is for how long the old one still counts."""

    kid: str
    honoured_seconds: int


class KeyRotation:
    """Puts a new signing key in the place of the old one while tokens are minted and checked."""

    def __init__(self, core: Core, files: KeyFiles, published: PublishedKeys) -> None:
        self._core = core
        self._files = files
        self._published = published
        self._running = asyncio.Lock()

    async def rotate(self, revoke: bool = False, wait: timedelta = KNOWN_AFTER) -> Rotated:
        """Rotate; with `revoke` no token of the old key counts any more, as after a theft.

        Raises `Refused`: `in_progress` while another rotation runs, `security_unavailable` where
        files or trail cannot be written; then the old key goes on signing.
        """
        if self._running.locked():
            raise Refused("in_progress")
        async with self._running:
            try:
                return await self._rotate(timedelta(0) if revoke else HONOURED, wait)
            except (OSError, ValueError):
                raise Refused("security_unavailable") from None

    async def _rotate(self, honoured: timedelta, wait: timedelta) -> Rotated:
        key = generate_signing_key()
        new = PublicKey(type(key).import_key(key.as_dict(private=False)))
        await asyncio.to_thread(self._announce, key, new)
        await asyncio.sleep(wait.total_seconds())
        # On the trail before the key is used: what cannot be recorded does not happen.
        event = AuditEvent(
            tag=Tag.KEY_ROTATED, actor=ACTOR, key=new.kid, reason=None if honoured else "revoked"
        )
        await self._core.database.run_core(
            lambda connection: audit_log.append(connection, event, self._core.clock())
        )
        await asyncio.to_thread(self._change_over, key, new, honoured)
        return Rotated(kid=new.kid, honoured_seconds=int(honoured.total_seconds()))

    def _announce(self, key: OKPKey, new: PublicKey) -> None:
        self._files.stage(key)
        self._files.publish(with_next(self._files.published(), new, self._core.clock()))
        self._published.reload()

    def _change_over(self, key: OKPKey, new: PublicKey, honoured: timedelta) -> None:
        self._files.promote()
        self._core.signer.use(key)
        now = self._core.clock()
        self._files.publish(with_signing(self._files.published(), new, now, honoured))
        self._published.reload()
