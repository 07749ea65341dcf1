"""The pages and their assets: read once at start, served from memory.

A request's path is only ever a key of a dictionary, so no path can lead out of the folder.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.headers import content_policy
from gateway.problems import Problem, problem_response

_TYPES: Mapping[str, str] = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
}
_FRAME_PAGE = "embed.html"
_PAGES: Mapping[str, str] = {
    "index.html": "/",
    "security.html": "/security",
    "admin.html": "/admin",
    "monitor.html": "/monitor",
    "push.html": "/push",
    "push-worker.js": "/push-worker.js",
    "demo.html": "/demo",
    "demo-phone.html": "/demo/phone",
    "embed.js": "/embed.js",
    "sso.html": "/sso/callback",
}
_OF_THE_DEMO = ("demo.html", "demo-phone.html", "assets/demo/")
_FRAMED_CHAT = "/demo/chat"
"""The chat page once more, in demo mode alone: `/` itself stays out of every frame."""
_POLICIES: Mapping[str, str] = {
    "/security": content_policy(worker=True),
    "/demo": content_policy(frames=("'self'",)),
    _FRAMED_CHAT: content_policy(ancestors=("'self'",)),
}
_READS = ("GET", "HEAD")
Reach = Literal["same-origin", "cross-origin"]


class NoPages(RuntimeError):
    """The folder holds no start page."""


@dataclass(frozen=True)
class Page:
    """One file as it is served."""

    body: bytes
    media_type: str
    etag: str
    cache: str = "no-cache"
    compressed: bytes | None = None
    """The same by gzip, where that is shorter; made once, at start."""
    resource: Reach = "same-origin"
    """Whose pages may load it (Cross-Origin-Resource-Policy)."""
    policy: str | None = None
    """Its Content-Security-Policy, where it is not the usual one."""


def read_pages(folder: Path, *, demo: bool) -> dict[str, Page]:
    """Return URL path → page for all files of known types under `folder`.

    `index.html` is `/`, `security.html` is `/security`, `admin.html` is `/admin`, `monitor.html` is
    `/monitor`, `embed.js` is `/embed.js`, for pages of other sites, and, in demo mode alone,
    `demo.html` is `/demo`; every other file but the page of frames (`read_frame`) is below
    `/assets/`. Hidden files and links
    that lead elsewhere are left out, and outside demo mode what belongs to the demo. Raises
    `NoPages` where there is no `index.html`.
    """
    pages = {
        _url(name): page_of(file.read_bytes(), _TYPES[file.suffix], resource=_reach(name))
        for name, file in _files(folder.resolve())
        if name != _FRAME_PAGE and (demo or not name.startswith(_OF_THE_DEMO))
    }
    if "/" not in pages:
        raise NoPages(f"there is no index.html in {folder}")
    if demo:
        pages[_FRAMED_CHAT] = pages["/"]
    for path in _POLICIES.keys() & pages.keys():
        pages[path] = replace(pages[path], policy=_POLICIES[path])
    return pages


def read_frame(folder: Path) -> bytes:
    """Return the page of a chat inside another site. Raises `NoPages` where there is none."""
    file = folder / _FRAME_PAGE
    if not file.is_file():
        raise NoPages(f"there is no {_FRAME_PAGE} in {folder}")
    return file.read_bytes()


class Pages:
    """Serves pages (ASGI); what it does not have is `not_found`."""

    def __init__(self, pages: Mapping[str, Page]) -> None:
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._respond(Request(scope))(scope, receive, send)

    def _respond(self, request: Request) -> Response:
        page = self._pages.get(request.scope["path"])
        return problem_response(Problem("not_found")) if page is None else served(page, request)


def served(page: Page, request: Request) -> Response:
    """Return the answer to a request for this page."""
    if request.method not in _READS:
        allow = {"Allow": ", ".join(_READS)}
        return problem_response(Problem("method_not_allowed", headers=allow))
    kept = {"Cache-Control": page.cache, "ETag": page.etag}
    if page.resource != "same-origin":
        kept["Cross-Origin-Resource-Policy"] = page.resource
    if page.policy is not None:
        kept["Content-Security-Policy"] = page.policy
    if page.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=kept)
    kept |= {"Content-Type": page.media_type, "Vary": "Accept-Encoding"}
    if page.compressed is not None and _takes_gzip(request):
        return Response(page.compressed, headers={**kept, "Content-Encoding": "gzip"})
    return Response(page.body, headers=kept)


def _takes_gzip(request: Request) -> bool:
    """Tell whether the client names gzip without refusing it (RFC 9110 section 12.5.3)."""
    offers = request.headers.get("accept-encoding", "").lower().split(",")
    named = [offer.partition(";") for offer in offers]
    return any(
        name.strip() == "gzip" and quality.strip() not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
        for name, _, quality in named
    )


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder)
        hidden = any(part.startswith(".") for part in name.parts)
        inside = file.resolve().is_relative_to(folder)
        if file.is_file() and inside and not hidden and file.suffix in _TYPES:
            yield name.as_posix(), file


def _url(name: str) -> str:
    if name in _PAGES:
        return _PAGES[name]
    return f"/{name}" if name.startswith("assets/") else f"/assets/{name}"


def _reach(name: str) -> Reach:
    return "cross-origin" if name == "embed.js" else "same-origin"


def page_of(
    body: bytes, media_type: str, cache: str = "no-cache", resource: Reach = "same-origin"
) -> Page:
    """Return `body` with the tag of its content; `no-cache` means: ask again each time."""
    smaller = gzip.compress(body, 9, mtime=0)
    compressed = smaller if len(smaller) < len(body) else None
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return Page(body, media_type, etag, cache, compressed, resource)
