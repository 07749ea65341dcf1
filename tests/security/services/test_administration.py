"""An organisation's administrators: what they see and do, and what they do alone."""

from __future__ import annotations

from typing import Any

import pytest

from security.errors import Refused
from tests.security.letters import enrol
from tests.security.services.administering import (
    BANK,
    Administrator,
    administrator,
    is_disabled,
    roles_of,
)
from tests.security.services.changing import notices, signed_in
from tests.security.services.contacts import methods_of
from tests.security.services.proofs import lock
from tests.security.services.pushed import DONE, confirms, number_of, the_one, with_device
from tests.security.services.showing import added, shows
from tests.security.stored import stored
from tests.security.visitor import Visitor
from tests.security.world import World

MAIL = "alice@northwind.example.com"


@pytest.fixture
async def adam(world: World) -> Administrator:
    return await administrator(world)


@pytest.fixture
async def tess(world: World) -> Administrator:
    """A second one."""
    return await administrator(world, "tess")


async def test_the_list_shows_this_organisations_people_and_is_on_the_trail(
    world: World, adam: Administrator
) -> None:
    """ASVS 8.4.1, 16.3.2: nobody of another one, and the reading itself is recorded."""
    await lock(world, "alice")
    page = await adam.people()
    assert [one.username for one in page.people] == ["adam", "alice", "bob", "tess"]
    alice = page.people[1]
    assert (alice.methods, alice.paused, alice.second) == (["totp"], ["totp"], False)
    assert (page.people[0].me, page.people[0].sessions, page.second_admin) == (True, 1, False)
    assert page.people[0].last_sign_in is not None
    assert page.roles == ["admin", "auditor", "customer", "teller"]
    [read] = world.trail("admin:people:read")
    assert read["actor"] == world.trail("sign_in:password:pass")[0]["person"]


@pytest.mark.parametrize(
    ("find", "found"),
    [("ALI", ["alice"]), ("a", ["adam", "alice"]), ("%", []), ("_", []), ("carl", [])],
)
async def test_people_are_found_by_letters_of_their_name(
    adam: Administrator, find: str, found: list[str]
) -> None:
    assert [one.username for one in (await adam.people(find)).people] == found


