"""A record on its way: syslog by RFC 5424 and 5425, webhooks by Standard Webhooks."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from security.audit.record import AuditEvent, Tag, serialise
from security.outlets import pauses, syslog, webhook
from security.outlets.ports import CHECKPOINTS, Entry
from tests.security.fakes import NOW

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()


def entry(tag: Tag = Tag.STARTED, number: int = 1, **said: object) -> Entry:
    event = AuditEvent(tag=tag, **said)  # type: ignore[arg-type]
    return Entry("main", number, serialise(event, "main", number, NOW, "0" * 64))


def test_a_message_has_the_records_own_moment_and_bytes() -> None:
    """RFC 5424 section 6."""
    one = entry(Tag.SESSION_CREATED, tenant="globex")
    said = syslog.message(one, "bank.example")
    moment = b"2026-11-23T12:00:00.000000Z"
    head = b"<110>1 %b bank.example gatehouse main session:anonymous:create - " % moment
    assert said == head + b"\xef\xbb\xbf" + one.line


@pytest.mark.parametrize(
    ("tag", "decision", "severity"),
    [
        (Tag.OPERATION_INTENDED, "allow", 6),
        (Tag.OPERATION_DENIED, "deny", 5),
        (Tag.ALERT_RAISED, None, 4),
    ],
)
def test_the_severity_is_for_filters(tag: Tag, decision: str | None, severity: int) -> None:
    said = syslog.message(entry(tag, decision=decision), "h")
    assert said.startswith(b"<%d>1 " % (13 * 8 + severity))


@pytest.mark.parametrize("tag", Tag)
def test_each_tag_fits_into_a_message_id(tag: Tag) -> None:
    """RFC 5424 section 6.2.7: 32 printable characters at most."""
    assert f" {tag.value} - ".encode() in syslog.message(entry(tag), "h")


def test_a_checkpoint_is_a_message_too() -> None:
    said = syslog.message(Entry(CHECKPOINTS, 3, b'{"number":3}'), "h")
    assert said.startswith(b"<110>1 - h gatehouse *checkpoints trail:checkpoint - ")


@given(st.text(max_size=400), st.text(max_size=40), st.text(max_size=300))
def test_attack_nothing_in_a_record_gets_into_the_header(text: str, tag: str, host: str) -> None:
    """ASVS 16.4.1: no forged lines: whatever stands in a record, header and frame are ours."""
    line = json.dumps({"tag": tag, "at": text, "reason": text}).encode()
    said = syslog.message(Entry("main", 1, line), host)
    head, bom, rest = said.partition(b"\xef\xbb\xbf")
    assert re.fullmatch(rb"<\d{1,3}>1 (?:- |\S+ ){5}- ", head)
    assert (bom, rest) == (b"\xef\xbb\xbf", line)
    length, _, content = syslog.framed(said).partition(b" ")
    assert int(length) == len(content)


@pytest.mark.parametrize("line", [b"[]", b"7", b"{", b""])
def test_what_is_no_record_is_no_message(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"not a record|JSON|unexpected|Input|EOF"):
        syslog.message(Entry("main", 1, line), "h")


def test_a_foreign_library_takes_the_signature() -> None:
    """Standard Webhooks 1.0, by its own library."""
    entries = [entry(number=number) for number in (1, 2)]
    now = datetime.now(UTC)
    content = webhook.body(entries, now)
    told = dict(webhook.headers(KEY, webhook.message_id(entries), content, now))
    taken = Webhook(SECRET).verify(content, told)
    assert taken["type"] == "trail.records"
    assert taken["data"]["records"] == [json.loads(one.line) for one in entries]


@pytest.mark.parametrize("seconds", [-302, 302])
def test_attack_a_webhook_that_is_replayed_later_is_refused(seconds: int) -> None:
    """ASVS 16.4.1: the moment is signed; whoever receives refuses what is five minutes off."""
    entries, now = [entry()], datetime.now(UTC) + timedelta(seconds=seconds)
    content = webhook.body(entries, now)
    told = dict(webhook.headers(KEY, webhook.message_id(entries), content, now))
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(content, told)


@pytest.mark.parametrize("part", ["webhook-id", "webhook-timestamp", "body"])
def test_attack_nothing_of_a_webhook_can_be_changed(part: str) -> None:
    """ASVS 16.4.1."""
    entries, now = [entry()], datetime.now(UTC)
    content = webhook.body(entries, now)
    told = dict(webhook.headers(KEY, webhook.message_id(entries), content, now))
    if part == "body":
        content = content.replace(b"start", b"stort")
    else:
        told[part] += "1" if part == "webhook-id" else ""
        told["webhook-timestamp"] = str(int(told["webhook-timestamp"]) - (part != "webhook-id"))
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(content, told)


def test_the_same_records_are_the_same_message() -> None:
    assert webhook.message_id([entry()]) == webhook.message_id([entry()])
    assert webhook.message_id([entry()]) != webhook.message_id([entry(number=2)])


@pytest.mark.parametrize("size", [24, 64])
def test_a_secret_of_the_standards_sizes_is_read(size: int) -> None:
    assert webhook.read_secret("whsec_" + base64.b64encode(b"k" * size).decode()) == b"k" * size


@pytest.mark.parametrize("text", ["", "whsec_", "k" * 40, "whsec_!!!", "size 23", "size 65"])
def test_attack_a_weak_secret_is_refused_without_a_word_of_it(text: str) -> None:
    """ASVS 16.2.5: no secret in an error."""
    if text.startswith("size"):
        text = "whsec_" + base64.b64encode(b"k" * int(text[5:])).decode()
    with pytest.raises(ValueError, match="GATEHOUSE_OUT_WEBHOOK_SECRET is not right") as caught:
        webhook.read_secret(text)
    assert not text.removeprefix("whsec_") or text not in str(caught.value)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("120", 120.0), (" 5 ", 5.0), (None, 0.0), ("-1", 0.0), ("soon", 0.0), ("9" * 10, 0.0)],
)
def test_a_time_to_wait_is_heard_in_seconds(said: str | None, seconds: float) -> None:
    assert webhook.retry_after(said) == seconds


def test_pauses_double_up_to_five_minutes() -> None:
    assert [pauses.pause(count) for count in (1, 2, 3, 9, 10, 1_000_000)] == [
        1,
        2,
        4,
        256,
        300,
        300,
    ]
    assert pauses.pause(3, chance=0.0) == 2
    assert [pauses.pause(1, asked) for asked in (0.5, 60, 3_600, 3_601)] == [1, 60, 3_600, 3_600]
