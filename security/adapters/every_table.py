"""The whole schema: whoever goes through all tables takes it from here, so that none is missing."""

from __future__ import annotations

from sqlalchemy import MetaData

from security.adapters import (  # noqa: F401 - each adds its tables.
    access_tables,
    account_tables,
    admin_tables,
    alert_tables,
    audit_tables,
    link_tables,
    outlet_tables,
    personal_tables,
    push_tables,
    sms_tables,
    sso_tables,
    token_store,
)
from security.adapters.tables import Base

SCHEMA: MetaData = Base.metadata
