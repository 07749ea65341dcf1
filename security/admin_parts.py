"""Wires what the command line of this installation may ask."""

from __future__ import annotations

from concurrent.futures import Executor

from security.core import Core
from security.faces.admin import admin_face
from security.faces.http import Face
from security.key_parts import Rotations
from security.personal_parts import Personal
from security.services.breaches import Breaches
from security.services.operating import Operating
from security.services.tenants import Tenants
from security.services.users import Users


def build_admin(
    core: Core, hashing: Executor, keys: Rotations, personal: Personal, operating: Operating
) -> Face:
    """Return the application of the administrator's listener."""
    people, tenants = Users(core, hashing), Tenants(core)
    return admin_face(people, tenants, keys, personal, Breaches(core), operating)
