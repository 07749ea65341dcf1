"""What the models of the seams refuse."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from security.document_model import Document

PDF = {"name": "payslip-2026-10.pdf", "media_type": "application/pdf", "content": "JVBERg=="}


def test_a_document_is_a_pdf() -> None:
    assert Document.model_validate(PDF).media_type == "application/pdf"


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/pdf\n", ""])
def test_attack_a_document_that_a_browser_would_run(kind: str) -> None:
    """ASVS 3.2.1: an API that is taken over serves no page from the gateway's origin."""
    with pytest.raises(ValidationError):
        Document.model_validate({**PDF, "media_type": kind})
