"""A host site's word for who is signed in there: each way of lying with it is refused alike."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import OctKey

from security.errors import Refused
from tests.security.framed import Framed, Site, later, with_hosts
from tests.security.visitor import Visitor
from tests.security.world import World


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def foreign() -> Site:
    """A site of another tenant, registered as well."""
    return Site("globex-intranet", "globex")


@pytest.fixture
async def framed(world: World, site: Site, foreign: Site) -> Framed:
    somebody = Framed(with_hosts(world, site, foreign))
    await somebody.arrive()
    return somebody


async def refused(framed: Framed, word: str, reason: str) -> None:
    """Bring a word that is refused, for this reason, which the trail alone knows."""
    with pytest.raises(Refused) as caught:
        await framed.bring(word)
    assert (caught.value.code, caught.value.details) == ("vouching_refused", {})
    assert framed.world.trail("embed:host:refuse")[-1]["reason"] == reason
    assert not (await framed.look()).session.authenticated


CLAIMS: dict[str, tuple[Callable[[World], dict[str, Any]], str]] = {
    "for another tenant's frame": (
        lambda w: {"aud": f"{w.core.settings.public_url}/embed/globex"},
        "audience",
    ),
    "for another installation": (
        lambda _: {"aud": "https://chat.example/embed/northwind-bank"},
        "audience",
    ),
    "for two": (
        lambda w: {"aud": [f"{w.core.settings.public_url}/embed/northwind-bank", "x"]},
        "audience",
    ),
    "for nobody": (lambda _: {"aud": None}, "audience"),
    "of another issuer": (lambda _: {"iss": "https://evil.example"}, "issuer"),
    "of no issuer": (lambda _: {"iss": None}, "issuer"),
    "over by now": (lambda w: {"exp": later(w, 0)}, "expired"),
    "good for more than five minutes": (lambda w: {"exp": later(w, 301)}, "too_long"),
    "without an end": (lambda _: {"exp": None}, "time"),
    "with an end that is a word": (lambda _: {"exp": "soon"}, "time"),
    "with an end beyond all time": (lambda _: {"exp": 10**40}, "time"),
    "of tomorrow": (lambda w: {"iat": later(w, 61)}, "future"),
    "not good yet": (lambda w: {"nbf": later(w, 61)}, "future"),
    "of no time": (lambda _: {"iat": None}, "time"),
    "with another nonce": (lambda _: {"nonce": "0" * 64}, "nonce"),
    "without a nonce": (lambda _: {"nonce": None}, "nonce"),
    "with a nonce that is no word": (lambda _: {"nonce": ["0" * 64]}, "nonce"),
    "with a nonce that is half a sign": (lambda _: {"nonce": "\ud800"}, "nonce"),
    "without an id": (lambda _: {"jti": None}, "id"),
    "with an id that is too short": (lambda _: {"jti": "1234567"}, "id"),
    "about nobody": (lambda _: {"sub": None}, "subject"),
    "about half a sign": (lambda _: {"sub": "\ud800"}, "subject"),
    "about somebody whom the site does not map": (lambda _: {"sub": "alice"}, "unknown_person"),
    "about somebody who is not there": (lambda _: {"sub": "C-1003"}, "unknown_person"),
    "about somebody of another tenant": (lambda _: {"sub": "C-2001"}, "unknown_person"),
}


@pytest.mark.parametrize(("changed", "reason"), CLAIMS.values(), ids=CLAIMS)
async def test_a_word_that_does_not_fit_counts_for_nothing(
    framed: Framed, site: Site, changed: Callable[[World], dict[str, Any]], reason: str
) -> None:
    """ASVS 9.2.1-4: one refusal for all, so that nobody can try out what is known here."""
    whole = site.claims(framed.world, await framed.nonce())
    claims = {**whole, **changed(framed.world)}
    claims = {name: value for name, value in claims.items() if value is not None}
    await refused(framed, site.word(claims), reason)


@pytest.mark.parametrize("seconds", [1, 60, 299, 300])
async def test_a_word_is_good_for_five_minutes_at_most(
    framed: Framed, site: Site, seconds: int
) -> None:
    """ASVS 9.2.1: the boundary itself still holds."""
    granted = await framed.vouched(site, exp=later(framed.world, seconds))
    assert granted.session.assurance == "aal1"


async def test_a_word_is_good_once(framed: Framed, site: Site) -> None:
    """ASVS 9.2.1: not again in this frame, and not in another one."""
    word = site.word(site.claims(framed.world, await framed.nonce()))
    await framed.bring(word)
    with pytest.raises(Refused, match=r"^vouching_refused$"):
        await framed.bring(word)
    assert framed.world.trail("embed:host:refuse")[-1]["reason"] == "nonce"
    other = Framed(framed.world)
    await other.arrive()
    await refused(other, word, "nonce")


async def test_an_id_is_good_once(framed: Framed, site: Site) -> None:
    """ASVS 9.2.1: whatever else the word says."""
    await framed.vouched(site, jti="the-same-word")
    other = Framed(framed.world)
    await other.arrive()
    claims = site.claims(other.world, await other.nonce(), jti="the-same-word")
    await refused(other, site.word(claims), "replayed")


async def test_the_same_word_many_times_at_once_is_good_once(framed: Framed, site: Site) -> None:
    """ASVS 15.4.2."""
    word = site.word(site.claims(framed.world, await framed.nonce()))
    held = (framed.cookie, framed.csrf)
    tries = [framed.world.gateway.vouch(*held, word) for _ in range(8)]
    ended = await asyncio.gather(*tries, return_exceptions=True)
    assert len([one for one in ended if not isinstance(one, BaseException)]) == 1


async def test_a_word_about_nobody_is_used_up_all_the_same(framed: Framed, site: Site) -> None:
    claims = site.claims(framed.world, await framed.nonce(), sub="C-1003", jti="used-up-id")
    await refused(framed, site.word(claims), "unknown_person")
    await refused(framed, site.word(claims), "replayed")


async def test_the_key_of_another_tenants_site_opens_nothing(
    framed: Framed, site: Site, foreign: Site
) -> None:
    """ASVS 8.4.1: neither under its own name nor under that of the right site."""
    nonce = await framed.nonce()
    as_itself = {**site.claims(framed.world, nonce), "iss": foreign.issuer}
    await refused(framed, foreign.word(as_itself), "issuer")
    await refused(framed, foreign.word(site.claims(framed.world, nonce)), "signature")


def unsigned(claims: dict[str, Any], **header: Any) -> str:
    parts = [{"alg": "none", **header}, claims]
    encoded = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts
    ]
    return ".".join([*encoded, "AA"])


async def test_no_signature_and_no_shared_secret_is_taken(framed: Framed, site: Site) -> None:
    """ASVS 9.1.2-3: `none`, and the public key used as a secret (key confusion)."""
    claims = site.claims(framed.world, await framed.nonce())
    await refused(framed, unsigned(claims), "unreadable")
    public = json.dumps(site.key.as_dict(private=False)).encode()
    forged = jws.serialize_compact(
        {"alg": "HS256", "kid": "k1"}, json.dumps(claims).encode(), OctKey.import_key(public)
    )
    await refused(framed, forged, "unreadable")


@pytest.mark.parametrize("name", ["jku", "jwk", "x5u", "crit", "zip"])
async def test_a_word_that_brings_its_own_key_is_refused(
    framed: Framed, site: Site, name: str
) -> None:
    """ASVS 9.1.3: the header names a key that is registered, and says nothing else."""
    header: dict[str, Any] = {"alg": "Ed25519", "kid": "k1"}
    claims = site.claims(framed.world, await framed.nonce())
    parts = site.word(claims).split(".")
    odd = base64.urlsafe_b64encode(json.dumps({**header, name: "x"}).encode()).decode().rstrip("=")
    await refused(framed, ".".join([odd, *parts[1:]]), "unreadable")


@pytest.mark.parametrize("algorithm", ["Ed25519", "ES256", "PS256", "RS256"])
async def test_each_allowed_algorithm_is_taken_from_its_own_key_alone(
    world: World, algorithm: str
) -> None:
    """ASVS 9.1.2: a key is registered for one algorithm."""
    site = Site(algorithm=algorithm)
    framed = Framed(with_hosts(world, site))
    await framed.arrive()
    if algorithm in ("PS256", "RS256"):
        other = "RS256" if algorithm == "PS256" else "PS256"
        claims = site.claims(world, await framed.nonce())
        await refused(framed, site.word(claims, alg=other), "signature")
    assert (await framed.vouched(site)).session.assurance == "aal1"


async def test_a_session_of_the_page_takes_no_sites_word(framed: Framed, site: Site) -> None:
    """ASVS 6.3.4: not even with a nonce that would be right."""
    page = Visitor(framed.world)
    await page.arrive("northwind-bank")
    held = (page.cookie, page.csrf)
    with pytest.raises(Refused, match=r"^vouching_refused$"):
        await framed.world.gateway.host_nonce(*held)
    word = site.word(site.claims(framed.world, await framed.nonce()))
    with pytest.raises(Refused, match=r"^vouching_refused$"):
        await framed.world.gateway.vouch(*held, word)
    assert not (await page.look()).session.authenticated


async def test_another_person_of_the_site_gets_another_conversation(
    framed: Framed, site: Site
) -> None:
    """ASVS 7.2.4: what was said before them is not theirs to read."""
    await framed.vouched(site)
    turn = await framed.say("which bills are due?")
    await framed.hear(turn)
    assert await framed.world.gateway.past_messages(framed.cookie)
    await framed.vouched(site, sub="C-1002")
    assert await framed.world.gateway.past_messages(framed.cookie) == []


async def test_what_a_site_says_besides_gives_nothing(framed: Framed, site: Site) -> None:
    """ASVS 6.8.4: level, roles and tenant are ours to say."""
    claims = {"acr": "aal3", "amr": ["otp"], "roles": ["admin"], "tenant": "globex"}
    granted = await framed.vouched(site, **claims)
    assert granted.session.assurance == "aal1"
    assert granted.session.user is not None
    assert (granted.session.user.roles, granted.session.user.tenant) == (
        ["customer"],
        "northwind-bank",
    )


async def test_the_trail_names_the_site_and_the_person_and_keeps_no_word(
    framed: Framed, site: Site
) -> None:
    """ASVS 16.3.1, 16.2.5."""
    await framed.vouched(site, jti="planted-word-id")
    [record] = framed.world.trail("embed:host:vouch")
    assert (record["reason"], record["assurance"], record["tenant"]) == (
        "northwind",
        "aal1",
        "northwind-bank",
    )
    assert record["person"]
    assert b"planted-word-id" not in b"".join(framed.world.records())
    assert b"C-1001" not in b"".join(framed.world.records())


async def test_a_word_under_the_name_of_another_key_is_refused(framed: Framed, site: Site) -> None:
    """ASVS 9.1.3: the right key under a wrong name is the wrong key."""
    claims = site.claims(framed.world, await framed.nonce())
    await refused(framed, site.word(claims, kid="k2"), "signature")
