"""Why a manifest does not hold, in the words that whoever writes it gets to read."""

from __future__ import annotations

from typing import Any

import pytest

from security.operations.manifest import ManifestError, load_operations
from tests.security.operations.conftest import CANCEL, Change, Project

READ, WRITE = "orders.list", "orders.cancel"


def reads(**given: Any) -> tuple[str, Change]:
    """Change the read; what is None is taken out."""

    def change(project: Project) -> None:
        entry = {**project.entry, **given}
        kept = {name: value for name, value in entry.items() if value is not None}
        project.manifest["operations"][READ] = kept

    return READ, change


def writes(**given: Any) -> tuple[str, Change]:
    """Declare a cancellation beside it."""
    entry = {name: value for name, value in {**CANCEL, **given}.items() if value is not None}
    return WRITE, lambda project: project.manifest["operations"].update({WRITE: entry})


FIELD = {"label": "Word", "form": "pin", "shortest": 4, "longest": 6}
CONFIRM = {"title": "Cancel", "done": "Cancelled", "details": {"Order": "{order_id}"}}
BINDING: dict[str, Any] = {"class": "binding", "outcome": None, "confirm": CONFIRM}
ASK = "Cancel the order {order_id}"
INFORM = {"whom": "id", "words": "{by}: {order_id}", "others": "{by}"}
PERSONAL: dict[str, Any] = {"class": "personal"}


def types(**given: Any) -> tuple[str, Change]:
    """Let the note of a cancellation be typed into the panel, whose API takes a salt."""
    name, declare = writes(**{**BINDING, "panel": {"note": FIELD}, **given})

    def change(project: Project) -> None:
        post = project.document["paths"]["/orders/{order_id}/cancel"]["post"]
        content = post["requestBody"]["content"]["application/json"]
        content["schema"]["properties"]["salt"] = {"type": "string"}
        declare(project)

    return name, change


def told(done: str, **given: Any) -> tuple[str, Change]:
    return writes(outcome={"ask": ASK, "done": done}, **given)


