"""The runner of conversations itself: what it reads, what it takes for a match, how it fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.expectations import Mismatch, check, fits
from tests.e2e.script import ScriptError, Step, read_script
from tests.e2e.stage import Play, Stage

SAID = [
    {"text": "You have  2 open bills.", "choices": [{"id": "c1", "title": "Pay Tidewater"}]},
    {"refused": "forbidden", "card": {"kind": "bills", "rows": [{"amount": "72.30", "n": 1}]}},
    {"sign_in": True, "challenge": {"id": "x", "binding": "Pay 5.00 EUR to Bob"}},
]


@pytest.mark.parametrize(
    ("verb", "given"),
    [
        ("hears", "you have 2 open"),
        ("hears", ["2 open", r"/bills\.$/"]),
        ("hears_not", "Lindenhof"),
        ("refused", "forbidden"),
        ("card", "bills"),
        ("card", {"kind": "bills", "rows": [{"amount": "/^72/"}]}),
        ("no_card", "receipt"),
        ("offers", "tidewater"),
        ("asks_to_sign_in", None),
        ("asks_for_code", None),
        ("asks_for_code", "to Bob"),
    ],
)
def test_what_was_said_fits(verb: str, given: Any) -> None:
    check(verb, given, SAID)


@pytest.mark.parametrize(
    ("verb", "given"),
    [
        ("hears", "three"),
        ("hears", ["2 open", "three"]),
        ("hears_not", "72.30"),
        ("hears_not", "Tidewater"),
        ("refused", "rate_limited"),
        ("card", "receipt"),
        ("card", {"kind": "bills", "rows": [{"amount": "72.30", "n": 2}]}),
        ("no_card", "bills"),
        ("offers", ["Tidewater", "Rent"]),
        ("asks_for_code", "to Anna"),
    ],
)
def test_what_was_not_said_does_not(verb: str, given: Any) -> None:
    with pytest.raises(Mismatch):
        check(verb, given, SAID)


def test_every_item_of_a_list_must_fit_some_item() -> None:
    assert fits([{"a": "x"}], [{"a": "1"}, {"a": "xyz", "b": "2"}])
    assert not fits([{"a": "x"}, {"a": "q"}], [{"a": "x"}])


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("says: hello", "list of steps"),
        ("- says: hello\n- hears: hi", "begin with `visitor`"),
        ("- visitor\n- shouts: hello\n- hears: hi", "there is no `shouts`"),
        ("- visitor\n- says\n- hears: hi", "needs something behind it"),
        ("- visitor\n- says: hello", "end with what must be heard"),
        ("- visitor\n- {says: a, hears: b}", "not one word"),
        ("- [", "no YAML"),
    ],
)
def test_a_file_that_is_no_conversation_says_what_to_mend(
    tmp_path: Path, written: str, why: str
) -> None:
    path = tmp_path / "somebody_speaks.yml"
    path.write_text(written)
    with pytest.raises(ScriptError, match=rf"^somebody_speaks\.yml: .*{why}"):
        read_script(path)


class _Parrot:
    """A browser whose bot repeats what it is told."""

    def say(self, text: str) -> list[dict[str, Any]]:
        return [{"text": f"You said {text}"}]


def test_a_failing_conversation_prints_all_of_it(tmp_path: Path) -> None:
    stage = Stage("https://localhost:1", tmp_path, {})
    play = Play(stage)
    play.take("alice", _Parrot())
    with pytest.raises(Mismatch) as failed:
        play.run([Step("says", "hello"), Step("hears", "hello"), Step("hears", "bye")])
    assert str(failed.value).splitlines() == [
        "  alice: hello",
        "    bot: You said hello",
        "  ✗ step 3: hears: bye",
        "      nobody said 'bye'",
    ]
