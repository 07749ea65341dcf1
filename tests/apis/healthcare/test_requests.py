"""The document itself, and generated requests: every answer is a declared one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from apis.common.openapi import as_text
from apis.healthcare import openapi
from tests.support.generated import unsent

from .paths import OPERATIONS

DOCUMENT = openapi.document()


def test_the_committed_document_is_what_the_routes_say() -> None:
    committed = Path(openapi.__file__).with_name("openapi.json").read_text("utf-8")
    assert committed == as_text(DOCUMENT)


def test_every_object_of_the_document_is_closed() -> None:
    for name, schema in DOCUMENT["components"]["schemas"].items():
        assert schema["additionalProperties"] is False, name


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_a_scope_says_which_resources_and_what_may_be_done(operation: str) -> None:
    """SMART App Launch 2.0, 3.0.2: resource and permission, in this project's own form."""
    api, _resources, may = OPERATIONS[operation].split(":")
    writes = operation.split("_", maxsplit=1)[0] in {"book", "reschedule", "cancel", "open"}
    assert api == "healthcare"
    assert may == ("write" if writes else "settle" if operation == "settle_key" else "read")


schema = schemathesis.openapi.from_dict(DOCUMENT)
schema.config.update(base_url="http://healthcare")


@schema.parametrize()
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_face_is_what_its_document_says(case: schemathesis.Case, clinic: Any) -> None:
    """No generated request finds an answer that is not described, or one of the 500s."""
    name = case.operation.definition.raw["operationId"]
    case.operation.schema.app = case.operation.app = clinic.app
    path, key = case.formatted_path, (case.headers or {}).get("Idempotency-Key")
    token = clinic.token(OPERATIONS[name], "dana" if "patient" in name else "pat")
    if case.method == case.operation.method.upper() == "POST":
        token = clinic.write_token(path, case.body, key)
    reply = case.call(headers=clinic.headers(case.method, path, token))
    # No fault of the form: a key that another request had, and a day that no month has.
    refused = reply.status_code == 422 and reply.json()["code"] in {
        "idempotency_key_reused",
        "invalid_request",
    }
    unusual = refused and (name == "list_slots" or "appointment" in name)
    unusual = unusual or (refused and reply.json()["code"] == "idempotency_key_reused")
    excluded = [positive_data_acceptance] if unusual else []
    sent = unsent(case, str(reply.request.url))
    case.validate_response(reply, excluded_checks=[*excluded, *sent])
