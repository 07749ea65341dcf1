"""The one call that gives a document: to the session that was given its link, once.

It changes nothing but the link, which nobody else can use and no other site can know; so it is a
GET, as links are, and takes no CSRF token.
"""

from __future__ import annotations

import base64

from gateway.calls import Asked, Call, Download, Parts, Reply


async def open_document(parts: Parts, asked: Asked) -> Reply:
    """Save the document of a link from the chat; it works once, for 60 seconds."""
    document = await parts.security.open_document(asked.session_id, asked.reference)
    content = base64.b64decode(document.content, validate=True)
    return Reply(Download(document.name, document.media_type, content))


def document_calls() -> tuple[Call, ...]:
    """Return the calls of this module."""
    return (
        Call(
            "GET",
            "/api/documents/{id}",
            "A document of one's own, by a link that works once",
            open_document,
            None,
            unknown="not_found",
            guard="session",
            uses_up=True,
            files=("application/pdf", "application/json", "text/html"),
            may_refuse=frozenset(
                {
                    "link_expired",
                    "forbidden",
                    "step_up_required",
                    "step_up_impossible",
                    "rate_limited",
                    "api_unavailable",
                    "api_invalid",
                }
            ),
        ),
    )
