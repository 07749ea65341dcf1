"""A document of the shapes that FHIR has, small enough to be read."""

from __future__ import annotations

from typing import Any

PERIOD = {
    "type": "object",
    "required": ["start"],
    "properties": {
        "start": {"type": "string", "format": "date-time"},
        "end": {"type": "string", "format": "date-time"},
    },
}
# The shapes of FHIR: resources told apart by a word, references into each other, extensions.
COMPONENTS: dict[str, Any] = {
    "parameters": {
        "Status": {
            "name": "status",
            "in": "query",
            "schema": {"type": "array", "items": {"enum": ["booked", "cancelled"]}, "maxItems": 3},
        }
    },
    "requestBodies": {
        "Appointment": {
            "required": True,
            "content": {
                "application/fhir+json; charset=utf-8": {
                    "schema": {"$ref": "#/components/schemas/Appointment"}
                }
            },
        }
    },
    "responses": {
        "Found": {
            "description": "ok",
            "content": {
                "application/fhir+json": {"schema": {"$ref": "#/components/schemas/Bundle"}}
            },
        }
    },
    "schemas": {
        "Period": PERIOD,
        "Extension": {
            "type": "object",
            "required": ["url"],
            "properties": {
                "url": {"type": "string", "format": "uri"},
                "extension": {
                    "type": "array",
                    "items": {"$ref": "#/components/schemas/Extension"},
                },
            },
        },
        "Resource": {
            "type": "object",
            "required": ["resourceType"],
            "properties": {"resourceType": {"type": "string"}, "id": {"type": "string"}},
        },
        "Appointment": {
            "allOf": [
                {"$ref": "#/components/schemas/Resource"},
                {
                    "type": "object",
                    "required": ["date", "participants"],
                    "properties": {
                        "resourceType": {"const": "Appointment"},
                        "date": {"type": "string", "format": "date"},
                        "urgent": {"type": "boolean"},
                        "weight": {"type": "number"},
                        "note": {"type": ["string", "null"]},
                        "contact": {"type": "string", "format": "email"},
                        "period": {"$ref": "#/components/schemas/Period"},
                        "participants": {
                            "type": "array",
                            "minItems": 1,
                            "items": {
                                "oneOf": [
                                    {
                                        "type": "object",
                                        "required": ["physician"],
                                        "properties": {"physician": {"type": "string"}},
                                    },
                                    {
                                        "type": "object",
                                        "required": ["room"],
                                        "properties": {"room": {"type": "integer"}},
                                    },
                                ]
                            },
                        },
                        "extension": {
                            "type": "array",
                            "items": {"$ref": "#/components/schemas/Extension"},
                        },
                    },
                },
            ]
        },
        "Observation": {
            "allOf": [
                {"$ref": "#/components/schemas/Resource"},
                {
                    "type": "object",
                    "properties": {
                        "resourceType": {"const": "Observation"},
                        "value": {"type": "number"},
                        "effective": {"type": "string", "format": "date-time"},
                    },
                },
            ]
        },
        "Bundle": {
            "type": "object",
            "required": ["entry"],
            "properties": {
                "entry": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "resource": {
                                "oneOf": [
                                    {"$ref": "#/components/schemas/Appointment"},
                                    {"$ref": "#/components/schemas/Observation"},
                                    {"$ref": "#/components/schemas/Bundle"},
                                ]
                            }
                        },
                    },
                }
            },
        },
    },
}
PATHS: dict[str, Any] = {
    "/patients/{patient-id}/records": {
        "parameters": [
            {"name": "patient-id", "in": "path", "required": True, "schema": {"type": "string"}}
        ],
        "get": {
            "operationId": "records",
            "parameters": [
                {"$ref": "#/components/parameters/Status"},
                {
                    "name": "since",
                    "in": "query",
                    "schema": {"type": "string", "format": "date"},
                },
                {"name": "mine", "in": "query", "schema": {"type": "boolean"}},
                {"name": "DPoP", "in": "header", "schema": {"type": "string"}},
            ],
            "responses": {"200": {"$ref": "#/components/responses/Found"}},
        },
        "post": {
            "operationId": "book",
            "requestBody": {"$ref": "#/components/requestBodies/Appointment"},
            "responses": {
                "201": {
                    "description": "booked",
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Resource"}}
                    },
                },
                "204": {"description": "booked before"},
                "default": {"description": "anything"},
            },
        },
        "delete": {"operationId": "forget", "responses": {"204": {"description": "gone"}}},
    }
}
DOCUMENT = {"openapi": "3.1.0", "components": COMPONENTS, "paths": PATHS}
