"""What messages at the provider change here: gathered in memory, written in sets, each message once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import uuid4

from bot.outreach.access import PLUSVIBE
from bot.outreach.events import EventKind, by
from bot.outreach.leads import Lead
from bot.outreach.quoting import fresh_text, html_to_text
from bot.outreach.reply_reading import Reading, read_reply
from bot.outreach.routes import Topic
from bot.outreach.unibox import (
    Answer,
    AnswerState,
    Direction,
    InboundReply,
    Mail,
    Reply,
    Thread,
    Via,
    is_evidence,
    is_human,
)
from bot.services.policies import policy_in
from storage.unit_of_work import UnitOfWork

ANSWERS_SINCE = timedelta(days=3)
NEWS_UNTIL = timedelta(days=1)
LONGEST_PREVIEW = 300


@dataclass(slots=True)
class Heard:
    """replies: those nobody told of before. touched: ids of older ones that know more now. settled: answers of ours
    that were unclear and stand in the thread after all.
    """

    replies: list[Reply] = field(default_factory=list)
    touched: list[str] = field(default_factory=list)
    settled: list[Answer] = field(default_factory=list)

    @property
    def people(self) -> list[Reply]:
        """The new replies but those that only say that somebody is out of office."""
        return [reply for reply in self.replies if reply.reading.is_reply]

    @property
    def keys(self) -> set[str]:
        """Those replies' keys."""
        return {reply.heard.key for reply in self.people}


async def hear(uow: UnitOfWork, told: Iterable[tuple[Lead, Mail]], now: datetime, *, via: Via = Via.PLUSVIBE) -> Heard:
    """Store the messages that are not here yet and what follows from them. The leads must be locked by the caller.

    As many statements for a hundred messages as for one.
    """
    mails = _merged(told)
    if not mails:
        return Heard()
    known = await uow.conversations.known([mail for _, mail in mails])
    desk = _Desk(await uow.conversations.of_leads({lead.id for lead, _ in mails}), via)
    labels: dict[str, tuple[str, str]] = {}
    missing: dict[str, Mail] = {}
    placed: list[tuple[Thread, Lead, Mail]] = []
    for lead, mail in mails:
        stored = known.get(mail.told.key) or known.get(f"id:{mail.told.email_id}")
        if stored is None:
            placed.append((desk.place(lead, mail), lead, mail))
            continue
        key, email_id, thread_id = stored
        desk.tell(thread_id, mail.told)
        if mail.direction is Direction.IN and (mail.told.label or mail.told.sentiment):
            labels[key] = (mail.told.label, mail.told.sentiment)
        if not email_id and mail.told.email_id and f"id:{mail.told.email_id}" not in known:
            missing[key] = mail
    placed, settled = await _without_our_answers(uow, placed, now) if via is Via.PLUSVIBE else (placed, [])
    heard = await _store(uow, desk, placed, now)
    await uow.conversations.fill(missing)
    await uow.replies.label_many(labels)
    heard.settled = settled
    heard.touched = list((await uow.replies.of_keys(labels)).values()) if labels else []
    return heard


async def label(uow: UnitOfWork, labels: dict[str, tuple[str, str]]) -> list[str]:
    """Label and sentiment of leads' newest replies, by lead; the ids of those replies."""
    if not labels:
        return []
    newest: dict[str, Thread] = {}
    for thread in await uow.conversations.of_leads(labels):
        if thread.via is Via.PLUSVIBE:
            newest.setdefault(thread.lead_id, thread)
    changed = [
        replace(thread, label=said or thread.label, sentiment=mood or thread.sentiment)
        for lead_id, thread in newest.items()
        for said, mood in [labels[lead_id]]
    ]
    await uow.conversations.save_many(changed)
    replies = await uow.replies.get_many([thread.last_reply_id for thread in changed])
    of_thread = {thread.last_reply_id: labels[thread.lead_id] for thread in changed}
    await uow.replies.label_many({reply.heard.key: of_thread[reply.id] for reply in replies.values()})
    return list(replies)


async def _store(uow: UnitOfWork, desk: "_Desk", placed: Sequence[tuple[Thread, Lead, Mail]], now: datetime) -> Heard:
    replies = [desk.receive(thread.id, mail, now) for thread, _, mail in placed]
    await uow.conversations.add_many(desk.new)
    new = await uow.conversations.add_mails([(thread.id, mail) for thread, _, mail in placed])
    fresh = [reply for reply in replies if reply is not None and reply.heard.key in new]
    added = await uow.replies.add_many(fresh, now - NEWS_UNTIL)
    await uow.conversations.save_many(desk.changed)
    await uow.replies.answered_many(desk.answered_until, PLUSVIBE.id)
    fresh = [reply for reply in fresh if reply.id in added]
    await _news(uow, [reply for reply in fresh if reply.answered_at is None], now)
    return Heard(fresh)


