"""A manifest that does not hold starts nothing: each refusal, by what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from security.operations.classes import Demand
from security.operations.manifest import ManifestError, load_operations
from security.operations.operation import Rate
from tests.security.operations.conftest import CANCEL, Project


def test_a_manifest_that_fits_declares_its_operations(project: Project) -> None:
    project.write()
    [operation] = load_operations(project.manifests, project.folder).values()
    assert operation.name == "orders.list"
    assert operation.audience == "urn:gatehouse:api:orders"
    assert operation.scope == "orders:read"
    assert operation.demand.assurance == "aal1"
    assert operation.fields == {"id", "state", "lines.name"}
    assert (operation.endpoint.method, operation.endpoint.path) == ("GET", "/orders")


def _set(**given: Any) -> Callable[[Project], None]:
    return lambda project: project.entry.update(given)


def _drop(name: str) -> Callable[[Project], None]:
    return lambda project: project.entry.pop(name)


def _top(**given: Any) -> Callable[[Project], None]:
    return lambda project: project.manifest.update(given)


def _rename(name: str) -> Callable[[Project], None]:
    return lambda project: project.manifest["operations"].update(
        {name: project.manifest["operations"].pop("orders.list")}
    )


WRONG = {
    "no title": _drop("title"),
    "an empty title": _set(title=""),
    "no class": _drop("class"),
    "a class that does not exist": _set(**{"class": "harmless"}),
    "a class with a purpose, and none named": _set(**{"class": "sensitive"}),
    "a read that is to be approved": _set(
        **{"class": "binding"},
        confirm={"title": "Read", "done": "Read", "details": {"Limit": "{limit}"}},
    ),
    "a scope that does not open the endpoint": _set(scope="orders:admin"),
    "weaker assurance": _set(assurance="none"),
    "reserved assurance": _set(assurance="aal3"),
    "an age that is no number": _set(freshness_minutes="5 min"),
    "an age of nothing": _set(freshness_minutes=0),
    "a purpose with spaces": _set(purposes=["for fun"]),
    "a purpose that is empty": _set(purposes=[""]),
    "sensitive what never comes back": _set(sensitive=["password"]),
    "an echo of what is not asked": _set(echoes=["id"]),
    "limits of nothing": _set(limits={"per_minute": 0}),
    "limits of another kind": _set(limits={"per_day": 5}),
    "an outcome of a read": _set(outcome={"done": "Read"}),
    "no scope": _drop("scope"),
    "an empty scope": _set(scope=""),
    "two scopes": _set(scope="orders:read orders:write"),
    "a wildcard for a scope": _set(scope="*"),
    "an endpoint that the API does not have": _set(endpoint="delete_orders"),
    "an endpoint that writes": _set(endpoint="place_order"),
    "no fields": _set(fields=[]),
    "a wildcard for fields": _set(fields=["*"]),
    "a field that the API never returns": _set(fields=["id", "password"]),
    "a field that is not a word": _set(fields=["id", 5]),
    "a word that it does not know": _set(unchecked=True),
    "a name of another API": _rename("banking.list"),
    "a name without an API": _rename("list"),
    "no audience": lambda project: project.manifest.pop("audience"),
    "an API name with a slash": _top(api="../orders"),
    "no operations key": lambda project: project.manifest.pop("operations"),
    "a list of operations": _top(operations=[]),
    "a word that it does not know, on top": _top(trusted=True),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_a_manifest_does_not_start_with(
    project: Project, change: Callable[[Project], None]
) -> None:
    """ASVS 16.5.3: what does not hold is an error at start, not a surprise later."""
    change(project)
    project.write()
    with pytest.raises(ManifestError, match=r"orders\.yml"):
        load_operations(project.manifests, project.folder)


@pytest.mark.parametrize("text", ["", "- a", "api: [", "null", "\x00", "api: &a [*a]"])
def test_a_file_that_is_no_manifest_is_refused(project: Project, text: str) -> None:
    project.write()
    (project.manifests / "orders.yml").write_text(text)
    with pytest.raises(ManifestError):
        load_operations(project.manifests, project.folder)


def test_yaml_that_would_run_code_is_refused(project: Project) -> None:
    """ASVS 1.5.2: only plain data is read."""
    project.write()
    marker = project.folder / "ran"
    text = f"api: !!python/object/apply:os.system ['touch {marker}']\n"
    (project.manifests / "orders.yml").write_text(text)
    with pytest.raises(ManifestError):
        load_operations(project.manifests, project.folder)
    assert not marker.exists()


def test_no_manifest_at_all_is_an_error(project: Project) -> None:
    with pytest.raises(ManifestError):
        load_operations(project.manifests, project.folder)


def test_an_operation_declared_in_two_manifests_is_refused(project: Project) -> None:
    """Otherwise the weaker declaration might win."""
    project.write()
    again = (project.manifests / "orders.yml").read_text()
    (project.manifests / "z.yml").write_text(again)
    with pytest.raises(ManifestError, match="twice"):
        load_operations(project.manifests, project.folder)


def test_an_operation_declared_twice_in_one_manifest_is_refused(project: Project) -> None:
    """YAML alone would keep the last one, silently."""
    project.write()
    file = project.manifests / "orders.yml"
    weaker = "{title: t, endpoint: list_orders, class: open, scope: 'orders:read', fields: [id]}"
    file.write_text(
        file.read_text().replace("operations:\n", f"operations:\n  orders.list: {weaker}\n")
    )
    with pytest.raises(ManifestError):
        load_operations(project.manifests, project.folder)


def test_a_missing_api_document_stops_the_start(project: Project) -> None:
    project.manifest["document"] = "nowhere.json"
    project.write()
    with pytest.raises((OSError, ValueError)):
        load_operations(project.manifests, project.folder)


BROKEN = {
    "not JSON": "{",
    "not an object": "[]",
    "without paths": "{}",
    "paths that are a list": '{"paths": []}',
    "a path that is text": '{"paths": {"/orders": "get"}}',
    "an answer without a schema": '{"paths": {"/o": {"get": {"operationId": "list_orders",'
    ' "responses": {"200": {"description": "ok"}}}}}}',
    "an operation without an answer": '{"paths": {"/o": {"get": {"operationId": "list_orders",'
    ' "responses": {"204": {"description": "none"}}}}}}',
    "a schema that is none": '{"paths": {"/o": {"get": {"operationId": "list_orders", "responses":'
    ' {"200": {"content": {"application/json": {"schema": {"type": "nonsense"}}}}}}}}}',
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_an_api_document_that_cannot_be_used_is_one_clear_error(
    project: Project, text: str
) -> None:
    """The start ends with a reason (`OSError` or `ValueError`), not with a traceback."""
    project.write()
    (project.folder / "orders.json").write_text(text)
    with pytest.raises(ValueError):  # noqa: PT011 - any kind of it is shown as one line.
        load_operations(project.manifests, project.folder)


def _cancel(**changed: Any) -> Callable[[Project], None]:
    entry = {**CANCEL, **changed}
    return lambda project: project.manifest["operations"].update(
        {"orders.cancel": {key: value for key, value in entry.items() if value is not None}}
    )


def test_a_write_needs_no_approval_where_its_class_needs_none(project: Project) -> None:
    _cancel()(project)
    project.write()
    cancel = load_operations(project.manifests, project.folder)["orders.cancel"]
    assert cancel.is_write
    assert cancel.confirmation is None
    assert cancel.telling is not None
    assert cancel.telling.outcome({"order_id": "A-7"}) == "Cancelled the order A-7"
    assert cancel.in_words({"order_id": "A-7"}) == "Cancel the order A-7"
    assert cancel.in_words({}) == "Cancel the order –"


ASK = {"ask": "Cancel the order {order_id}"}
WRONG_WRITES = {
    "no way to settle": _cancel(settle=None),
    "a way to settle that takes no key": _cancel(
        settle={"endpoint": "list_orders", "scope": "orders:read"}
    ),
    "a scope that does not open the way to settle": _cancel(
        settle={"endpoint": "settle_key", "scope": "orders:read"}
    ),
    "no words for what became of it": _cancel(outcome=None),
    "words that name no argument": _cancel(outcome={**ASK, "done": "Cancelled {id}"}),
    "words that reach into an argument": _cancel(outcome={**ASK, "done": "{order_id.__class__}"}),
    "words that cannot be read": _cancel(outcome={**ASK, "done": "Cancelled {order_id"}),
    "words that tell what is sensitive": _cancel(sensitive=["order_id"]),
    "no key": _cancel(endpoint="place_order", outcome={**ASK, "done": "Done"}),
    "no words for what goes on at the page": _cancel(outcome={"done": "Cancelled"}),
    "words that do not say which one": _cancel(outcome={"ask": "Cancel it", "done": "Cancelled"}),
    "a question that names no argument": _cancel(outcome={"ask": "Cancel {id}", "done": "Done"}),
    "a question that cannot be read": _cancel(outcome={"ask": "Cancel {order_id", "done": "Done"}),
    "words twice": _cancel(
        **{"class": "binding"},
        confirm={"title": "Cancel", "done": "Cancelled", "details": {"Order": "{order_id}"}},
    ),
    "a binding one without approval": _cancel(**{"class": "binding"}, outcome=None),
    "a sensitive one without a purpose": _cancel(**{"class": "sensitive"}),
    "no class": _cancel(**{"class": None}),
}


@pytest.mark.parametrize("change", WRONG_WRITES.values(), ids=WRONG_WRITES)
def test_a_write_that_does_not_hold_starts_nothing(
    project: Project, change: Callable[[Project], None]
) -> None:
    """ASVS 15.4.2, 16.5.3: whatever would let it happen twice, or unheard of."""
    change(project)
    project.write()
    with pytest.raises(ManifestError, match=r"orders\.yml"):
        load_operations(project.manifests, project.folder)


def test_every_key_of_an_entry_arrives_where_it_is_used(project: Project) -> None:
    project.entry.update(
        {
            "class": "sensitive",
            "assurance": "aal2",
            "freshness_minutes": 2,
            "purposes": ["own_care", "treatment"],
            "sensitive": ["state"],
            "limits": {"per_minute": 3, "per_hour": 20},
        }
    )
    project.write()
    found = load_operations(project.manifests, project.folder)["orders.list"]
    assert found.demand == Demand("aal2", timedelta(minutes=2), purpose=True)
    assert found.purposes == {"own_care", "treatment"}
    assert found.sensitive == {"state"}
    assert found.rate == Rate(3, 20)
