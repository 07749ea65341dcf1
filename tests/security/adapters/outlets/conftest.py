"""An authority of certificates for receivers, as connections to APIs have it."""

from __future__ import annotations

from tests.security.adapters.test_connecting import authority, trusted

__all__ = ["authority", "trusted"]