async def test_a_long_list_comes_by_the_page(
    adam: Administrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("security.services.admin_people.PAGE", 3)
    first = await adam.people()
    assert ([one.username for one in first.people], first.next) == (["adam", "alice", "bob"], "bob")
    second = await adam.people(after=first.next)
    assert ([one.username for one in second.people], second.next) == (["tess"], None)


async def test_somebody_is_disabled_by_an_approval_that_says_so(
    world: World, adam: Administrator
) -> None:
    """ASVS 7.5.1, 7.4.2: in a fresh session too; bound to this person; they are out at once."""
    enrol(world, "alice", "email", MAIL)
    alice = await signed_in(world)
    action = await adam.ask("disable", "alice")
    assert action.challenge is not None
    assert (action.state, action.challenge.purpose) == ("prove", "administer")
    assert action.challenge.binding == "Disable Alice (alice)"
    assert action.challenge.methods == ["totp"]
    assert not is_disabled(world, "alice")
    await adam.visitor.prove("adam")
    assert (await adam.go_on(action.ref)).state == "done"
    with pytest.raises(Refused, match="session_expired"):
        await alice.look()
    assert any("disabled your account" in words for words in notices(world, MAIL))
    assert (await adam.seen("alice")).disabled


async def test_the_record_comes_before_the_deed_and_names_both(
    world: World, adam: Administrator
) -> None:
    """ASVS 16.3.2: who asked, whom it is about, and the digest of exactly what."""
    await adam.does("disable", "alice")
    [opened], [done] = world.trail("admin:action:open"), world.trail("admin:action:done")
    [deed] = world.trail("admin:user:disable")
    assert opened["arguments"] == done["arguments"]
    assert (opened["person"], opened["actor"]) == (deed["person"], deed["actor"])
    assert done["sequence"] < deed["sequence"]
    assert b"alice" not in b"".join(world.records()).lower()


async def test_a_passkey_approves_as_well(world: World, adam: Administrator) -> None:
    laptop = await added(adam.visitor, "adam")
    action = await adam.ask("disable", "alice")
    assert adam.visitor.challenge is not None
    assert adam.visitor.challenge.method == "passkey"
    await shows(adam.visitor, laptop)
    assert (await adam.go_on(action.ref)).state == "done"
    assert is_disabled(world, "alice")


async def test_a_device_approves_as_well(world: World, adam: Administrator) -> None:
    """NIST SP 800-63B-4 3.1.3: it shows whom it is about, and wants the number of this screen."""
    device = await with_device(world, "adam")
    action = await adam.ask("disable", "alice")
    adam.visitor.challenge = await adam.visitor.choose("push")
    assert (await the_one(world, device)).binding == "Disable Alice (alice)"
    assert not is_disabled(world, "alice")
    await confirms(world, device, number_of(adam.visitor))
    await adam.visitor.answer(DONE)
    assert (await adam.go_on(action.ref)).state == "done"
    assert is_disabled(world, "alice")


async def test_somebody_is_let_in_again(world: World, adam: Administrator) -> None:
    await adam.does("disable", "alice")
    await adam.does("enable", "alice")
    await signed_in(world)


async def test_roles_narrow_what_somebody_may_at_the_next_turn(
    world: World, adam: Administrator, alice: Visitor
) -> None:
    """ASVS 7.4.2, 8.3.2."""
    await alice.ask()
    await adam.does("roles", "alice", take=["customer"], give=["auditor"])
    assert roles_of(world, "alice") == '["auditor"]'
    await alice.is_refused("forbidden")


async def test_a_reset_ends_sessions_and_takes_every_factor(
    world: World, adam: Administrator
) -> None:
    """ASVS 6.4.4: they enrol again; the password is shown to the administrator this once."""
    alice = await signed_in(world)
    done = await adam.does("reset", "alice")
    assert done.password is not None
    assert methods_of(world, "alice") == set()
    with pytest.raises(Refused, match="session_expired"):
        await alice.look()
    visitor = Visitor(world)
    await visitor.arrive()
    assert (await visitor.give_password("alice", done.password)).enrol is True
    assert done.password.encode() not in stored(world)


async def test_a_pause_is_ended(world: World, adam: Administrator) -> None:
    """ASVS 6.6.3: a stranger's guesses lock nobody out for long."""
    await lock(world, "alice")
    await adam.does("unlock", "alice", method="totp")
    assert (await adam.seen("alice")).paused == []
    with pytest.raises(Refused, match="unknown_method"):
        await adam.ask("unlock", "alice", method="sms")


async def test_sessions_are_seen_without_address_or_words_and_ended_one_by_one(
    world: World, adam: Administrator
) -> None:
    """ASVS 7.4.5, 14.2.6: device, channel, times and assurance; nothing else."""
    alice, other = await signed_in(world), await signed_in(world)
    listed = await adam.sessions("alice")
    told = {"ref", "device", "channel", "assurance", "signed_in_at", "last_seen_at"}
    assert set(type(listed[0]).model_fields) == told
    assert (listed[0].device, listed[0].assurance) == ("Firefox on Linux", "aal2")
    [seen] = world.trail("admin:session:read")
    assert seen["person"] != seen["actor"]
    await other.extend()
    newest = (await adam.sessions("alice"))[0].ref
    await adam.does("end_sessions", "alice", session=newest)
    with pytest.raises(Refused, match="session_expired"):
        await other.look()
    await alice.look()
    await adam.does("end_sessions", "alice")
    with pytest.raises(Refused, match="session_expired"):
        await alice.look()
    with pytest.raises(Refused, match="unknown_session"):
        await adam.ask("end_sessions", "alice", session=newest)


async def test_somebody_is_added_with_a_password_that_is_shown_once(
    world: World, adam: Administrator
) -> None:
    new = {"username": "zoe", "name": "Zoe Zander", "give": ["teller"]}
    done = await adam.does("add", **new)
    assert done.password is not None
    visitor = Visitor(world)
    await visitor.arrive()
    passed = await visitor.give_password("zoe", done.password, BANK)
    assert passed.enrol is True


async def test_giving_somebody_the_role_takes_two(
    world: World, adam: Administrator, tess: Administrator
) -> None:
    """ASVS 2.3.5, dual control: the first asks, the second approves exactly that."""
    enrol(world, "alice", "email", MAIL)
    asked = await adam.does("roles", "alice", give=["admin"])
    assert (asked.state, roles_of(world, "alice")) == ("waiting", '["customer"]')
    assert any("second administrator" in words for words in notices(world, MAIL))
    [waiting] = await tess.waiting()
    assert (waiting.words, waiting.asked_by, waiting.mine) == (
        "Change the roles of Alice (alice)",
        "Adam",
        False,
    )
    action = await tess.asked_to_approve(waiting.ref)
    assert action.challenge is not None
    details = {one.label: one.value for one in action.challenge.details or []}
    assert details == {"Give": "admin", "Asked for by": "Adam (adam)"}
    await tess.visitor.prove("tess")
    assert (await tess.go_on(action.ref)).state == "done"
    assert roles_of(world, "alice") == '["admin", "customer"]'
    assert await adam.waiting() == []
    [approved], [deed] = world.trail("admin:action:approve"), world.trail("admin:user:roles")
    assert approved["actor"] != deed["actor"]


TWO = {
    "disable": ("disable", {}),
    "reset": ("reset", {"send": "email"}),
    "take": ("roles", {"take": ["admin"], "give": ["teller"]}),
}


@pytest.mark.parametrize("what", TWO)
async def test_what_makes_an_administrator_powerless_takes_two(
    world: World, adam: Administrator, tess: Administrator, what: str
) -> None:
    """ASVS 2.3.5, dual control: it holds for whoever is an administrator now."""
    kind, values = TWO[what]
    world.give_roles("bob", "admin")
    enrol(world, "bob", "email", "bob@northwind.example.com")
    before = world.sql("SELECT roles, disabled_at, password_sealed FROM people")
    asked = await adam.does(kind, "bob", **values)  # type: ignore[arg-type]
    assert asked.state == "waiting"
    assert world.sql("SELECT roles, disabled_at, password_sealed FROM people") == before
    done = await tess.approves(asked.ref)
    assert (done.state, done.sent) == ("done", True if what == "reset" else None)
    assert world.sql("SELECT roles, disabled_at, password_sealed FROM people") != before


async def test_adding_an_administrator_takes_two(
    world: World, adam: Administrator, tess: Administrator
) -> None:
    new: dict[str, Any] = {"username": "zoe", "name": "Zoe", "give": ["admin"], "email": MAIL}
    asked = await adam.does("add", **new, send="email")
    assert (asked.state, asked.sent) == ("waiting", None)
    assert (await tess.approves(asked.ref)).sent is True
    assert roles_of(world, "zoe") == '["admin"]'


@pytest.mark.parametrize("which", ["asker", "other"])
async def test_either_of_two_can_stop_it(
    world: World, adam: Administrator, tess: Administrator, which: str
) -> None:
    asked = await adam.does("roles", "alice", give=["admin"])
    await (adam if which == "asker" else tess).withdraws(asked.ref)
    assert await adam.waiting() == await tess.waiting() == []
    with pytest.raises(Refused, match="unknown_action"):
        await tess.asked_to_approve(asked.ref)
    assert len(world.trail("admin:action:withdraw")) == 1


async def test_where_there_is_no_second_one_it_says_what_to_do(adam: Administrator) -> None:
    """The demo's organisations have one administrator each."""
    with pytest.raises(Refused, match="second_admin_missing") as why:
        await adam.ask("roles", "alice", give=["admin"])
    assert "gatehouse users" in why.value.sentence
