"""The schema of a record (JSON Schema 2020-12): `python -m security.audit.schema` prints it.

Published as `/assets/schemas/audit-record-2.json`. Every member is an enumeration, a number, a
moment or an opaque reference of a fixed shape: there is no member that a person's words fit into.
Records of the first version, which name none, are held to what both have in common.
"""

from __future__ import annotations

import json
from typing import Any, get_args

from security.audit.kinds import Channel, Outcome
from security.audit.record import VERSION, Decision
from security.audit.tags import Tag
from security.roles import ROLES

_HEX = "^[0-9a-f]{%d}$"
_WORD = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.:-]{0,95}$"}
_OPAQUE = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,86}$"}
_NUMBER = {"type": "integer", "minimum": 1}

PROPERTIES: dict[str, dict[str, Any]] = {
    "at": {
        "type": "string",
        "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$",
        "description": "When, in UTC, to the microsecond.",
    },
    "writer": _WORD | {"description": "Whose chain; `writer-sequence` is the event's id."},
    "sequence": _NUMBER | {"description": "Its place in that chain, from 1."},
    "previous_sha256": {
        "type": "string",
        "pattern": _HEX % 64,
        "description": "The SHA-256 of the record before it in its chain, as its bytes are.",
    },
    "version": {"const": VERSION},
    "tag": {"enum": sorted(tag.value for tag in Tag), "description": "source:subject:action"},
    "outcome": {"enum": list(get_args(Outcome)), "description": "What its kind came to."},
    "channel": {"enum": list(get_args(Channel)), "description": "By which way it came."},
    "tenant": _WORD | {"description": "The id of the organisation."},
    "person": _WORD
    | {"description": "The pseudonym of whom it is about; of an alert, of whoever did it."},
    "actor": _WORD | {"description": "Who did it, where that is another: pseudonym, client, part."},
    "roles": {"type": "array", "items": {"enum": sorted(ROLES)}, "minItems": 1},
    "session": _OPAQUE | {"description": "Its reference, under a key of the tenant's."},
    "about": {
        "type": "array",
        "items": _OPAQUE,
        "minItems": 1,
        "description": "Whose data it was, as their API names them, where not the person's.",
    },
    "turn": _OPAQUE,
    "operation": _WORD | {"description": "As its manifest names it."},
    "scope": _WORD | {"description": "What its token was for."},
    "arguments": {
        "type": "string",
        "pattern": _HEX % 64,
        "description": "The keyed digest of the operation with its arguments.",
    },
    "object": {
        "type": "string",
        "pattern": "^(•••• [0-9A-Z]{4}|[a-z0-9][a-z0-9_.-]{0,63})$",
        "description": "A masked number, or the id of an identity provider.",
    },
    "purpose": _WORD,
    "decision": {"enum": list(get_args(Decision))},
    "reason": _WORD | {"description": "A stable code."},
    "assurance": {"enum": ["none", "aal1", "aal2", "aal3"]},
    "method": _WORD | {"description": "What something was proved with."},
    "token": _OPAQUE | {"description": "The id of an access token; the token is nowhere."},
    "key": _OPAQUE | {"description": "The id of a key."},
    "intent": {
        "type": "string",
        "pattern": "^[A-Za-z0-9][A-Za-z0-9_.:-]{0,95}-[1-9][0-9]*$",
        "description": "The id of the record that allowed it.",
    },
    "duration_us": {"type": "integer", "minimum": 0, "description": "Microseconds."},
    "origin": {"type": "string", "pattern": "^[0-9a-f]{16,64}$", "description": "Keyed digest."},
    "counterparty": {"type": "string", "pattern": _HEX % 32, "description": "Keyed digest."},
    "magnitude": {"type": "integer", "minimum": 1, "maximum": 40, "description": "Digits."},
}

_ALWAYS = ["at", "previous_sha256", "sequence", "tag"]
_OF_KIND: dict[tuple[Tag, ...], list[str]] = {
    (Tag.OPERATION_DENIED,): ["decision", "reason"],
    (Tag.OPERATION_INTENDED,): [
        *("tenant", "session", "operation", "scope", "arguments", "decision", "assurance", "token")
    ],
    (Tag.OPERATION_RETRIED,): ["operation", "token", "intent"],
    (Tag.OPERATION_DONE, Tag.OPERATION_DOUBTED, Tag.OPERATION_FAILED): [
        *("operation", "token", "intent", "duration_us")
    ],
    (Tag.ALERT_RAISED, Tag.WATCH_ANSWERED): ["actor", "reason"],
}
"""What records of a kind have beside: the rest depends on who it is about."""


def record_schema() -> dict[str, Any]:
    """Return the schema of one record."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://gatehouse.example/assets/schemas/audit-record-2.json",
        "title": "A record of the trail",
        "description": "One line of an export. Its bytes are what the record after it names.",
        "type": "object",
        "properties": PROPERTIES,
        "additionalProperties": False,
        "required": _ALWAYS,
        "if": {"required": ["version"]},
        "then": {
            "required": ["channel", "outcome", "writer"],
            "allOf": [
                {
                    "if": {"properties": {"tag": {"enum": sorted(tag.value for tag in tags)}}},
                    "then": {"required": members},
                }
                for tags, members in _OF_KIND.items()
            ],
        },
    }


def main() -> None:
    """Print the schema as it is published."""
    print(json.dumps(record_schema(), indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