async def _news(uow: UnitOfWork, fresh: Sequence[Reply], now: datetime) -> None:
    """Channels hear of them, and campaigns end. What is older than a day is no news: the first look finds years."""
    recent = [reply for reply in fresh if reply.received_at >= now - NEWS_UNTIL]
    if not recent:
        return
    await uow.notices.add(Topic.REPLIES, [(reply.id, reply.lead_id) for reply in recent], now)
    if (await policy_in(uow)).complete_on_reply:
        people = {reply.lead_id: reply.id for reply in recent if _is_human(reply)}
        await uow.closings.add_for(people, now)


async def _without_our_answers(
    uow: UnitOfWork, placed: list[tuple[Thread, Lead, Mail]], now: datetime
) -> tuple[list[tuple[Thread, Lead, Mail]], list[Answer]]:
    """Our answers come back as messages: one we know to be sent is no second message, an unclear one is settled."""
    threads = {thread.id for thread, _, mail in placed if mail.direction is Direction.OUT}
    if not threads:
        return placed, []
    ours = await uow.answers.of_threads(threads, now - ANSWERS_SINCE)
    kept: list[tuple[Thread, Lead, Mail]] = []
    settled: list[Answer] = []
    for thread, lead, mail in placed:
        fits = (
            answer
            for answer in ours
            if answer.thread_id == thread.id and answer.id not in {each.id for each in settled}
        )
        answer = next((each for each in fits if is_evidence(each, html_to_text(each.html), mail)), None)
        if answer is None or answer.state in {AnswerState.FAILED, AnswerState.AGAIN}:
            kept.append((thread, lead, mail))
        elif answer.state is not AnswerState.SENT:
            kept.append((thread, lead, mail))
            if await uow.answers.settle(answer.id, AnswerState.SENT, email_id=mail.told.email_id):
                settled.append(replace(answer, state=AnswerState.SENT, email_id=mail.told.email_id))
                await uow.replies.answered(thread.id, answer.author, now, received_until=answer.created_at)
                facts = {"found": "in the thread at PlusVibe"}
                await uow.events.add(by(PLUSVIBE, EventKind.REPLY_SENT, now, lead.id, facts))
    return kept, settled


