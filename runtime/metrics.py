"""The numbers of a process, as Prometheus reads them: no person, no id, no word in a label."""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """A registry with what every process counts; others add to it.

    Labels: `call` is out of the process's own list of calls, `status` one of five classes.
    """

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = Counter(
            "gatehouse_requests",
            "Requests that were answered, by call and class of status",
            ("call", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "gatehouse_request_seconds",
            "Seconds until an answer began, by call",
            ("call",),
            buckets=_SECONDS,
            registry=self.registry,
        )

    def answered(self, call: str, status: int, seconds: float) -> None:
        """Count one answer."""
        family = f"{status // 100}xx" if 100 <= status <= 599 else "none"
        self._requests.labels(call, family).inc()
        self._seconds.labels(call).observe(seconds)

    def text(self) -> bytes:
        """Return everything in Prometheus's text format 0.0.4."""
        return generate_latest(self.registry)
