"""Requests that two readers would count differently, and fields that come too late."""

from __future__ import annotations

import pytest

from tests.attacks.wire import exchange, head, session_of

pytestmark = pytest.mark.e2e

SAID = b'{"text":"hi"}'
CHUNKED = b"d\r\n" + SAID + b"\r\n0\r\n"
JSON = "Content-Type: application/json"
HIDDEN = "GET /api/tenants"

AMBIGUOUS = {
    "both lengths": ("Content-Length: 4", "Transfer-Encoding: chunked"),
    "both lengths, reversed": ("Transfer-Encoding: chunked", "Content-Length: 4"),
    "two lengths": ("Content-Length: 13", "Content-Length: 0"),
    "a list of lengths": ("Content-Length: 13, 13",),
    "a signed length": ("Content-Length: +13",),
    "an unknown coding": ("Transfer-Encoding: xchunked",),
    "chunked is not last": ("Transfer-Encoding: chunked, identity",),
    "a blank before the colon": ("Transfer-Encoding : chunked",),
    "a folded line": ("Content-Length: 13", "X-A: a\r\n b"),
    "a bare carriage return": ("X-A: a\rContent-Length: 0", "Content-Length: 13"),
}


@pytest.fixture
def posting(gatehouse, visitor):
    """Make the head of a message in a live session, with these further fields."""
    browser = visitor()
    browser.arrive()

    def make(*fields: str) -> bytes:
        return head(gatehouse, "POST /api/messages", *session_of(browser), JSON, *fields)

    return make


@pytest.mark.parametrize("fields", AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
def test_an_ambiguous_length_is_refused_and_nothing_after_it_is_read(gatehouse, posting, fields):
    """ASVS 4.2.1: what could be framed in two ways is one refusal on a closed connection."""
    hidden = head(gatehouse, HIDDEN)
    assert exchange(gatehouse, [posting(*fields) + CHUNKED + b"\r\n" + hidden], 2) == [422]


@pytest.mark.parametrize("line", ["POST /api/messages", "GET /healthz"])
def test_a_body_behind_an_upgrade_is_not_the_next_request(gatehouse, visitor, line):
    """ASVS 4.2.1: an upgrade that is not offered does not make a body a request of its own."""
    browser = visitor()
    browser.arrive()
    hidden = head(gatehouse, HIDDEN)
    upgrade = ("Connection: upgrade", "Upgrade: h2c", f"Content-Length: {len(hidden)}")
    first = head(gatehouse, line, *session_of(browser), JSON, *upgrade)
    assert len(exchange(gatehouse, [first, hidden], 2)) == 1


def test_a_csrf_token_behind_the_body_is_none(gatehouse, visitor):
    """ASVS 3.5.1: a trailer is no header (RFC 9110, section 6.5.1)."""
    browser = visitor()
    browser.arrive()
    cookie, token = session_of(browser)
    sent = head(gatehouse, "POST /api/messages", cookie, JSON, "Transfer-Encoding: chunked")
    [status] = exchange(gatehouse, [sent + CHUNKED + token.encode() + b"\r\n\r\n"])
    assert status in {403, 422}


def test_a_host_behind_the_body_is_none(gatehouse):
    """ASVS 4.2.1: nobody names the server after the request."""
    sent = f"POST /api/session HTTP/1.1\r\n{JSON}\r\nTransfer-Encoding: chunked\r\n\r\n"
    trailer = f"2\r\n{{}}\r\n0\r\nHost: localhost:{gatehouse.port}\r\n\r\n"
    [status] = exchange(gatehouse, [(sent + trailer).encode()])
    assert status in {421, 422}


def test_pipelined_requests_are_answered_one_each_in_order(gatehouse, posting):
    """The same bytes in honest frames: no request is lost, none is made up."""
    said = posting(f"Content-Length: {len(SAID)}") + SAID
    looked, missed = head(gatehouse, HIDDEN), head(gatehouse, "GET /no-such-page")
    assert exchange(gatehouse, [looked + said + missed + said], 4) == [200, 200, 404, 200]
