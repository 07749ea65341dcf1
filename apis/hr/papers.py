"""A paper as a PDF: a title, whose it is, and lines of two columns. pydyf writes the format."""

from __future__ import annotations

import io
import json
from datetime import date

import pydyf

_WIDTH, _HEIGHT, _MARGIN, _LINE = 595, 842, 72, 20
_FONTS = {"F1": "Helvetica", "F2": "Helvetica-Bold"}
_MOST_LINES = 30


def pdf_of(title: str, name: str, issued_on: date, lines: str) -> bytes:
    """Return one page of A4; `lines` is JSON, `[[label, value], …]`."""
    page = _Page()
    page.write("F2", 18, title)
    page.write("F1", 11, name)
    page.write("F1", 11, f"Issued on {issued_on.day} {issued_on:%B %Y}")
    page.skip()
    for label, value in json.loads(lines)[:_MOST_LINES]:
        page.write("F1", 11, label, value)
    return page.finished(title)


class _Page:
    def __init__(self) -> None:
        self._stream = pydyf.Stream()
        self._y = _HEIGHT - _MARGIN

    def skip(self) -> None:
        self._y -= _LINE

    def write(self, font: str, size: int, left: str, right: str = "") -> None:
        for x, text in ((_MARGIN, left), (_WIDTH // 2, right)):
            if text:
                self._stream.begin_text()
                self._stream.set_font_size(font, size)
                self._stream.set_text_matrix(1, 0, 0, 1, x, self._y)
                self._stream.show_text_string(_latin(text))
                self._stream.end_text()
        self.skip()

    def finished(self, title: str) -> bytes:
        document = pydyf.PDF()
        document.info["Title"] = pydyf.String(_latin(title))
        fonts = pydyf.Dictionary()
        for short, base in _FONTS.items():
            font = pydyf.Dictionary(
                {
                    "Type": "/Font",
                    "Subtype": "/Type1",
                    "BaseFont": f"/{base}",
                    "Encoding": "/WinAnsiEncoding",
                }
            )
            document.add_object(font)
            fonts[short] = font.reference
        document.add_object(self._stream)
        document.add_page(
            pydyf.Dictionary(
                {
                    "Type": "/Page",
                    "Parent": document.pages.reference,
                    "Contents": self._stream.reference,
                    "MediaBox": pydyf.Array([0, 0, _WIDTH, _HEIGHT]),
                    "Resources": pydyf.Dictionary({"Font": fonts}),
                }
            )
        )
        written = io.BytesIO()
        document.write(written)
        return written.getvalue()


def _latin(text: str) -> bytes:
    """Return what the standard fonts can show: Latin letters; anything else is a question mark."""
    return text.encode("latin-1", "replace")
