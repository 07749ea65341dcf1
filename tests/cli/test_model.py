"""The model's name follows what it is made from; a damaged one is not loaded."""

from __future__ import annotations

import pytest

from cli.logs import log_path
from cli.model import State, _replace, check_model, checksum, model_files, model_name, state
from cli.problems import Problem


@pytest.fixture
def project(tmp_path):
    """A Rasa project, as small as can be."""
    files = {
        "domain.yml": "intents: [greet]",
        "config.yml": "pipeline: [{name: dialogue.features.words.Featurizer}]",
        "data/nlu/general.yml": "nlu: []",
        "data/rules/general.yml": "rules: []",
        "requirements/rasa.txt": "rasa==3.6.21",
        "requirements/weights.txt": "weights==1",
        "dialogue/features/words.py": "class Featurizer: ...",
        "dialogue/features/beside.py": "used by words.py",
        "dialogue/serve.py": "serve()",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    "name",
    [
        "domain.yml",
        "config.yml",
        "data/nlu/general.yml",
        "data/rules/general.yml",
        "requirements/rasa.txt",
        "requirements/weights.txt",
        "dialogue/features/words.py",
        "dialogue/features/beside.py",
    ],
)
def test_a_change_of_what_it_is_made_from_asks_for_another_model(project, name):
    before = model_name(project)
    assert model_name(project) == before
    (project / name).write_text((project / name).read_text() + "\n")
    assert model_name(project) != before


def test_new_data_asks_for_another_model(project):
    before = model_name(project)
    (project / "data" / "nlu" / "banking.yml").write_text("nlu: []")
    assert model_name(project) != before


def test_a_change_elsewhere_asks_for_no_training(project):
    before = model_name(project)
    (project / "dialogue" / "serve.py").write_text("serve(2)")
    (project / "data" / "notes.txt").write_text("no data")
    assert model_name(project) == before


@pytest.fixture
def trained(tmp_path):
    """A home with the model `m`, put there as a training puts it."""
    models, fresh = tmp_path / "models", tmp_path / "fresh"
    models.mkdir()
    fresh.mkdir()
    (models / "old.tar.gz").write_bytes(b"old")
    (models / "old.sha256").write_text("x")
    (fresh / "m.tar.gz").write_bytes(b"a model")
    _replace(fresh / "m.tar.gz", models, log_path(tmp_path, "train"))
    return tmp_path


def test_a_new_model_takes_the_place_of_older_ones(trained):
    assert {path.name for path in (trained / "models").iterdir()} == {"m.tar.gz", "m.sha256"}
    assert check_model(trained, "m") is State.TRAINED


def test_a_model_of_other_data_is_missing(trained):
    assert check_model(trained, "another") is State.MISSING


def test_a_model_without_a_checksum_is_missing(trained):
    model_files(trained, "m")[1].unlink()
    assert state(trained, "m") is State.MISSING


@pytest.mark.parametrize("content", [b"", b"a mode", b"a model!", b"another"])
def test_a_damaged_model_is_one_clear_line(trained, content):
    model_files(trained, "m")[0].write_bytes(content)
    with pytest.raises(Problem, match="is damaged: run `make train`"):
        check_model(trained, "m")


def test_a_training_that_made_nothing_keeps_the_older_model(trained):
    before = checksum(model_files(trained, "m")[0])
    with pytest.raises(Problem, match="made no model"):
        _replace(trained / "fresh" / "n.tar.gz", trained / "models", trained / "train.log")
    assert checksum(model_files(trained, "m")[0]) == before
