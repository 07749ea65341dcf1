"""The application of an API: its routes under the rules that all of them keep."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.telemetry import TelemetryConfig

from apis.common.model import Strict
from apis.common.problems import Kinds, described
from apis.common.requests import WriteRoute, described_body
from apis.common.writer import Written

TELEMETRY_OFF: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""The framework would otherwise record requests and the messages of exceptions, and export
them wherever an environment variable says."""

Endpoint = Callable[..., Any]


def new_app(title: str) -> FastAPI:
    """Return an application without routes but the one that tells it is alive."""
    app = FastAPI(
        title=title,
        version="1.0.0",
        openapi_url=None,
        redirect_slashes=False,
        telemetry=TELEMETRY_OFF,
    )
    app.add_api_route("/healthz", _healthz, include_in_schema=False)
    return app


def add_read(app: FastAPI, kinds: Kinds, path: str, read: Endpoint, codes: Iterable[str]) -> None:
    """Serve GET `path`; the operationId is the function's name."""
    name = getattr(read, "__name__", "")
    app.add_api_route(
        path,
        read,
        operation_id=name,
        responses=described(kinds, *codes),
        response_model_exclude_none=True,
    )


def add_write(
    app: FastAPI,
    kinds: Kinds,
    path: str,
    write: Endpoint,
    form: type[Strict] | None,
    codes: Iterable[str],
) -> None:
    """Serve POST `path` with a body of `form`, told about in the log."""
    app.router.add_api_route(
        path,
        write,
        methods=["POST"],
        operation_id=getattr(write, "__name__", ""),
        responses=described(kinds, *codes),
        response_model_exclude_none=True,
        openapi_extra=described_body(form) if form else None,
        route_class_override=WriteRoute,
    )


def told[A: Strict](request: Request, written: Written[A]) -> A:
    """Return the answer of a write; the log will say whether it was done now or before."""
    request.state.outcome = "repeated" if written.again else "done"
    return written.answer


async def _healthz() -> dict[str, str]:
    return {"status": "ok"}
