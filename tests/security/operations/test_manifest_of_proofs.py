"""Manifests about what the panel brings, and where a code by email will do."""

from __future__ import annotations

from typing import Any

import pytest

from security.operations.manifest import ManifestError, load_operations
from tests.security.operations.conftest import CANCEL, Change, Project


def cancel(**changed: Any) -> Change:
    """Declare a cancellation."""
    entry = {**CANCEL, **changed}
    return lambda project: project.manifest["operations"].update(
        {"orders.cancel": {key: value for key, value in entry.items() if value is not None}}
    )


def plain(**given: Any) -> Change:
    """Change the read."""
    return lambda project: project.entry.update(given)


def of_another_api(project: Project) -> None:
    """Let the read be one of the employer."""
    operations = project.manifest["operations"]
    operations["hr.list"] = operations.pop("orders.list")
    project.manifest["api"] = "hr"


def typed(**changed: Any) -> Change:
    """Let the note of a cancellation be typed into the panel."""
    field = {"label": "Word", "form": "pin", "shortest": 4, "longest": 6}

    def change(project: Project) -> None:
        paths = project.document["paths"]
        content = paths["/orders/{order_id}/cancel"]["post"]["requestBody"]["content"]
        content["application/json"]["schema"]["properties"]["salt"] = {"type": "string"}
        confirm = {"title": "Cancel", "done": "Cancelled", "details": {"Order": "{order_id}"}}
        of = {"class": "binding", "outcome": None, "confirm": confirm, "panel": {"note": field}}
        cancel(**{**of, **changed})(project)

    return change


def test_what_is_typed_into_the_panel_is_an_argument_of_its_own(project: Project) -> None:
    typed(on_trail="order_id")(project)
    project.write()
    cancel = load_operations(project.manifests, project.folder)["orders.cancel"]
    [entry] = cancel.entries
    assert (entry.name, entry.shortest, entry.longest) == ("note", 4, 6)
    assert cancel.entry_names == {"note", "salt"}
    assert cancel.on_trail == "order_id"
    assert cancel.is_write


_FIELD = {"label": "Word", "form": "pin", "shortest": 4, "longest": 6}
WRONG_PANELS = {
    "a field that the API does not take": typed(panel={"other": _FIELD}),
    "a field in the path": typed(panel={"order_id": _FIELD}),
    "a form that nobody knows": typed(panel={"note": {**_FIELD, "form": "words"}}),
    "a form too short to be worth anything": typed(panel={"note": {**_FIELD, "shortest": 3}}),
    "lengths the wrong way round": typed(panel={"note": {**_FIELD, "shortest": 7}}),
    "the salt itself": typed(panel={"salt": _FIELD, "note": _FIELD}),
    "nothing to approve": cancel(panel={"note": _FIELD}),
    "words that tell it": typed(
        confirm={"title": "{note}", "done": "Cancelled", "details": {"Order": "{order_id}"}}
    ),
    "a trail that tells it": typed(on_trail="note"),
    "a trail of what is not there": typed(on_trail="other"),
    "a mark on what nobody sees": typed(sensitive=["note"]),
}


@pytest.mark.parametrize("change", WRONG_PANELS.values(), ids=WRONG_PANELS)
def test_a_panel_that_does_not_hold_starts_nothing(project: Project, change: Change) -> None:
    """ASVS 16.2.5: whatever would show, tell, record or weaken what is typed there."""
    change(project)
    project.write()
    with pytest.raises(ManifestError, match=r"orders\.yml"):
        load_operations(project.manifests, project.folder)


def test_a_code_by_email_will_do_where_the_manifest_says_so(project: Project) -> None:
    cancel(email_code=True)(project)
    project.write()
    assert load_operations(project.manifests, project.folder)["orders.cancel"].email_code


WRONG_CODES = {
    "another API": [plain(**{"class": "personal"}, email_code=True), of_another_api],
    "something plain": [plain(email_code=True)],
    "something sensitive": [plain(**{"class": "sensitive"}, purposes=["own"], email_code=True)],
    "something protective": [cancel(**{"class": "protective"}, email_code=True)],
    "something binding": [typed(panel=None, email_code=True)],
    "somebody else": [cancel(email_code=True, on_behalf_of="customer")],
    "a level as well": [cancel(email_code=True, assurance="aal2")],
}


@pytest.mark.parametrize("changes", WRONG_CODES.values(), ids=WRONG_CODES)
def test_a_code_by_email_is_not_enough_for(project: Project, changes: list[Change]) -> None:
    """The contract: some personal operations of orders and IT, and nothing else."""
    for change in changes:
        change(project)
    project.write()
    with pytest.raises(ManifestError, match=r"orders\.yml"):
        load_operations(project.manifests, project.folder)
