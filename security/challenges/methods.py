"""Which method counts for what: the one table (NIST SP 800-63B; the table of the contract)."""

from __future__ import annotations

from collections.abc import Mapping

from security.model import Assurance, Method

WITH_PASSWORD: Mapping[Method, Assurance] = {"totp": "aal2"}
"""The level that each available method reaches together with a password."""

PASSWORD_ALONE: Assurance = "aal1"
