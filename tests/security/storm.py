"""A bad day at Twilio's: what it does by chance, what people do meanwhile, and what must be so.

Everything is drawn from one seed, under a clock that moves when somebody waits.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter, defaultdict
from collections.abc import Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from security.errors import Refused
from security.model import BotMessage
from security.services.postman import PAUSES, Postman
from security.sessions import hash_of
from security.sms.incoming import STATUSES
from tests.security.fake_twilio import FATES, MAY_HAVE_LEFT, FakeTwilio
from tests.security.letters import PHONE, enrol, letters
from tests.security.payments import RECEIPT, asked_to_approve
from tests.security.texter import ACCOUNT, Texter, carry, signature
from tests.security.visitor import Visitor
from tests.security.world import World

WAITS = (0, 1, 10, 31, 120, 300)
LIFE = timedelta(minutes=5)
_LEAST = timedelta(seconds=PAUSES[0])
BOBS = "+12025550102"
_MESSAGES = "/Messages.json"
_OF_ONE_LETTER = re.compile(r"#\d{6}$|^Answer to SM")


class Storm:
    """One seed's day: alice pays by texted code and texts the bot, bob signs in by texted code."""

    def __init__(self, world: World, seed: int) -> None:
        self.rng = random.Random(seed)
        self.world = world
        carry(world)
        self.twilio = FakeTwilio(world.clock, self._fate)
        self.twilio.retry_after = lambda: self.rng.choice(["4", "4", "60", "400"])
        verifier = self.twilio.verify() if self.rng.random() < 0.6 else None
        world.wire(replace(world.core, verifier=verifier))
        world.api.answer = RECEIPT
        world.sql("UPDATE tenants SET sms_limit = '100.00'")
        enrol(world, "alice", "sms", PHONE)
        enrol(world, "bob", "sms", BOBS)
        self.postman = Postman(
            world.core, {"sms": self.twilio.sms("https://localhost:8443/sms/status")}, self._sleep
        )
        self.alice, self.bob, self.phone = Visitor(world), Visitor(world), Texter(world)
        self.queued_at: dict[str, datetime] = {}
        self.passed: list[tuple[str, str, datetime, datetime]] = []
        self.said = 0
        self.coming: list[dict[str, str]] = []
        self.delivered: set[str] = set()
        self.heard: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()
        self.late: list[tuple[Any, str]] = []
        self.statuses: dict[str, list[str]] = {}
        self.told: defaultdict[str, list[str]] = defaultdict(list)
        self.silent_since: int | None = None

    async def begin(self) -> None:
        """Alice is signed in, with a payment that waits; bob has given his password."""
        await self.alice.arrive()
        await self.alice.sign_in("alice")
        self.alice.challenge = await asked_to_approve(self.alice)
        await self.bob.arrive()
        await self.bob.give_password("bob")

    async def step(self) -> None:
        """Let some things happen at once."""
        kinds = [self.ask_for_code, self.type_code, self.text, self.bring]
        kinds += [self.hear_late, self.resume, self.sign_in_again]
        many = self.rng.choices(kinds, [3, 6, 3, 5, 1, 1, 1], k=self.rng.randint(2, 5))
        await asyncio.gather(*(self._quietly(one()) for one in many))
        await self.postman.round()
        self._note_silence()
        for _ in range(self.rng.randint(0, 4)):
            await self._quietly(self.tell())
        self.world.clock.advance(seconds=self.rng.choices(WAITS, [4, 4, 4, 6, 1, 1])[0])

    async def end(self) -> None:
        """A code is typed too late, and what was late arrives at last."""
        await self._quietly(self.ask_for_code())
        await self.postman.round()
        self._note_silence()
        await self.dawdle()
        while self.coming:
            await self._quietly(self.bring())
        while self.late:
            await self._quietly(self.hear_late())
        await self._quietly(self.resume())
        await self.postman.round()
        self._note_silence()
        while any(self.statuses.values()):
            await self._quietly(self.tell())

    # What people do

    async def ask_for_code(self) -> None:
        who = self.rng.choice([self.alice, self.bob])
        await who.choose("sms")
        for letter in letters(self.world):
            if code := _OF_ONE_LETTER.search(letter.text):
                self.queued_at.setdefault(code[0].lstrip("#"), self.world.clock.now)

    async def type_code(self) -> None:
        """Any code that a telephone ever got, perhaps several times at once."""
        who, number = self.rng.choice([(self.alice, PHONE), (self.bob, BOBS)])
        texts = [text for text in self.twilio.texts if text.to == number and text.code]
        if not texts:
            return
        text = self.rng.choice([*texts[-3:], texts[-1], texts[-1]])

        async def once() -> None:
            await who.answer(text.code or "")
            self.passed.append((number, text.code or "", text.at, self.world.clock.now))

        await asyncio.gather(*(self._quietly(once()) for _ in range(self.rng.randint(1, 3))))

    async def dawdle(self) -> None:
        """Type the code when its time is over, in a session whose time is not."""
        for seconds in (150, 151):
            self.world.clock.advance(seconds=seconds)
            for who in (self.alice, self.bob):
                await self._quietly(who.extend())
        await self.type_code()

    async def sign_in_again(self) -> None:
        await self.bob.give_password("bob")

    async def resume(self) -> None:
        await asyncio.gather(*(self._quietly(self.alice.resume()) for _ in range(2)))

    # What arrives, and how

    async def text(self) -> None:
        """Alice texts something; Twilio will bring it once or several times, in any order."""
        self.said += 1
        word = self.rng.choices(["STOP", "START", f"hello {self.said}"], [1, 2, 12])[0]
        form = self.phone.form(word)
        self.coming += [form] * self.rng.choice([1, 1, 2, 3])
        self.rng.shuffle(self.coming)

    async def bring(self) -> None:
        """Bring one webhook; it is answered at once, late, or both are tried."""
        if not self.coming:
            return
        form = self.coming.pop()
        sid = form["MessageSid"]
        self.delivered.add(sid)
        try:
            received = await self.phone.post(form)
        except Refused as refused:
            if refused.code != "replayed":
                raise
            return
        self.heard[sid] += 1
        if form["Body"] == "STOP":
            self.silent_since = -1
        elif form["Body"] == "START":
            self.silent_since = None
        if received.turn is not None:
            ours = f"Answer to {sid}."
            if self.rng.random() < 0.3:
                self.late += [((received.turn, True), ours)] * self.rng.choice([1, 2])
            else:
                await self._hear(received.turn, False, ours)

    async def hear_late(self) -> None:
        if self.late:
            (turn, late), ours = self.late.pop(self.rng.randrange(len(self.late)))
            await self._hear(turn, late, ours)

    async def tell(self) -> None:
        """Bring a status of some message: in any order, twice, long after, or never."""
        for text in self.twilio.texts:
            if text.sid not in self.statuses and text.sid.startswith("SM"):
                end = self.rng.choice(["delivered", "undelivered", "failed"])
                path = [*STATUSES[:5], end]
                kept = [one for one in path if self.rng.random() < 0.7]
                self.statuses[text.sid] = self.rng.choices(kept, k=len(kept)) if kept else []
        waiting = [sid for sid, left in self.statuses.items() if left]
        if waiting:
            sid = self.rng.choice(waiting)
            status = self.statuses[sid].pop()
            form = {"MessageSid": sid, "AccountSid": ACCOUNT, "MessageStatus": status}
            url = f"{self.world.core.settings.public_url}/sms/status"
            await self.world.gateway.note_text_status(
                urlencode(form).encode(), signature(url, form)
            )
            self.told[sid].append(status)

    async def _hear(self, turn: Any, late: bool, ours: str) -> None:
        text = await self.phone.hear(turn, BotMessage(text=ours), late=late)
        if text is not None:
            self.answers[ours] += 1

    def _fate(self, path: str) -> str:
        return self.rng.choices(FATES, [14, 2, 2, 2, 1, 2, 2, 1])[0]

    async def _sleep(self, seconds: float) -> None:
        self.world.clock.advance(seconds=seconds)
        if self.coming and self.rng.random() < 0.5:
            await self._quietly(self.bring())

    async def _quietly(self, doing: Coroutine[Any, Any, Any]) -> None:
        """Do it; a refusal is an answer like any other, a failure is not."""
        try:
            await doing
        except Refused as refused:
            if refused.status >= 500 and refused.code != "code_unchecked":
                raise AssertionError(refused.code) from None

    def _note_silence(self) -> None:
        """From the end of the step on in which STOP came, nothing may leave."""
        to_alice = len(self._to_alice())
        if self.silent_since == -1:
            self.silent_since = to_alice
        elif self.silent_since is not None:
            assert to_alice == self.silent_since, "sent after STOP"

    def _to_alice(self) -> list[dict[str, Any]]:
        asked = self.twilio.asked
        return [form for _, _, path, form in asked if form.get("To") == PHONE and path]

    # What must be so

    def check(self) -> None:
        """Look at everything that was asked of Twilio, of the bank and of us."""
        paid = [call for call in self.world.api.calls if call.key is not None]
        assert len(paid) <= 1, "paid twice"
        assert len(paid) <= len([one for one in self.passed if one[0] == PHONE]), "not approved"
        used = Counter((number, code) for number, code, _, _ in self.passed)
        assert not used or max(used.values()) == 1, "a code worked twice"
        for _, code, arrived, at in self.passed:
            assert at - self.queued_at.get(code, arrived) < LIFE, "a code worked after its life"
        self._check_sending()
        assert set(self.heard) == self.delivered, "a text was lost"
        assert not self.heard or max(self.heard.values()) == 1, "a text was heard twice"
        later = Counter(text.body for text in {one.sid: one for one in self.twilio.texts}.values())
        for answer, times in self.answers.items():
            assert times == 1, "answered twice"
            assert later[answer] == 0, "answered at once and later"
        self._check_statuses()

    def _check_sending(self) -> None:
        """Each letter is tried three times at most, with pauses, in its time, and never again
        once it may have left."""
        tries: defaultdict[str, list[tuple[datetime, str]]] = defaultdict(list)
        for (at, _, path, form), fate in zip(self.twilio.asked, self.twilio.fates, strict=True):
            # Two notices may say the same; codes and answers are each of one letter.
            if path.endswith(_MESSAGES) and _OF_ONE_LETTER.search(form["Body"]):
                tries[form["Body"]].append((at, fate))
        for body, tried in tries.items():
            moments = [at for at, _ in tried]
            assert len(tried) <= 1 + len(PAUSES), "tried too often"
            assert all(b - a >= _LEAST for a, b in pairwise(moments)), "tried at once"
            assert not any(fate in MAY_HAVE_LEFT for _, fate in tried[:-1]), "sent again"
            code = body.rpartition("#")[2]
            if code in self.queued_at:
                assert moments[-1] - self.queued_at[code] < LIFE, "sent after its life"

    def _check_statuses(self) -> None:
        """The most advanced status that was told is what is known in the end."""
        known = dict(self.world.sql("SELECT provider_hash, reported FROM messages"))
        for sid, told in self.told.items():
            if hash_of(sid) in known:
                assert known[hash_of(sid)] == max(told, key=STATUSES.index), "an older status won"
