"""A small API and a manifest that fits it, to be changed in one place at a time."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

REF = {"$ref": "#/components/schemas/Order"}
LIMIT = {
    "name": "limit",
    "in": "query",
    "required": False,
    "schema": {"type": "integer", "minimum": 1, "maximum": 100},
}
ORDER_ID = {
    "name": "order_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 64},
}


READS = [{"token": ["orders:read"]}]
WRITES = [{"token": ["orders:cancel:write"]}]
SETTLES = [{"token": ["orders:settle"]}]
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "schema": {"type": "string"},
}


def _answers(schema: dict[str, Any]) -> dict[str, Any]:
    return {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}}


DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Orders", "version": "1"},
    "components": {
        "schemas": {
            "Order": {
                "type": "object",
                "additionalProperties": False,
                "required": ["id", "state"],
                "properties": {
                    "id": {"type": "string"},
                    "state": {"enum": ["sent", "lost"]},
                    "lines": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {"name": {"type": "string"}, "price": {"type": "string"}},
                        },
                    },
                },
            }
        }
    },
    "paths": {
        "/orders": {
            "get": {
                "operationId": "list_orders",
                "security": READS,
                "parameters": [LIMIT],
                "responses": _answers({"type": "array", "items": REF}),
            },
            "post": {
                "operationId": "place_order",
                "security": WRITES,
                "responses": _answers(REF),
            },
        },
        "/orders/{order_id}/lines": {
            "get": {
                "operationId": "order_lines",
                "security": READS,
                "parameters": [ORDER_ID, LIMIT],
                "responses": _answers(REF),
            }
        },
        "/orders/{order_id}/cancel": {
            "parameters": [ORDER_ID],
            "post": {
                "operationId": "cancel_order",
                "security": WRITES,
                "parameters": [KEY],
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["why"],
                                "properties": {
                                    "why": {"enum": ["late", "wrong"]},
                                    "note": {"type": "string", "maxLength": 80},
                                },
                            }
                        }
                    }
                },
                "responses": _answers(REF),
            },
        },
        "/keys/{key}/settle": {
            "post": {
                "operationId": "settle_key",
                "security": SETTLES,
                "parameters": [{**ORDER_ID, "name": "key"}],
                "responses": _answers({"type": "object"}),
            }
        },
    },
}
CANCEL: dict[str, Any] = {
    "title": "Cancel an order",
    "endpoint": "cancel_order",
    "class": "personal",
    "scope": "orders:cancel:write",
    "outcome": {"ask": "Cancel the order {order_id}", "done": "Cancelled the order {order_id}"},
    "settle": {"endpoint": "settle_key", "scope": "orders:settle"},
    "fields": ["id", "state"],
}
MANIFEST: dict[str, Any] = {
    "api": "orders",
    "audience": "urn:gatehouse:api:orders",
    "document": "orders.json",
    "operations": {
        "orders.list": {
            "title": "See your orders",
            "endpoint": "list_orders",
            "class": "plain",
            "scope": "orders:read",
            "fields": ["id", "state", "lines.name"],
        }
    },
}


class Project:
    """A folder with one API document and one manifest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.document = copy.deepcopy(DOCUMENT)
        self.manifest = copy.deepcopy(MANIFEST)
        self.manifests = folder / "operations"
        self.manifests.mkdir()

    @property
    def entry(self) -> dict[str, Any]:
        """The one operation."""
        entry: dict[str, Any] = self.manifest["operations"]["orders.list"]
        return entry

    def write(self) -> None:
        """Write both files as they are now."""
        (self.folder / "orders.json").write_text(json.dumps(self.document))
        (self.manifests / "orders.yml").write_text(yaml.safe_dump(self.manifest))


Change = Callable[[Project], None]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)
