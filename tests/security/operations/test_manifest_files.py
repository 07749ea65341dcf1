"""Manifests as files, and the documents that they name: what is wrong is told by the file."""

from __future__ import annotations

import pytest

from security.operations.manifest import ManifestError, load_operations
from tests.security.operations.conftest import Project

READ = "orders.list"


def refused(project: Project) -> str:
    with pytest.raises(ManifestError) as error:
        load_operations(project.manifests, project.folder)
    return str(error.value)


def test_what_does_not_hold_as_a_whole_is_told_by_its_file(project: Project) -> None:
    assert refused(project) == "no operation is declared in operations/"
    project.write()
    manifest = project.manifests / "orders.yml"
    (project.manifests / "z.yml").write_text(manifest.read_text())
    assert refused(project) == "z.yml: orders.list is declared twice"
    (project.manifests / "z.yml").unlink()
    twice = "api: a\napi: b\n"
    manifest.write_text(twice)
    assert refused(project).startswith("orders.yml: a key stands twice  in ")
    manifest.write_text("- a")
    assert refused(project).startswith("orders.yml: 1 validation error for ManifestForm")


@pytest.mark.parametrize("name", ["banking.list", "list", "ordersx.list"])
def test_a_name_of_another_api_is_told(project: Project, name: str) -> None:
    operations = project.manifest["operations"]
    operations[name] = operations.pop(READ)
    project.write()
    why = f"orders.yml: {name}: an operation's name begins with its API's name"
    assert refused(project) == why


def test_another_api_has_no_code_by_email(project: Project) -> None:
    operations = project.manifest["operations"]
    operations["hr.list"] = {**operations.pop(READ), "class": "personal", "email_code": True}
    project.manifest["api"] = "hr"
    project.write()
    assert refused(project) == "orders.yml: hr.list: `email_code` is for it and orders alone"


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (b"{", "JSONDecodeError"),
        (b"[]", "ValueError): not an OpenAPI 3.1 document"),
        (b'{"openapi": "3.1.0"}', "KeyError"),
        (b'{"openapi": "3.1.0", "paths": []}', "AttributeError"),
        (b'{"openapi": "3.1.0", "paths": {"/a": 7}}', "AttributeError"),
        (None, "FileNotFoundError"),
    ],
)
def test_a_document_that_is_none_is_told_by_its_name(
    project: Project, document: bytes | None, why: str
) -> None:
    project.write()
    file = project.folder / "orders.json"
    file.write_bytes(document) if document is not None else file.unlink()
    said = refused(project)
    end = why if "):" in why else f"{why})"
    assert said == f"orders.yml: orders.json is no usable OpenAPI document ({end}"


def test_only_what_is_declared_is_held_against_the_document(project: Project) -> None:
    """An API may have what nobody here asks for, and what could not be asked for safely."""
    project.document["paths"]["/odd"] = {"get": {"operationId": "odd", "responses": {}}}
    project.write()
    assert list(load_operations(project.manifests, project.folder)) == [READ]
