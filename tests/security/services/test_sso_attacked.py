"""A provider that misbehaves, and people who swap, replay and mix up what it says."""

from __future__ import annotations

from typing import Any

import pytest

from security.adapters.outgoing import Answer, CannotReach
from security.errors import Refused
from tests.security.idp import Idp, globex
from tests.security.signing_on import (
    come_back,
    idp_of,
    is_turned_away,
    link,
    sign_on,
    start,
    with_providers,
)
from tests.security.visitor import Visitor
from tests.security.world import World


@pytest.fixture
def idp(world: World) -> Idp:
    """Globex's provider, at which erin is linked."""
    there = idp_of(world)
    with_providers(world, there)
    link(world, there, "erin", "erin")
    return there


async def test_a_code_of_another_sign_in_is_not_redeemed(idp: Idp, visitor: Visitor) -> None:
    """RFC 7636, code injection: the verifier of this sign-in fits its own code alone."""
    thief = Visitor(visitor.world)
    await thief.arrive()
    stolen = idp.sign_in((await start(thief)).location)
    mine = await start(visitor)
    state = idp.sign_in(mine.location)["state"]
    with pytest.raises(Refused, match=r"^sso_refused$"):
        await come_back(visitor, mine, {"code": stolen["code"], "state": state})


@pytest.mark.parametrize("times", [2, 5])
async def test_what_came_back_counts_once(idp: Idp, visitor: Visitor, times: int) -> None:
    """RFC 6749 section 10.5: a state is good once, however often it is brought."""
    started = await start(visitor)
    back = idp.sign_in(started.location)
    await come_back(visitor, started, back)
    for _ in range(times - 1):
        with pytest.raises(Refused, match=r"^sso_refused$"):
            await come_back(visitor, started, back)


async def test_a_state_of_another_session_is_refused_and_not_used_up(
    idp: Idp, visitor: Visitor
) -> None:
    """RFC 6749 section 10.12: nobody signs somebody else's browser in as themselves."""
    thief = Visitor(visitor.world)
    await thief.arrive()
    theirs = await start(thief)
    back = idp.sign_in(theirs.location)
    with pytest.raises(Refused, match=r"^sso_refused$"):
        await come_back(visitor, theirs, back)
    assert (await visitor.look()).session.authenticated is False
    await come_back(thief, theirs, back)


async def test_another_browser_cannot_go_on(idp: Idp, visitor: Visitor) -> None:
    """The cookie of the browser in which it began is asked for as well."""
    started = await start(visitor)
    with pytest.raises(Refused, match=r"^sso_refused$"):
        await come_back(visitor, started, idp.sign_in(started.location), browser="b" * 43)


async def test_a_made_up_state_is_refused(idp: Idp, visitor: Visitor) -> None:
    started = await start(visitor)
    idp.sign_in(started.location)
    with pytest.raises(Refused, match=r"^sso_refused$"):
        await come_back(visitor, started, {"code": "c", "state": "s" * 43})


@pytest.mark.parametrize(("seconds", "passes"), [(299, True), (300, False), (301, False)])
async def test_a_sign_in_that_took_too_long_is_over(
    world: World, idp: Idp, visitor: Visitor, seconds: int, passes: bool
) -> None:
    """Boundary: five minutes, as the cookie."""
    started = await start(visitor)
    world.clock.advance(seconds=seconds)
    back = idp.sign_in(started.location)
    if passes:
        await come_back(visitor, started, back)
        return
    with pytest.raises(Refused, match=r"^sso_refused$"):
        await come_back(visitor, started, back)


async def test_a_newer_sign_in_of_the_session_ends_the_older(idp: Idp, visitor: Visitor) -> None:
    older, newer = await start(visitor), await start(visitor)
    with pytest.raises(Refused, match=r"^sso_refused$"):
        await come_back(visitor, older, idp.sign_in(older.location))
    await come_back(visitor, newer, idp.sign_in(newer.location))


