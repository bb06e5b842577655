"""What people make of a reply's reading: correct it, and suppress whoever asks to be removed."""

from dataclasses import replace
from datetime import datetime

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.errors import Conflict, NotFound
from bot.outreach.events import EventKind, by
from bot.outreach.leads import REPLIED_OR_CONVERTED, Lead, LeadStatus, moved_up
from bot.outreach.mail_facts import Engagement
from bot.outreach.reachability import REPLY_SOURCE
from bot.outreach.reply_reading import MACHINES, ReplyClass
from bot.outreach.sequences import RunState, Signals
from bot.outreach.unibox import Reply
from bot.services.mail_hearing import answered_by, stand_replied
from bot.services.opting_out import proof_in, suppress_askers
from bot.services.policies import policy_in
from bot.services.reply_cards import Wording, show_cards
from bot.services.run_news import Told
from bot.services.run_news import hear as hear_runs
from storage.database import Database
from storage.unit_of_work import UnitOfWork

GONE = "This reply is not here any more."
MEANWHILE = "Somebody else corrected it meanwhile. Look again."
NOT_UNDONE = "Corrected. What it did as a reply stays done: the lead's status, and a sequence that it stopped."


class ReadingService:
    """Corrections and suppressions. wording: the card of a reply, whose posted copies follow."""

    def __init__(self, database: Database, clock: Clock, wording: Wording) -> None:
        self._database = database
        self._clock = clock
        self._wording = wording

    async def correct(self, workspace_id: str, actor: Actor, reply_id: str, reply_class: ReplyClass) -> str:
        """It is of this class; what stays as it was, in words, or nothing. The same class again changes nothing.

        Raises `NotFound`, and `Conflict` when somebody else was first.
        """
        require(actor, Permission.SEND_REPLIES)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            reply = await _existing(uow, reply_id)
            mail = await answered_by(uow, reply)
            lead = await uow.leads.get(reply.lead_id, locked=True)
            before = reply.reading.reply_class
            if lead is None or before is reply_class:
                return ""
            changes_much = bool(MACHINES & {before, reply_class})
            if not await uow.replies.correct(reply, reply_class, actor.id, again=changes_much):
                raise Conflict(MEANWHILE)
            facts = {"before": before.value, "after": reply_class.value}
            await uow.events.add(by(actor, EventKind.REPLY_CORRECTED, now, lead.id, facts))
            if changes_much:
                await _wait_anew(uow, reply.thread_id)
            if before in MACHINES and reply_class not in MACHINES:
                await _count(uow, reply, lead, actor, now)
                await stand_replied(uow, [(mail, reply, None)] if mail else [])
            if before is ReplyClass.OUT_OF_OFFICE:
                await _go_on(uow, lead, now)
            await show_cards(uow, [reply_id], self._wording, now)
        is_late = reply_class in MACHINES and lead.status in REPLIED_OR_CONVERTED
        return NOT_UNDONE if is_late else ""

    async def suppress(self, workspace_id: str, actor: Actor, reply_id: str) -> None:
        """Nobody writes any more to whom we wrote and who answered; the sentence they wrote is the proof.

        Again changes nothing. Raises `NotFound`.
        """
        require(actor, Permission.SUPPRESS)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            reply = await _existing(uow, reply_id)
            emails = {reply.heard.lead_email, reply.heard.from_email}
            await suppress_askers(uow, emails, f"{REPLY_SOURCE}{reply.id}", _proof(reply), actor, now)
            theirs = await uow.replies.in_thread(reply.thread_id)
            await show_cards(uow, {reply_id, *theirs}, self._wording, now)


def _proof(reply: Reply) -> str:
    """Their own words. Where a person read them so, not the sentence of a rule that read something else."""
    said = reply.reading.sentence if not reply.corrected_by else ""
    return proof_in(said, reply.heard.text, reply.heard.html)


async def _wait_anew(uow: UnitOfWork, thread_id: str) -> None:
    """What a machine said waits for no answer, and any other reply does."""
    thread = await uow.conversations.get(thread_id)
    if thread is not None:
        since = await uow.replies.waiting_since(thread_id)
        await uow.conversations.save_many([replace(thread, waiting_since=since)])


async def _count(uow: UnitOfWork, reply: Reply, lead: Lead, actor: Actor, now: datetime) -> None:
    """It is an answer after all: what an answer does is done now."""
    after = moved_up(lead.status, LeadStatus.REPLIED)
    if after is not lead.status:
        await uow.leads.change_many([(lead.id, {"status": after, "status_by_hand": False})], at=now)
    facts = {"before": lead.status.value if lead.status else None, "after": after.value}
    await uow.events.add(by(actor, EventKind.REPLIED, now, lead.id, facts))
    if (await policy_in(uow)).complete_on_reply:
        await uow.closings.add_for({lead.id: reply.id}, now)
    await hear_runs(uow, [Told(lead.id, Signals(engagement=Engagement.REPLIED))], actor, now)


async def _go_on(uow: UnitOfWork, lead: Lead, now: datetime) -> None:
    """Nobody is away: what waits for their return, and no reply stopped, goes on at the clock's next look."""
    for run in await uow.runs.open_of([lead.id]):
        if run.state is RunState.PAUSED and run.resume_at is not None:
            await uow.runs.move(run, replace(run, resume_at=now))


async def _existing(uow: UnitOfWork, reply_id: str) -> Reply:
    reply = await uow.replies.get(reply_id)
    if reply is None:
        raise NotFound(GONE)
    return reply
