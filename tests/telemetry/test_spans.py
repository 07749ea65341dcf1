"""Spans on their way to a collector: OpenTelemetry reads them, and nothing else goes."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from google.protobuf.json_format import Parse  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from runtime.calls import OTHER
from runtime.tracing import Tracer, ended
from telemetry.spans import MOST_OF_A_PROCESS, request


def one(**changed: Any) -> dict[str, Any]:
    tracer = Tracer()
    with tracer.span("POST /invoke", None) as span:
        ended(span, 200)
    [said] = tracer.kept.take()
    return {**said, **changed}


def sent(process: str, *spans: Any) -> list[dict[str, Any]]:
    body, count = request({process: json.dumps(spans).encode()})
    found = [
        span
        for resource in json.loads(body)["resourceSpans"]
        for scope in resource["scopeSpans"]
        for span in scope["spans"]
    ]
    assert len(found) == count
    return found


def in_base64(value: Any) -> Any:
    """OTLP's JSON writes ids in hexadecimal, protobuf's own in base64: the one difference."""
    if isinstance(value, list):
        return [in_base64(each) for each in value]
    if not isinstance(value, dict):
        return value
    ids = {"traceId", "spanId", "parentSpanId"}
    return {
        key: base64.b64encode(bytes.fromhex(each)).decode() if key in ids else in_base64(each)
        for key, each in value.items()
    }


def test_the_published_schema_reads_them() -> None:
    """OTLP 1.x, by OpenTelemetry's own messages; an unknown field would be an error."""
    body, _ = request(
        {"security": json.dumps([one(), one(parentSpanId="b7ad6b7169203331")]).encode()}
    )
    message = Parse(json.dumps(in_base64(json.loads(body))), ExportTraceServiceRequest())
    [resource] = message.resource_spans
    assert resource.resource.attributes[0].value.string_value == "gatehouse-security"
    first, second = resource.scope_spans[0].spans
    assert (first.name, len(first.trace_id), len(first.span_id)) == ("POST /invoke", 16, 8)
    assert second.parent_span_id.hex() == "b7ad6b7169203331"
    assert first.attributes[0].value.int_value == 200
    assert first.end_time_unix_nano >= first.start_time_unix_nano > 1_700_000_000_000_000_000


@pytest.mark.parametrize(
    "changed",
    [
        {"traceId": "alice"},
        {"spanId": None},
        {"startTimeUnixNano": 7},
        {"endTimeUnixNano": "1" * 21},
    ],
)
def test_attack_a_span_without_its_shape_does_not_go(changed: dict[str, Any]) -> None:
    """ASVS 16.4.1."""
    assert sent("rasa", one(**changed), one()) != []
    assert len(sent("rasa", one(**changed), one())) == 1


def test_attack_words_of_a_process_do_not_go() -> None:
    """ASVS 16.2.5: names, attributes and events are ours or are left out."""
    planted = {"key": "planted", "value": {"stringValue": "my code is 123456"}}
    [span] = sent(
        "rasa",
        one(
            name="my code is 123456",
            attributes=[planted],
            events=[{"name": "planted"}],
            status={"code": 2, "message": "planted"},
            parentSpanId="planted",
            traceState="planted",
        ),
    )
    assert span["name"] == OTHER
    assert "planted" not in str(span)
    assert "123456" not in str(span)


@pytest.mark.parametrize("text", [b"", b"{", b"{}", b"7", b'["a",[],{}]', None])
def test_what_is_no_list_of_spans_is_none(text: bytes | None) -> None:
    assert request({"rasa": text}) == (b'{"resourceSpans":[]}', 0)


def test_a_process_has_so_many_and_no_more() -> None:
    assert len(sent("rasa", *[one()] * (MOST_OF_A_PROCESS + 1))) == MOST_OF_A_PROCESS


@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["traceId", "attributes", "name", "key", "value"]), inner
            )
        ),
        max_leaves=8,
    )
)
def test_attack_whatever_is_told_makes_a_request(said: Any) -> None:
    """ASVS 16.4.1."""
    body, count = request({"rasa": json.dumps([said, one(attributes=said)]).encode()})
    assert count >= 1
    assert json.loads(body)["resourceSpans"]
