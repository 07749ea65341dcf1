"""Measures of understanding: what counts, and which files are refused."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from cli import nlu_report
from cli.main import application
from cli.problems import Problem
from cli.understanding import Heard, Measures, Row, measures, rows_of


def heard(meant, understood, ms=1.0):
    return Heard(Row("words", meant), understood, 0.9, ms)


def test_shares_are_taken_of_rows_in_scope_and_of_foreign_rows_apart():
    found = measures(
        [
            heard("greet", "greet", 1.0),
            heard("greet", "nlu_fallback", 2.0),
            heard("thank", "greet", 3.0),
            heard("thank", "thank", 9.0),
            heard("out_of_scope", "out_of_scope", 1.0),
            heard("out_of_scope", "nlu_fallback", 1.0),
            heard("out_of_scope", "greet", 1.0),
            heard("out_of_scope", "thank", 9.0),
        ]
    )
    assert found == Measures(accuracy=0.5, oos_recall=0.5, ms_p50=1.5)


def test_a_share_of_no_rows_is_absent():
    assert measures([heard("greet", "greet")]).oos_recall is None
    assert measures([heard("out_of_scope", "greet")]).accuracy is None


@pytest.mark.parametrize(
    "content",
    ["", "{", "{}", "[]", '["text"]', '[{"text": "hi"}]', '[{"text": 1, "intent": "greet"}]'],
)
def test_a_file_of_another_form_is_one_clear_line(tmp_path, content):
    file = tmp_path / "rows.json"
    file.write_text(content)
    with pytest.raises(Problem, match=r"rows\.json .*: write it as a list"):
        rows_of(file)


def test_a_missing_file_is_one_clear_line(tmp_path):
    with pytest.raises(Problem, match="cannot be read"):
        rows_of(tmp_path / "none.json")


@pytest.fixture
def report(monkeypatch, tmp_path):
    """Run the command in an empty home, with a model that takes everything for a greeting."""
    monkeypatch.setenv("GATEHOUSE_HOME", str(tmp_path / "home"))
    trained = []

    async def train(settings, progress, lifeline):
        progress.line("  model: trained")
        trained.append(settings)

    async def hear(settings, model, trust, rows, lifeline):
        return [Heard(row, "greet", 0.9, 2.0) for row in rows]

    monkeypatch.setattr(nlu_report, "train", train)
    monkeypatch.setattr(nlu_report, "hear", hear)
    file = tmp_path / "rows.json"
    rows = [{"text": "hi", "intent": "greet"}, {"text": "is it raining", "intent": "out_of_scope"}]
    file.write_text(json.dumps(rows))
    return lambda *more: (
        CliRunner().invoke(application(), ["nlu-report", str(file), *more]),
        trained,
    )


def test_a_report_for_programs_is_one_object_on_standard_output(report):
    result, trained = report("--json")
    assert json.loads(result.stdout) == {"accuracy": 1.0, "oos_recall": 0.0, "ms_p50": 2.0}
    assert len(trained) == 1


def test_a_report_for_people_has_a_line_for_each_measure(report):
    result, _ = report()
    assert "accuracy: 1.0\noos_recall: 0.0\nms_p50: 2.0\n" in result.stdout
