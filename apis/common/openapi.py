"""The OpenAPI document of an API: what its routes say, and what they read themselves.

The document is committed beside the API, because security reads it at start; a test tells when
it is no longer what the routes say.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from apis.common.model import Problem


def document_of(routes: FastAPI, bodies: Iterable[type[BaseModel]]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the routes.

    `bodies` are the forms that `requests.body_of` reads: the framework does not know of them.
    """
    described = routes.openapi()
    schemas = described["components"]["schemas"]
    schemas["Problem"] = Problem.model_json_schema(mode="serialization")
    for body in bodies:
        schemas[body.__name__] = body.model_json_schema(mode="serialization")
    return described


def as_text(document: dict[str, Any]) -> str:
    """Return the document as the text that is committed."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
