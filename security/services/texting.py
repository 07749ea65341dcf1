"""Conversations by SMS: from a signed webhook to a turn, and from its answer to one short text.

A message id works once. Words such as STOP come before anything else. A number that is not one
person's gets one polite answer a day, the same for all, and no facts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from security.adapters.tables import SessionRow, TenantRow
from security.adapters.tenancy import bind_tenant
from security.audit.record import Tag
from security.challenges import codes
from security.core import Core
from security.errors import Refused
from security.model import MAX_TEXT, BotMessage, Texted
from security.services import messages, threads
from security.services.challenges import LOCKED, open_step_up
from security.services.continuing import link_for_text
from security.services.letters import Letter, silence_notice
from security.services.proving import Challenges
from security.services.pumping import may_tell_strangers
from security.services.telling import tell
from security.services.threads import Thread
from security.services.turns import Opening, Turns
from security.services.webhooks import Webhooks
from security.sessions import hash_of
from security.sms.countries import may_go_to
from security.sms.incoming import Incoming
from security.sms.keywords import Keyword, keyword_of
from security.sms.provider import INBOUND
from security.sms.wording import page, worded

LATE_LIFE = timedelta(minutes=5)
"""How long an answer that missed its webhook is worth sending."""

_OBEYED: Mapping[Keyword | None, Tag] = {
    Keyword.STOP: Tag.SMS_STOPPED,
    Keyword.START: Tag.SMS_STARTED,
    Keyword.HELP: Tag.SMS_HELPED,
}
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_STRANGER = (
    "This number is not known here, so I cannot answer questions. If you are a customer, please "
    "add it at {url}/security, or call us."
)
_STARTED = "You will get messages from {tenant} again. Just ask, in your own words."
_HELP = (
    "{tenant}: I answer questions by text, and never ask for a password here. More at {url}. "
    "Reply STOP for no more messages."
)
_NO_MEDIA = "I cannot look at pictures or files here. Please tell me in words."
_NO_WORDS = "Your message was empty. Please tell me in words what you need."
_TOO_LONG = "That was too long for me. Please say it in fewer words."
_TOO_MANY = "That was a lot at once. Please try again in an hour, or use {url}."
_TOO_LATE = "That took too long. Please ask again."
_NOT_ASKED = "I have not asked for a code. If this is another number, please put it in a sentence."
_NO_MORE_CODES = "There were too many wrong codes by text. Please open {url} and sign in."
_NOTHING_MORE = "That was all. What else can I do for you?"


class Texting:
    """What the gateway may do with messages that arrive."""

    def __init__(self, core: Core, turns: Turns, webhooks: Webhooks) -> None:
        self._core = core
        self._turns = turns
        self._challenges = Challenges(core)
        self._webhooks = webhooks

    async def receive(self, body: bytes, signature: str) -> Texted:
        """Take a message in: a turn begins, or there is an answer already, or nothing to say.

        Raises `Refused`: what `Webhooks.read` refuses, and `replayed`.
        """
        said = await self._webhooks.read(INBOUND, body, signature, Incoming)
        tenant = await self._webhooks.tenant_called(said.called)
        return await self.take(tenant, said)

    async def take(self, tenant: str, said: Incoming) -> Texted:
        """Take in a message that is believed. Raises `replayed`."""

        def work(store: Session) -> Texted:
            now = self._core.clock()
            bind_tenant(store, tenant)
            thread = threads.between(self._core, store, tenant, said.sender, now)
            if not thread.arrived(hash_of(said.message_id), now):
                thread.note(Tag.SMS_REFUSED, now, "replayed")
                raise Refused("replayed")
            return self._take(store, thread, said, now)

        return await self._core.database.run(work)

    async def answer(self, turn_id: str, said: Sequence[BotMessage], late: bool = False) -> Texted:
        """End a turn; return its answer as one text. A `late` one is sent by itself.

        Raises `turn_over`.
        """

        def work(store: Session) -> Texted:
            now = self._core.clock()
            told = self._turns.finish(store.connection(), turn_id, said, now)
            thread = threads.of_turn(self._core, store, turn_id)
            if thread is None:  # The number may be somebody else's by now.
                return Texted()
            onward = link_for_text(self._core, store, turn_id, now)
            answer = worded(told, onward or self._core.settings.public_url)
            thread.keep(answer.rest)
            if thread.row.opted_out_at is not None or not answer.text:
                return Texted()
            if late:
                self._send(store, thread, answer.text, now)
                return Texted()
            return Texted(text=answer.text)

        return await self._core.database.run(work)

    def _take(self, store: Session, thread: Thread, said: Incoming, now: datetime) -> Texted:
        keyword = keyword_of(said.text)
        if keyword in _OBEYED:
            return self._obey(store, thread, keyword, said.sender, now)
        refused = self._not_heard(thread, said.sender, now)
        if refused is not None:
            return refused
        person = threads.person_of(self._core, store, thread.row.tenant_id, said.sender)
        if person is None:
            return self._strange(store, thread, now)
        session, unusable = thread.session(person, now), _unusable(said)
        if unusable is not None:
            return Texted(text=unusable)
        if keyword is Keyword.MORE:
            return self._more(thread)
        proved = self._proved(store, thread, session, said.text, now)
        return proved or self._heard(store, thread, session.id_hash, said)

    def _proved(
        self, store: Session, thread: Thread, session: SessionRow, text: str, now: datetime
    ) -> Texted | None:
        """Take a code, None where these are other words."""
        code = codes.typed_code(text)
        if code is None:
            return None
        asked = open_step_up(store, session.id, now)
        if asked is None:  # It may be one all the same, so nobody else reads it (ASVS 16.2.5).
            return Texted(text=_NOT_ASKED)
        if not thread.may_guess(now):
            thread.note(Tag.SMS_IGNORED, now, "limit_codes")
            return Texted(text=_NO_MORE_CODES.format(url=self._core.settings.public_url))
        try:
            released = self._challenges.unlock(store, session, asked.id, code, now)
        except Refused as refused:
            # Also the last one, which locks what was asked; a pause from elsewhere is no guess.
            if refused.code == "wrong_code" or asked.state == LOCKED:
                thread.guessed_wrong(now)
            return Texted(text=refused.sentence)
        if not released:
            return Texted(text=_TOO_LATE)
        opened = self._turns.begin(store.connection(), session.id_hash, Opening(resume=True), now)
        return Texted(turn=opened.turn)

    def _heard(self, store: Session, thread: Thread, session: str, said: Incoming) -> Texted:
        now = self._core.clock()
        opening = Opening(text=said.text)
        opened = self._turns.begin(store.connection(), session, opening, now)
        if opened.turn is not None:
            return Texted(turn=opened.turn)
        answer = worded(opened.answered or [], self._core.settings.public_url)
        return Texted(text=answer.text)

    def _not_heard(self, thread: Thread, sender: str, now: datetime) -> Texted | None:
        """Return what to answer where a message is not to be read, whoever it is from."""
        silent = None
        if thread.row.opted_out_at is not None:
            silent = "opted_out"
        elif not may_go_to(sender, self._core.settings.countries):
            silent = "country"  # The answer would go where no text of ours may go.
        if silent is not None:
            thread.note(Tag.SMS_IGNORED, now, silent)
            return Texted()
        if self._is_flood(thread, now):
            return self._told_once(thread, now, _HOUR, "limit_number", _TOO_MANY)
        return None

    def _is_flood(self, thread: Thread, now: datetime) -> bool:
        most = self._core.settings.limit_texts_per_number_per_hour
        return thread.since(now - _HOUR) > most

    def _strange(self, store: Session, thread: Thread, now: datetime) -> Texted:
        """Tell a number of nobody so, once a day, and so many of them in an hour."""
        told = thread.row.told_at
        due = told is None or now - told >= _DAY
        if due and not may_tell_strangers(self._core, store, thread.row.tenant_id, now):
            thread.note(Tag.SMS_IGNORED, now, "limit_strangers")
            return Texted()
        return self._told_once(thread, now, _DAY, "unknown_number", _STRANGER)

    def _obey(
        self, store: Session, thread: Thread, keyword: Keyword | None, sender: str, now: datetime
    ) -> Texted:
        """Honour a word of the carrier's, always; what it says to STOP by itself is enough of an
        answer, and a flood, or a number that no text may go to, gets none.
        """
        thread.note(_OBEYED[keyword], now)
        if keyword is Keyword.STOP:
            self._warn(store, thread, sender, now)
            thread.row.opted_out_at = now
            thread.fall_silent(now)
            return Texted()
        if keyword is Keyword.START:
            thread.row.opted_out_at = None
        if self._is_flood(thread, now) or not may_go_to(sender, self._core.settings.countries):
            return Texted()
        name = store.get_one(TenantRow, thread.row.tenant_id).name
        words = _HELP if keyword is Keyword.HELP else _STARTED
        return Texted(text=words.format(tenant=name, url=self._core.settings.public_url))

    def _warn(self, store: Session, thread: Thread, sender: str, now: datetime) -> None:
        """Tell by other ways that texts stop: whoever forges the number would mute the warnings."""
        person = threads.person_of(self._core, store, thread.row.tenant_id, sender)
        if person is not None and thread.row.opted_out_at is None:
            notice = silence_notice(self._core.settings.public_url)
            tell(self._core, store, person, notice, now, sender, messages.NEWS_PER_HOUR)

    def _told_once(
        self, thread: Thread, now: datetime, every: timedelta, reason: str, words: str
    ) -> Texted:
        """Say it once in a while: an answer to each message would be paid for by us."""
        thread.note(Tag.SMS_IGNORED, now, reason)
        told, thread.row.told_at = thread.row.told_at, now
        if told is not None and now - told < every:
            thread.row.told_at = told
            return Texted()
        return Texted(text=words.format(url=self._core.settings.public_url))

    def _more(self, thread: Thread) -> Texted:
        rest = thread.rest()
        if not rest:
            return Texted(text=_NOTHING_MORE)
        text, left = page(rest)
        thread.keep(left)
        return Texted(text=text)

    def _send(self, store: Session, thread: Thread, text: str, now: datetime) -> None:
        """Put an answer on its way that the webhook could not wait for."""
        letter = Letter("sms", "answer", thread.number(), "", text)
        messages.queue(
            self._core,
            store,
            person_id=thread.row.person_id or "",
            tenant_id=thread.row.tenant_id,
            letter=letter,
            address="",
            now=now,
            not_after=now + LATE_LIFE,
            to_own=True,
        )


def _unusable(said: Incoming) -> str | None:
    """Return what to say of a message without usable words, None where it has some."""
    if said.media:
        return _NO_MEDIA
    if not said.text:
        return _NO_WORDS
    return _TOO_LONG if len(said.text) > MAX_TEXT else None