WHY: dict[str, tuple[tuple[str, Change], str]] = {
    "a class that does not exist": (reads(**{"class": "harmless"}), "no such class: harmless"),
    "weaker assurance": (
        reads(assurance="none"),
        "`assurance` may only be stricter than that of the class",
    ),
    "an older proof": (
        reads(**PERSONAL, freshness_minutes=16),
        "`freshness_minutes` may only be stricter than that of the class",
    ),
    "an age of what is approved each time": (
        writes(**BINDING, freshness_minutes=5),
        "what is approved each time has no `freshness_minutes`",
    ),
    "a proof of strangers": (
        reads(**{"class": "open"}, freshness_minutes=5),
        "the class open demands no proof",
    ),
    "no purpose": (
        reads(**{"class": "sensitive"}),
        "an operation of this class names its `purposes`",
    ),
    "no such field": (reads(fields=["id", "pin", "key"]), "the API never returns key, pin"),
    "no fields": (reads(fields=[]), "it names none of the `fields` that come back"),
    "no such refusal": (reads(refusals=["nonsense"]), "no such refusal: nonsense"),
    "no such endpoint": (reads(endpoint="delete"), "orders.json has no operationId delete"),
    "a closed endpoint": (
        reads(endpoint="place_order"),
        "place_order is not opened by the scope orders:read",
    ),
    "something to confirm": (
        reads(confirm=CONFIRM),
        "an operation of the class plain has nothing to confirm",
    ),
    "nothing to confirm": (
        reads(**{"class": "binding"}),
        "an operation of the class binding needs `confirm`",
    ),
    "a read to confirm": (
        reads(**{"class": "binding"}, confirm=CONFIRM),
        "a read has nothing to confirm",
    ),
    "a detail of nothing": (
        writes(**{**BINDING, "confirm": {**CONFIRM, "details": {"Order": "{id}"}}}),
        "`confirm` names no argument: id",
    ),
    "a detail that is broken": (
        writes(**{**BINDING, "confirm": {**CONFIRM, "done": "{"}}),
        "`confirm` cannot be read: Single '{' encountered in format string",
    ),
    "an amount of nothing": (
        writes(**{**BINDING, "confirm": {**CONFIRM, "amount": {"value": "a", "currency": "b"}}}),
        "`confirm` names no argument: a, b",
    ),
    "no outcome": (writes(outcome=None), "a write without `confirm` needs `outcome`"),
    "an outcome of a read": (
        reads(outcome={"done": "Read"}),
        "there is no place for `outcome`",
    ),
    "an outcome of nothing": (told("{id}"), "`outcome` names no argument: id"),
    "an outcome that is broken": (
        told("}"),
        "`outcome` cannot be read: Single '}' encountered in format string",
    ),
    "no question": (
        writes(outcome={"done": "Cancelled"}),
        "`outcome` needs `ask`: which one the page says that goes on",
    ),
    "a question about any": (
        writes(outcome={"ask": "Cancel it", "done": "Cancelled"}),
        "`outcome` needs `ask`: which one the page says that goes on",
    ),
    "a question of nothing": (
        writes(outcome={"ask": "Cancel {id}", "done": "Cancelled"}),
        "`ask` names no argument: id",
    ),
    "no such role": (
        writes(outcome={"ask": ASK, "done": "Done", "inform": {**INFORM, "roles": ["boss"]}}),
        "no such role: boss",
    ),
    "nobody to inform": (
        writes(outcome={"ask": ASK, "done": "Done", "inform": {**INFORM, "whom": "customer"}}),
        "`inform` needs customer among the `fields`",
    ),
    "sensitive what is not there": (
        reads(sensitive=["pin"]),
        "`sensitive` names neither field nor argument: pin",
    ),
    "sensitive what is told": (
        told("Cancelled {order_id}", sensitive=["order_id"]),
        "what is sensitive may not be told: order_id",
    ),
    "a document that is written": (
        writes(document=True),
        "a document is read, by somebody who has signed in",
    ),
    "a document for strangers": (
        reads(document=True, **{"class": "open"}),
        "a document is read, by somebody who has signed in",
    ),
    "a document of other fields": (
        reads(document=True),
        "a document's fields are content, media_type, name",
    ),
    "in whose name the API is told": (
        reads(on_behalf_of="limit"),
        "`on_behalf_of` is an argument of the API: limit",
    ),
    "what is open for others": (
        reads(**{"class": "open"}, on_behalf_of="customer"),
        "nobody does for others what is open, sensitive or a document",
    ),
    "what is sensitive for others": (
        reads(**{"class": "sensitive"}, purposes=["own"], on_behalf_of="customer"),
        "nobody does for others what is open, sensitive or a document",
    ),
    "a panel of what nobody approves": (
        writes(panel={"note": FIELD}),
        "`panel` is for what a person approves for themselves",
    ),
    "a panel for others": (
        types(on_behalf_of="customer"),
        "`panel` is for what a person approves for themselves",
    ),
    "a salt that is typed": (
        types(panel={"salt": FIELD}),
        "`panel` may not ask for the salt: nobody types one",
    ),
    "a panel for the path": (
        types(panel={"order_id": FIELD}),
        "`panel` needs in the body: order_id",
    ),
    "no salt": (
        writes(**BINDING, panel={"note": FIELD}),
        "`panel` needs in the body: salt",
    ),
    "a panel that is told": (
        types(confirm={**CONFIRM, "done": "{note}"}),
        "what is typed in the panel is told to nobody",
    ),
    "a panel on the trail": (
        types(on_trail="note"),
        "what is typed in the panel is told to nobody",
    ),
    "a panel that is marked": (
        types(sensitive=["note"]),
        "what is typed in the panel is told to nobody",
    ),
    "lengths the wrong way round": (
        types(panel={"note": {**FIELD, "shortest": 7}}),
        "`panel`: `shortest` is longer than `longest`",
    ),
    "a code for what is plain": (
        reads(email_code=True),
        "`email_code` is for what is personal, and one's own",
    ),
    "a code for others": (
        reads(**PERSONAL, email_code=True, on_behalf_of="customer"),
        "`email_code` is for what is personal, and one's own",
    ),
    "a code and a level": (
        reads(**PERSONAL, email_code=True, assurance="aal2"),
        "`email_code` and `assurance` say two things",
    ),
    "a trail of nothing": (
        reads(on_trail="other", counterparty="another"),
        "for the trail, no argument: another, other",
    ),
    "about nobody": (reads(about="whom"), "the API never returns whom"),
    "an echo of nothing": (
        reads(echoes=["id", "limit"]),
        "`echoes` names no field that is an argument, too: id, limit",
    ),
    "a read to settle": (reads(settle=CANCEL["settle"]), "a read has nothing to settle"),
    "nothing to settle": (
        writes(settle=None),
        "a write needs `settle`, an endpoint that takes its key",
    ),
    "a way to settle without a key": (
        writes(settle={"endpoint": "list_orders", "scope": "orders:read"}),
        "a write needs `settle`, an endpoint that takes its key",
    ),
    "a way to settle that is closed": (
        writes(settle={"endpoint": "settle_key", "scope": "orders:read"}),
        "settle_key is not opened by the scope orders:read",
    ),
    "no key": (
        writes(endpoint="place_order", **{"class": "protective"}, outcome={"done": "Done"}),
        "/orders takes no Idempotency-Key",
    ),
}


@pytest.mark.parametrize(("change", "why"), WHY.values(), ids=WHY)
def test_what_does_not_hold_is_told_by_its_operation(
    project: Project, change: tuple[str, Change], why: str
) -> None:
    """ASVS 16.5.3."""
    name, apply = change
    apply(project)
    project.write()
    with pytest.raises(ManifestError) as refused:
        load_operations(project.manifests, project.folder)
    assert str(refused.value) == f"orders.yml: {name}: {why}"
