"""The description of the public API, around an application: for tests that hold answers to it."""

from __future__ import annotations

import schemathesis
from schemathesis.config import SchemathesisConfig

from gateway.app import all_calls
from gateway.openapi import openapi_document
from tests.gateway.conftest import ORIGIN, Gateway
from tests.gateway.fakes import CSRF

MANY = dict.fromkeys(("sessions", "sign_ins", "messages", "requests"), 10_000_000)
ACCEPTED = ["2xx", "401", "403", "404", "409", "410", "422"]
"""What honest data may meet. What no schema can say is a 422 with its reason."""


def described(gateway: Gateway) -> schemathesis.BaseSchema:
    """Return the description, around an application that knows one session."""
    config = SchemathesisConfig.from_dict(
        {
            "base-url": ORIGIN,
            "seed": 20261120,
            "generation": {"max-examples": 60},
            "parameters": {"header.X-CSRF-Token": CSRF},
            "checks": {"positive_data_acceptance": {"expected-statuses": ACCEPTED}},
        }
    )
    schema = schemathesis.openapi.from_dict(openapi_document(all_calls(demo=True)), config=config)
    schema.app = gateway.app
    return schema
