"""The model's name follows what it is made from; one that is not as signed is not loaded."""

from __future__ import annotations

import datetime as dt
import io
import tarfile

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from cli.model import (
    State,
    check_model,
    install,
    library_versions,
    model_file,
    model_name,
    usable,
)
from cli.model_keys import keep_trust, next_serial, signing_key
from cli.problems import Problem
from cli.settings import ROOT
from runtime.signed_model import NotTrusted, Trust

EC_KEY = generate_private_key(SECP256R1()).private_bytes(
    Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
)


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


NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)


def put_model(home, name="m", content=b"weights"):
    """Put a model into a home, as a training puts it; return its archive."""
    fresh = home / "fresh"
    for folder in (home / "models", fresh):
        folder.mkdir(exist_ok=True)
    with tarfile.open(fresh / f"{name}.tar.gz", "w:gz") as tar:
        member = tarfile.TarInfo("components/weights")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    install(fresh / f"{name}.tar.gz", home, "0" * 64, {"rasa": "3.6.21"})
    return model_file(home, name)


@pytest.fixture
def trained(tmp_path):
    """A home with the model `m`, which took the place of an older one."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "older.sha256").write_text("x")
    put_model(tmp_path, "old")
    put_model(tmp_path, "m")
    return tmp_path


def kept(home):
    """Return what a home holds of models and of their keys."""
    return {
        path.relative_to(home): path.read_bytes()
        for folder in ("models", "model-keys")
        for path in (home / folder).iterdir()
    }


def test_a_new_model_takes_the_place_of_older_ones(trained):
    assert {path.name for path in (trained / "models").iterdir()} == {"m.tar.gz", "m.signed.json"}
    assert check_model(trained, "m") is State.TRAINED


def test_the_key_is_made_once_and_its_owners_alone(trained):
    key = trained / "model-keys" / "signing.key"
    before = key.read_bytes()
    put_model(trained, "n")
    assert key.read_bytes() == before
    assert key.stat().st_mode & 0o777 == 0o600


def test_a_model_of_other_data_is_missing(trained):
    assert check_model(trained, "another") is State.MISSING


def test_a_model_that_is_not_signed_is_trained_again(trained):
    (trained / "models" / "m.signed.json").unlink()
    assert check_model(trained, "m") is State.MISSING
    assert not usable(trained, "m")


@pytest.mark.parametrize("content", [b"", b"a mode", b"another"])
def test_a_damaged_model_is_one_clear_line(trained, content):
    model_file(trained, "m").write_bytes(content)
    with pytest.raises(Problem, match=r"is refused: its archive is damaged.*: run `make train`"):
        check_model(trained, "m")
    assert not usable(trained, "m")


def test_attack_an_older_model_of_the_same_key_is_put_back(tmp_path):
    """Rolled back: signed and whole, and known to be worse than the present one."""
    put_model(tmp_path, "m", b"worse")
    older = kept(tmp_path)
    put_model(tmp_path, "m", b"better")
    for name, content in older.items():
        if name.parts[0] == "models":
            (tmp_path / name).write_bytes(content)
    with pytest.raises(Problem, match="is refused: it is older than a model"):
        check_model(tmp_path, "m")


def test_serials_grow_where_a_clock_goes_back(tmp_path):
    key = signing_key(tmp_path)
    assert next_serial(tmp_path, NOW) == int(NOW.timestamp())
    keep_trust(tmp_path, Trust(key.public_key(), int(NOW.timestamp())))
    assert next_serial(tmp_path, NOW - dt.timedelta(days=1)) == int(NOW.timestamp()) + 1
    assert next_serial(tmp_path, NOW + dt.timedelta(seconds=2)) == int(NOW.timestamp()) + 2


def test_attack_a_model_signed_with_another_key_is_put_in(trained, tmp_path_factory):
    foreign = tmp_path_factory.mktemp("foreign")
    put_model(foreign, "m")
    for name, content in kept(foreign).items():
        if name.parts[0] == "models":
            (trained / name).write_bytes(content)
    with pytest.raises(Problem, match="is refused: its signature is not one of the trusted key"):
        check_model(trained, "m")


def test_a_home_without_trust_refuses_what_is_there(trained):
    (trained / "model-keys" / "trusted.json").unlink()
    with pytest.raises(Problem, match="nothing says whose models to trust"):
        check_model(trained, "m")


@pytest.mark.parametrize("content", [b"", b"not a key", EC_KEY])
def test_a_key_of_another_kind_is_one_clear_line(trained, content):
    (trained / "model-keys" / "signing.key").write_bytes(content)
    with pytest.raises(Problem, match="is no key that signs models: delete it"):
        put_model(trained, "n")
    assert check_model(trained, "m") is State.TRAINED


def test_a_training_whose_archive_cannot_be_signed_keeps_the_older_model(trained):
    before = kept(trained)
    (trained / "fresh" / "n.tar.gz").write_bytes(b"no archive")
    with pytest.raises(NotTrusted, match="cannot be read"):
        install(trained / "fresh" / "n.tar.gz", trained, "0" * 64, {})
    assert kept(trained) == before


def test_the_versions_of_what_trains_are_found_where_they_are_installed():
    found = library_versions(ROOT / ".venv-rasa" / "bin" / "python")
    assert found["rasa"] == "3.6.21"
    assert {"numpy", "onnxruntime", "scikit-learn", "tokenizers"} <= found.keys()
