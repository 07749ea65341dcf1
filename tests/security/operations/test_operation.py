"""An operation with all that its manifest says of it, and what it tells of itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from security.operations.classes import Demand
from security.operations.confirmation import Confirmation, Inform, Telling
from security.operations.entry import Entry
from security.operations.manifest import load_operations
from security.operations.operation import Operation, Rate
from tests.security.operations.conftest import CANCEL, Project
from tests.security.operations.test_manifest_reasons import BINDING, reads, types, writes


def found(project: Project, changed: tuple[str, object]) -> Operation:
    name, apply = changed
    apply(project)  # type: ignore[operator]
    project.write()
    return load_operations(project.manifests, project.folder)[name]


def test_a_read_has_what_its_manifest_says_and_nothing_more(project: Project) -> None:
    one = found(project, reads())
    assert one == Operation(
        name="orders.list",
        title="See your orders",
        api="orders",
        audience="urn:gatehouse:api:orders",
        kind="plain",
        demand=Demand("aal1"),
        scope="orders:read",
        fields=frozenset({"id", "state", "lines.name"}),
        endpoint=one.endpoint,
    )
    assert not one.is_write
    assert not one.is_own
    assert replace(one, api="account").is_own


def test_each_key_of_a_read_arrives(project: Project) -> None:
    paths = project.document["paths"]
    paths["/orders"]["get"]["parameters"].append(
        {"name": "state", "in": "query", "schema": {"enum": ["sent", "lost"]}}
    )
    one = found(
        project,
        reads(
            **{"class": "personal"},
            fields=["id", "state"],
            about="lines.price",
            echoes=["state"],
            refusals=["not_found"],
            on_trail="limit",
            counterparty="state",
            on_behalf_of="customer",
        ),
    )
    assert one.fields == {"id", "state", "lines.price"}
    assert (one.about, one.echoes) == ("lines.price", {"state"})
    assert one.refusals == {"not_found"}
    assert (one.on_trail, one.counterparty, one.on_behalf_of) == ("limit", "state", "customer")
    assert one.sent({"customer": "c", "limit": 5}) == {"limit": 5}
    assert replace(one, on_behalf_of=None).sent({"customer": "c"}) == {"customer": "c"}


def test_a_document_is_all_of_its_three_fields(project: Project) -> None:
    order = project.document["components"]["schemas"]["Order"]
    order["properties"] |= {name: {"type": "string"} for name in ("name", "media_type", "content")}
    one = found(project, reads(document=True, fields=["name", "media_type", "content"]))
    assert one.document is True


def test_each_word_about_a_write_arrives(project: Project) -> None:
    inform = {
        "whom": "id",
        "words": "{by} has cancelled {order_id} of {customer}",
        "roles": ["teller"],
        "others": "{by} cancelled {order_id}",
    }
    outcome = {**CANCEL["outcome"], "tell": True, "inform": inform}
    one = found(project, writes(outcome=outcome, on_behalf_of="customer"))
    assert one.telling == Telling(
        title="Cancel an order",
        done="Cancelled the order {order_id}",
        told=True,
        inform=Inform("id", inform["words"], frozenset({"teller"}), inform["others"]),
    )
    assert (one.confirmation, one.entries, one.entry_names) == (None, (), frozenset())
    assert one.specimen() == {}
    assert one.settle is not None
    assert (one.settle.endpoint.name, one.settle.scope) == ("settle_key", "orders:settle")
    assert one.rate == Rate(None, None)


def test_each_word_that_is_approved_arrives(project: Project) -> None:
    confirm = {
        "title": "Cancel {order_id}",
        "done": "Cancelled {order_id}",
        "details": {"Order": "{order_id}", "Why": "{why}"},
        "amount": {"value": "why", "currency": "order_id"},
        "tell": True,
    }
    one = found(project, types(confirm=confirm))
    assert isinstance(one.confirmation, Confirmation)
    assert one.telling is one.confirmation
    assert (one.confirmation.title, one.confirmation.done) == (confirm["title"], confirm["done"])
    assert one.confirmation.details == confirm["details"]
    assert one.confirmation.told is True
    assert one.confirmation.amount is not None
    assert (one.confirmation.amount.value, one.confirmation.amount.currency) == ("why", "order_id")
    assert one.entries == (Entry("note", "Word", "pin", 4, 6),)
    assert one.specimen() == {"salt": "A" * 43, "note": "2749"}
    assert one.asked is None
    assert one.in_words({"order_id": "A-7"}) == "Cancel A-7"


def test_lengths_of_what_is_typed_may_be_the_same(project: Project) -> None:
    field = {"label": "Word", "form": "pin", "shortest": 4, "longest": 4}
    assert found(project, types(panel={"note": field})).entries[0].longest == 4


@pytest.mark.parametrize("kind", ["personal", "sensitive"])
def test_what_a_text_asks_for_is_said_exactly_where_its_person_goes_on(
    project: Project, kind: str
) -> None:
    one = found(project, writes(**{"class": kind}, purposes=["own"]))
    assert one.asked == "Cancel the order {order_id}"
    assert one.in_words({"order_id": "A-7"}) == "Cancel the order A-7"
    assert one.in_words({}) == "Cancel the order –"


def test_what_asks_for_nothing_more_needs_no_question(project: Project) -> None:
    outcome = {"done": "Cancelled"}
    one = found(project, writes(**{"class": "protective"}, outcome=outcome))
    assert one.asked is None
    assert one.in_words({"order_id": "A-7"}) == "Cancel an order"
    assert replace(one, telling=None).in_words({}) == "Cancel an order"


def test_what_is_approved_has_no_words_of_its_own_for_later(project: Project) -> None:
    one = found(project, writes(**BINDING))
    assert one.demand == Demand("aal2", confirmation=True)
    assert one.entry_names == frozenset()


@pytest.mark.parametrize("said", [True, False])
def test_a_code_by_email_will_do_where_it_is_said(project: Project, said: bool) -> None:
    one = found(project, reads(**{"class": "personal"}, email_code=said))
    assert one.email_code is said
