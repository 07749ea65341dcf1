"""An event as it is written into a stream: JSON on one line, whatever is in its words."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.events import written
from security.model import Event


def read(block: bytes) -> object:
    """Read the one event of a stream, as the page does: lines end at line feeds."""
    event, data, *rest = block.decode().split("\n")
    assert (event, rest) == ("event: message", ["", ""])
    return json.loads(data.removeprefix("data: "))


@pytest.mark.parametrize("end", ["\u2028", "\u2029", "\x85"])
def test_attack_words_that_end_a_line_of_the_stream(end: str) -> None:
    """ASVS 1.2.1: somebody else's words (a payment's text) neither tear the event in two, so that
    the page loses it, nor begin one of their own."""
    words = f'See{end}event: session{end}data: {{"over":"ended"}}'
    data = json.dumps({"text": words}, ensure_ascii=False)
    block = written([Event(event="message", data=data)])
    assert len(block.decode().splitlines()) == 3
    assert read(block) == {"text": words}


@given(st.text(st.characters(codec="utf-8")))
def test_every_text_arrives_as_it_was(words: str) -> None:
    data = json.dumps({"text": words}, ensure_ascii=False)
    assert read(written([Event(event="message", data=data)])) == {"text": words}