class _Desk:
    """The threads of the leads at hand, as the messages so far leave them. via: how all of these are held."""

    def __init__(self, threads: Sequence[Thread], via: Via) -> None:
        self._via = via
        self._threads = {thread.id: thread for thread in threads if thread.via is via}
        self._stored = dict(self._threads)
        self._of_lead: dict[str, list[str]] = defaultdict(list)
        for thread in self._threads.values():
            self._of_lead[thread.lead_id].append(thread.id)
        self.answered_until: dict[str, datetime] = {}

    @property
    def new(self) -> list[Thread]:
        """Threads to store, as they are now."""
        return [thread for thread in self._threads.values() if thread.id not in self._stored]

    @property
    def changed(self) -> list[Thread]:
        """Stored threads that are not what they were."""
        return [thread for thread in self._threads.values() if self._stored.get(thread.id, thread) is not thread]

    def place(self, lead: Lead, mail: Mail) -> Thread:
        """The thread a message belongs to: the provider's, else the lead's newest, else a new one."""
        told = mail.told
        theirs = [self._threads[thread_id] for thread_id in self._of_lead[lead.id]]
        theirs.sort(key=lambda thread: thread.last_at, reverse=True)
        fits = [thread for thread in theirs if not told.thread_id or thread.provider_id in (told.thread_id, "")]
        exact = [thread for thread in fits if thread.provider_id == told.thread_id]
        if not fits:
            words = (told.subject, "", told.at, mail.direction)
            thread = Thread(str(uuid4()), lead.id, told.thread_id, *words, via=self._via)
            self._threads[thread.id] = thread
            self._of_lead[lead.id].append(thread.id)
            return thread
        thread = (exact if told.thread_id and exact else fits)[0]
        self.tell(thread.id, told)
        return self._threads[thread.id]

    def tell(self, thread_id: str, told: InboundReply) -> None:
        """What a message tells of its thread, whether or not it is new."""
        thread = self._threads.get(thread_id)
        if thread is None:
            return
        told_now = replace(
            thread,
            provider_id=thread.provider_id or told.thread_id,
            label=told.label or thread.label,
            sentiment=told.sentiment or thread.sentiment,
            campaign_provider_id=thread.campaign_provider_id or told.campaign_provider_id,
        )
        if told_now != thread:
            self._threads[thread_id] = told_now

    def receive(self, thread_id: str, mail: Mail, now: datetime) -> Reply | None:
        """One more message in a thread; the reply it is, when it is theirs."""
        thread, told = self._threads[thread_id], mail.told
        at = min(told.at, now)
        is_latest = not thread.preview or at >= thread.last_at
        if is_latest:
            thread = replace(
                thread,
                subject=told.subject or thread.subject,
                preview=fresh_text(told.text, told.html)[:LONGEST_PREVIEW] or "–",
                last_at=at,
                last_direction=mail.direction,
                mailbox=told.mailbox or thread.mailbox,
            )
        if mail.direction is Direction.OUT:
            by_mail = self._via is Via.MAIL  # a step of a sequence is no answer; answers are filed when they are sent
            self._threads[thread_id] = thread if by_mail else self._answered(thread, at, is_latest=is_latest)
            return None
        return self._got_reply(thread, mail, at, is_latest=is_latest)

    def _answered(self, thread: Thread, at: datetime, *, is_latest: bool) -> Thread:
        until = self.answered_until.get(thread.id)
        self.answered_until[thread.id] = max(until, at) if until else at
        if thread.waiting_since is None or thread.waiting_since > at:
            return thread
        return replace(thread, waiting_since=None if is_latest else thread.last_at)

    def _got_reply(self, thread: Thread, mail: Mail, at: datetime, *, is_latest: bool) -> Reply:
        told = mail.told
        by_mail = self._via is Via.MAIL
        answered = not is_latest and thread.last_direction is Direction.OUT and not by_mail
        reply = Reply(str(uuid4()), thread.lead_id, told, at, thread_id=thread.id, reading=_read(told, at))
        if answered:
            reply = replace(reply, answered_at=thread.last_at, answered_by=PLUSVIBE.id)
        waiting = min(thread.waiting_since, at) if thread.waiting_since else at
        self._threads[thread.id] = replace(
            thread,
            unread=thread.unread or mail.is_unread is not False,
            waiting_since=thread.waiting_since if answered or not reply.reading.is_reply else waiting,
            label=told.label if by_mail else told.label or thread.label,
            sentiment=told.sentiment or thread.sentiment,
            campaign_provider_id=told.campaign_provider_id or thread.campaign_provider_id,
            last_reply_id=reply.id if is_latest or not thread.last_reply_id else thread.last_reply_id,
        )
        return reply


def _is_human(reply: Reply) -> bool:
    return reply.reading.is_reply and is_human(reply.heard.label)


def _read(told: InboundReply, at: datetime) -> Reading:
    """By the rules; `Monday` is the one after they wrote."""
    return read_reply(told.subject, told.text, told.html, label=told.label, is_automatic=told.is_automatic, now=at)


def _merged(told: Iterable[tuple[Lead, Mail]]) -> list[tuple[Lead, Mail]]:
    """One entry for each message, in the order they were written: several events of one message tell more together."""
    by_key: dict[str, tuple[Lead, Mail]] = {}
    keys: dict[str, str] = {}
    for lead, mail in told:
        key = keys.get(mail.told.email_id, mail.told.key)
        if key in by_key:
            known = by_key[key][1]
            mail = replace(known, told=_richer(known.told, mail.told))
        by_key[key] = (lead, mail)
        if mail.told.email_id:
            keys[mail.told.email_id] = key
    return sorted(by_key.values(), key=lambda each: each[1].told.at)


def _richer(one: InboundReply, other: InboundReply) -> InboundReply:
    """What either of them tells; the later one's label and sentiment."""
    names = ("subject", "text", "html", "mailbox", "email_id", "thread_id", "message_id", "campaign_provider_id")
    filled = {name: getattr(one, name) or getattr(other, name) for name in names}
    label, sentiment = other.label or one.label, other.sentiment or one.sentiment
    is_automatic = one.is_automatic or other.is_automatic
    return replace(one, **filled, label=label, sentiment=sentiment, is_automatic=is_automatic)
