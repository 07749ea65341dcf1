"""The page of understanding: what it counts, and that words of people stay words."""

from __future__ import annotations

from xml.etree import ElementTree

from cli.understanding import Heard, Row
from tools import nlu_report
from tools.nlu_page import Sample, confusion, page


def heard(text, meant, understood, confidence=0.9):
    return Heard(Row(text, meant), understood, confidence, 1.0)


RUN = [
    heard("hi", "greet", "greet"),
    heard("hey <b>you</b>", "greet", "thank", 0.8),
    heard("is it raining", "out_of_scope", "nlu_fallback"),
]


def test_the_picture_counts_what_is_taken_for_what():
    svg = ElementTree.fromstring(confusion(RUN))
    titles = {title.text for title in svg.iter("title")}
    assert titles == {
        "greet → greet: 1 of 2",
        "greet → thank: 1 of 2",
        "out_of_scope → out_of_scope: 1 of 1",
    }


def test_the_page_shows_means_over_seeds_and_the_wrong_sentences():
    better = [heard("hi", "greet", "greet"), heard("hey <b>you</b>", "greet", "greet"), RUN[2]]
    written = page([Sample("mine", [RUN, better])])
    assert "<th>accuracy</th><td><b>0.7500</b></td><td>0.5</td><td>1.0</td>" in written
    assert "<td>hey &lt;b&gt;you&lt;/b&gt;</td><td>greet</td><td>thank</td>" in written
    assert "<td>is it raining</td>" not in written


def test_each_seed_leaves_out_another_tenth():
    training = "".join(f"      - sentence {number}\n" for number in range(1_000))
    given = f"nlu:\n  - intent: greet\n    examples: |\n{training}"
    first, again, other = (nlu_report.thinned(given, seed) for seed in (1, 1, 2))
    assert first == again != other
    assert 850 < first.count("- sentence") < 950
    assert first.startswith("nlu:\n  - intent: greet\n    examples: |\n")
