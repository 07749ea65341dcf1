"""The schema that OCSF publishes, from the package `ocsf-json-schema`."""

from __future__ import annotations

from functools import cache
from typing import Any

import jsonschema_rs
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from security.audit.ocsf import PROFILES, VERSION


@cache
def published() -> OcsfJsonSchemaEmbedded:
    return OcsfJsonSchemaEmbedded(get_ocsf_schema(version=VERSION))


@cache
def validator(class_uid: int) -> Any:
    name = published().lookup_class_name_from_uid(class_uid)
    schema = published().get_class_schema(class_name=name, profiles=list(PROFILES))
    return jsonschema_rs.Draft202012Validator(schema)