async def test_two_providers_cannot_be_mixed_up(world: World, idp: Idp, visitor: Visitor) -> None:
    """RFC 9207: a response that names another issuer is not redeemed at the one that was asked."""
    started = await start(visitor)
    back = idp.sign_in(started.location)
    with pytest.raises(Refused, match=r"^sso_refused$"):
        await come_back(visitor, started, back, issuer="https://evil.example")
    assert "/token" not in idp.asked
    assert world.trail("sso:provider:refuse")[-1]["reason"] == "response_of_another"


async def test_a_provider_that_names_itself_has_to(idp: Idp, visitor: Visitor) -> None:
    """RFC 9207 section 2.4: a promise that is not kept is an attack."""
    idp.metadata = {"authorization_response_iss_parameter_supported": True}
    assert await is_turned_away(visitor, idp) == "no_issuer"
    started = await start(visitor)
    back = idp.sign_in(started.location)
    await come_back(visitor, started, back, issuer="https://login.globex.example")


async def test_a_refusal_of_the_provider_signs_nobody_in(idp: Idp, visitor: Visitor) -> None:
    started = await start(visitor)
    state = idp.sign_in(started.location)["state"]
    with pytest.raises(Refused, match=r"^sso_refused$"):
        await come_back(visitor, started, {"state": state})


async def test_userinfo_of_somebody_else_is_refused(world: World, visitor: Visitor) -> None:
    """OpenID Connect Core 5.3.2: token substitution."""
    there = idp_of(world, globex("userinfo: true\n"))
    with_providers(world, there)
    link(world, there, "erin", "erin")
    there.userinfo_sub = "somebody-else"
    assert await is_turned_away(visitor, there) == "userinfo_of_another"


@pytest.mark.parametrize(
    ("metadata", "why"),
    [
        ({"issuer": "https://evil.example"}, "metadata_of_another"),
        ({"issuer": "https://login.globex.example/"}, "metadata_of_another"),
        ({"jwks_uri": "http://login.globex.example/jwks"}, "no_metadata"),
        ({"token_endpoint": None}, "no_metadata"),
        ({"code_challenge_methods_supported": ["plain"]}, "no_pkce"),
    ],
)
async def test_a_description_of_another_issuer_leads_nowhere(
    world: World, idp: Idp, visitor: Visitor, metadata: dict[str, Any], why: str
) -> None:
    """OpenID Connect Discovery 4.3: the issuer, letter by letter; https alone; S256."""
    idp.metadata = metadata
    with pytest.raises(Refused, match=r"^sso_unavailable$"):
        await start(visitor)
    assert world.trail("sso:provider:refuse")[-1]["reason"] == why


@pytest.mark.parametrize(
    "uri", ["https://127.0.0.1/jwks", "https://169.254.169.254/jwks", "https://evil.example/jwks"]
)
async def test_keys_that_are_elsewhere_are_not_fetched(
    idp: Idp, visitor: Visitor, uri: str
) -> None:
    """The row of the one client: hosts of the list alone (see test_reach for the addresses)."""
    idp.metadata = {"jwks_uri": uri}
    with pytest.raises(Refused, match=r"^sso_unavailable$"):
        await sign_on(visitor, idp)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(302, {"location": "https://evil.example"}, b""), "sso_refused"),
        (Answer(200, {}, b"<html>"), "sso_refused"),
        (Answer(200, {}, b"[]"), "sso_refused"),
        (Answer(200, {}, b'{"access_token": "a", "token_type": "Bearer"}'), "sso_refused"),
        (
            Answer(200, {}, b'{"access_token": "a", "token_type": "mac", "id_token": "a.b.c"}'),
            "sso_refused",
        ),
        (Answer(500, {}, b""), "sso_refused"),
    ],
)
async def test_a_token_endpoint_that_answers_oddly_signs_nobody_in(
    idp: Idp, visitor: Visitor, answer: Answer, code: str
) -> None:
    """Fail closed: a redirect, no JSON, no token, a failure."""
    idp.answers["/token"] = answer
    await is_turned_away(visitor, idp, code)


