"""Spans of a process, by OpenTelemetry's SDK: who called what, how long, with which status.

A span holds the name of a call out of the process's own list and two numbers: no path, no text, no
argument, no id of a person or a session. They wait in memory until they are fetched.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, Span, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from runtime.carrying import TRACEPARENT, carrying

MOST_KEPT = 2_000
STATUS = "http.response.status_code"
_SERVER_ERROR = 500


class Kept(SpanExporter):
    """The newest spans, until somebody takes them; older ones go where nobody does."""

    def __init__(self) -> None:
        self._spans: deque[ReadableSpan] = deque(maxlen=MOST_KEPT)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Keep them."""
        self._spans.extend(spans)
        return SpanExportResult.SUCCESS

    def take(self) -> list[dict[str, Any]]:
        """Return what is kept in the terms of OTLP's JSON, and forget it."""
        taken = []
        while self._spans:
            taken.append(_said(self._spans.popleft()))
        return taken


class Tracer:
    """Begins and ends the spans of a process. `ratio`: how many traces are kept, of one."""

    def __init__(self, ratio: float = 1.0) -> None:
        self.kept = Kept()
        # What the environment says of resources and samplers is not heard: only this is.
        provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(ratio)),
            resource=Resource({}),
            shutdown_on_exit=False,
        )
        provider.add_span_processor(SimpleSpanProcessor(self.kept))
        self._tracer = provider.get_tracer("gatehouse")
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def span(self, name: str, traceparent: str | None) -> Iterator[Span]:
        """Trace what the block does, below its caller's span where there is one."""
        above = {} if traceparent is None else {TRACEPARENT: traceparent}
        context = self._propagator.extract(above, Context())
        span = self._tracer.start_span(name, context, SpanKind.SERVER)
        below: dict[str, str] = {}
        self._propagator.inject(below, set_span_in_context(span, Context()))
        try:
            with carrying(below[TRACEPARENT]):
                yield span  # type: ignore[misc]
        finally:
            span.end()


def ended(span: Span, status: int) -> None:
    """Say with which status a call was answered."""
    span.set_attribute(STATUS, status)
    if status >= _SERVER_ERROR:
        span.set_status(Status(StatusCode.ERROR))


def _said(span: ReadableSpan) -> dict[str, Any]:
    context, parent = span.context, span.parent
    status = (span.attributes or {}).get(STATUS)
    said: dict[str, Any] = {
        "traceId": f"{context.trace_id:032x}",
        "spanId": f"{context.span_id:016x}",
        "name": span.name,
        "kind": 2,
        "startTimeUnixNano": str(span.start_time or 0),
        "endTimeUnixNano": str(span.end_time or 0),
        "status": {"code": 2} if span.status.status_code is StatusCode.ERROR else {},
    }
    if parent is not None:
        said["parentSpanId"] = f"{parent.span_id:016x}"
    if isinstance(status, int):
        said["attributes"] = [{"key": STATUS, "value": {"intValue": str(status)}}]
    return said
