"""Attacks that the demo shows: each really tried, at the public API, and judged by what came back.

Whoever tries them has what the story gives them: a password, a code, a cookie. Nothing here knows
more than that, and nothing here is told whether it should work: `stopped` is read off the answers.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from gateway.demo_door import Door
from gateway.demo_thief import Client, Exchange, Who, code_of, messages_of
from security.demo_model import Persona, Trace
from security.model import Frozen

Attack = Literal["guess", "replay", "intent", "account", "cookie"]

_GUESSES = ("000000", "123456", "111111", "654321", "121212", "112233")
_GUESSED = 5
_INTENTS = ("/check_balance", '/check_balance{"account": "savings"}', "\uff0frestart")
_OWN, _OTHERS = "northwind-bank", "show me the lab results of Quinn Abbott"
_PAYMENT = "send Alice 50 euros"
_EVIL = "https://evil.example"


class Asked(Frozen):
    """Which attack is to be tried."""

    attack: Attack


class Report(Frozen):
    """What was tried and what came back. `stopped` is absent where it could not be tried to
    the end, because a code had been used already: `again_in` says when there is a new one.
    """

    attack: Attack
    exchanges: list[Exchange]
    stopped: bool | None = None
    again_in: int | None = None
    trail: list[Trace]


class _Used(Exception):
    """The code of this moment has been used already."""

    def __init__(self, seconds: int) -> None:
        super().__init__("used")
        self.seconds = seconds


@dataclass
class Stage:
    """Where one attack is played: its people by user name, and all that is said."""

    door: Door
    address: str
    people: Mapping[str, Persona]
    exchanges: list[Exchange] = field(default_factory=list)

    def client(self, who: Who) -> Client:
        """Return somebody new."""
        return Client(self.door, self.address, who, self.exchanges)

    async def signed_in(self, username: str, client: Client) -> str:
        """Sign a person in as they do; return the code that they used."""
        person = self.people[username]
        challenge, code = await client.password(person), person.code or ""
        passed = await client.code(challenge, code) if challenge else None
        if passed is None or passed.status != 200:
            raise _Used(person.code_seconds_left or 0)
        return code


async def guess(stage: Stage) -> bool:
    """Know the password, and guess the code; then, too late, have the right one."""
    person, attacker = stage.people["adam"], stage.client("attacker")
    await attacker.arrive(person.tenant)
    challenge = await attacker.password(person)
    if challenge is None:
        return True
    for wrong in [code for code in _GUESSES if code != person.code][:_GUESSED]:
        if (await attacker.code(challenge, wrong, "guess")).status == 429:
            break
    return (await attacker.code(challenge, person.code or "", "right_code")).status != 200


async def replay(stage: Stage) -> bool:
    """Look over somebody's shoulder: the password, and a code that has just been used."""
    person, owner, attacker = stage.people["tess"], stage.client("owner"), stage.client("attacker")
    await owner.arrive(person.tenant)
    code = await stage.signed_in("tess", owner)
    await attacker.arrive(person.tenant)
    challenge = await attacker.password(person)
    return challenge is None or (await attacker.code(challenge, code, "same_code")).status != 200


async def intent(stage: Stage) -> bool:
    """Speak to the dialogue engine in its own commands, without signing in."""
    attacker = stage.client("attacker")
    await attacker.arrive(_OWN)
    answers = [await attacker.say(words, "command") for words in _INTENTS]
    cards = [one for answer in answers for one in messages_of(answer) if "card" in one]
    return not cards and (await attacker.look("still_nobody")).body.get("authenticated") is False


async def account(stage: Stage) -> bool:
    """Be signed in as oneself, and reach for what is another one's."""
    patient, other = stage.client("attacker"), stage.client("owner")
    await patient.arrive(stage.people["pat"].tenant)
    await stage.signed_in("pat", patient)
    results = await patient.say(_OTHERS, "others_results")
    await other.arrive(stage.people["quinn"].tenant)
    offered = messages_of(await other.say("help", "offered"))
    choice = next((one["id"] for said in offered for one in said.get("choices", [])), "none")
    body = {"choice": choice}
    chosen = await patient.do("others_choice", "POST", "/api/messages", body, shown="choice")
    challenge = await other.password(stage.people["quinn"]) or "none"
    looked = await patient.do("others_challenge", "GET", f"/api/challenges/{challenge}")
    return code_of(results) == "forbidden" and chosen.status == 422 and looked.status == 404


async def cookie(stage: Stage) -> bool:
    """Have a copy of somebody's cookie: an old one, one on another site, and a good one."""
    owner, thief = stage.client("owner"), stage.client("attacker")
    await owner.arrive(_OWN)
    thief.cookie = owner.cookie
    await stage.signed_in("bob", owner)
    planted = await thief.look("planted")
    thief.cookie = owner.cookie
    elsewhere = await thief.say(_PAYMENT, "elsewhere", origin=_EVIL)
    without = await thief.say(_PAYMENT, "no_token")
    await thief.look("whole")
    paid = await thief.say(_PAYMENT, "pay")
    cards = [one.get("card", {}).get("kind") for one in messages_of(paid)]
    await owner.do("sign_out", "DELETE", "/api/session")
    after = await thief.look("after")
    refused = [answer.status for answer in (planted, elsewhere, without, after)]
    return refused == [401, 403, 403, 401] and "receipt" not in cards


_ATTACKS: Mapping[Attack, Callable[[Stage], Awaitable[bool]]] = {
    "guess": guess,
    "replay": replay,
    "intent": intent,
    "account": account,
    "cookie": cookie,
}


async def attempt(attack: Attack, stage: Stage) -> tuple[bool | None, int | None]:
    """Try an attack; return whether it was stopped, or after how many seconds to try it."""
    try:
        return await _ATTACKS[attack](stage), None
    except _Used as used:
        return None, used.seconds