@pytest.mark.parametrize("why", ["TimeoutError", "too_large", "redirected"])
async def test_a_provider_that_is_slow_or_endless_costs_a_clear_refusal(
    world: World, idp: Idp, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    """Abuse: what the one client gives up on (its own tests), nobody waits for here."""
    started = await start(visitor)
    back = idp.sign_in(started.location)

    async def give_up(*_: Any, **__: Any) -> Answer:
        raise CannotReach(why, sent=True)

    monkeypatch.setattr(idp, "request", give_up)
    with pytest.raises(Refused, match=r"^sso_unavailable$"):
        await come_back(visitor, started, back)
    assert (await visitor.look()).session.authenticated is False


async def test_made_up_names_of_keys_make_us_ask_once_a_minute(
    world: World, idp: Idp, visitor: Visitor
) -> None:
    """Abuse: whoever sends tokens with unknown keys is no amplifier."""
    client = world.core.providers.find("globex")
    assert client is not None
    moment = [0.0]
    client._timer = lambda: moment[0]
    await sign_on(visitor, idp)
    for _ in range(5):
        with pytest.raises(Refused, match=r"^logout_refused$"):
            await world.gateway.log_out_by_provider(
                "globex", idp.signed({"kid": "made-up"}, {"iss": idp.provider.issuer})
            )
    assert idp.asked.count("/jwks") == 1
    moment[0] = 60.0
    with pytest.raises(Refused, match=r"^logout_refused$"):
        await world.gateway.log_out_by_provider(
            "globex", idp.signed({"kid": "made-up"}, {"iss": idp.provider.issuer})
        )
    assert idp.asked.count("/jwks") == 2


async def test_a_disabled_person_does_not_come_in_this_way(
    world: World, idp: Idp, visitor: Visitor
) -> None:
    """ASVS 7.4.2."""
    world.disable("erin")
    assert await is_turned_away(visitor, idp) == "person_disabled"


async def test_a_provider_of_another_tenant_cannot_be_asked_for(idp: Idp, visitor: Visitor) -> None:
    """ASVS 8.4.1: a provider is one tenant's."""
    with pytest.raises(Refused, match=r"^unknown_provider$"):
        await start(visitor, "northwind-bank", provider="globex")


async def test_an_identity_of_one_tenant_is_nobody_at_another(
    world: World, idp: Idp, visitor: Visitor
) -> None:
    """ASVS 8.4.1: the same issuer serves two tenants; a link is of one of them."""
    bank = globex().__class__(**{**vars(globex()), "tenant": "northwind-bank", "id": "bank"})
    there = idp_of(world, bank)
    with_providers(world, idp, there)
    assert await is_turned_away(visitor, there, "sso_unlinked") == "unlinked"


async def test_an_organisation_that_does_without_is_not_signed_in_to(
    world: World, idp: Idp, visitor: Visitor
) -> None:
    world.sql("""UPDATE tenants SET methods_off = '["sso"]' WHERE id = 'globex'""")
    with pytest.raises(Refused, match=r"^method_off$"):
        await start(visitor)


async def test_the_way_in_says_nothing_of_a_session_that_changed_meanwhile(
    world: World, idp: Idp, visitor: Visitor
) -> None:
    """Race: somebody signs in otherwise while the provider is asked; what is late is void."""
    started = await start(visitor)
    back = idp.sign_in(started.location)
    redeem = idp._redeemed

    def late(*asked: Any) -> Answer:
        world.sql("UPDATE sessions SET csrf_seed = 'another'")
        return redeem(*asked)

    idp._redeemed = late  # type: ignore[method-assign]
    with pytest.raises(Refused, match=r"^sso_refused$"):
        await come_back(visitor, started, back)
    assert world.sql("SELECT count(*) FROM sessions WHERE person_id IS NOT NULL") == [(0,)]
