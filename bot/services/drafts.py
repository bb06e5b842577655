"""Drafts: made, edited, approved by a person, handed over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.outreach.access import Actor, Permission, require
from bot.outreach.approvals import Verdict, already_decided, stale, verdict
from bot.outreach.drafting import edited, letters_in
from bot.outreach.drafts import Draft, DraftCard, DraftState
from bot.outreach.errors import Conflict, Invalid, NotAllowed, NotFound
from bot.outreach.events import EventKind, by
from bot.outreach.leads import Lead
from bot.outreach.mail_types import DraftType
from bot.outreach.pushes import Push
from bot.outreach.templates import body_variables
from bot.outreach.writebacks import Tone
from bot.services.drafting import Source, make_draft
from bot.services.handing_over import NO_PLUSVIBE, NOT_CONNECTED, begin_hand_over, why_not_taken
from bot.services.policies import policy_in
from bot.services.queueing import TOO_LATE, take_back
from bot.services.reading_drafts import existing
from bot.services.sending_drafts import begin_mail, follow
from bot.services.showing_drafts import CLAIM_DRAFTS, DraftShower
from storage.unit_of_work import UnitOfWork

LONGEST_COMMENT = 1_000
HAND_OVER_LEASE = timedelta(minutes=2)
CLAIM_MAILED = 100
SETTLING = timedelta(seconds=15)  # an approval this young is in the hands of whoever gave it
NOTHING_TO_WRITE_ABOUT = (
    "No completed audit is linked to this lead, so there is nothing to write about. Start an audit; its writeback "
    "makes a draft by itself."
)
OWN = "You asked for this draft, and this workspace wants two approvers who did not: two others approve it."
UNDER_WAY = "This draft is being handed over at this moment."
QUEUED = "This draft is queued to send already; `Undo` takes it back."
NOTHING_LEAVES = "Nothing of this draft waits to leave."
TWICE = "You approved this revision already; it waits for a second approver."


@dataclass(frozen=True, slots=True)
class Approval:
    """The draft after an approval, and the push that now has to be carried out, if there is one."""

    card: DraftCard
    push: Push | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """Where an approved draft goes: into a campaign, or without one out of a site, if need be later."""

    campaign_id: str | None
    site_id: str
    queue: bool


class DraftService(DraftShower):
    """Everything that changes a draft."""

    async def generate(self, workspace_id: str, actor: Actor, lead_id: str, tone: Tone) -> DraftCard:
        """A draft from the latest completed audit, fit for the lead's campaign. Raises `Invalid` without an audit."""
        require(actor, Permission.EDIT_DRAFTS)
        async with self._database.begin(workspace_id) as uow:
            lead = await uow.leads.get(lead_id, locked=True)
            if lead is None:
                raise NotFound("This lead is not here any more.")
            audit = (await uow.audits.latest_complete([lead_id])).get(lead_id)
            if audit is None or audit.finished is None:
                raise Invalid(NOTHING_TO_WRITE_ABOUT)
            campaign = await uow.campaigns.get(lead.campaign_id) if lead.campaign_id else None
            letters = letters_in(body_variables(lead, audit.finished, tone, campaign.steps if campaign else 1))
            source = Source(DraftType.MANUAL, tone, lead.campaign_id, audit.id)
            draft = await make_draft(uow, lead_id, letters, source, actor, self._clock())
            return await self._show(uow, draft.id)

    async def edit(
        self, workspace_id: str, actor: Actor, draft_id: str, seen: int, texts: Sequence[Mapping[str, str]]
    ) -> DraftCard:
        """Other texts as the next revision; the same texts again change nothing.

        Raises `Invalid` naming the field, `StaleDraft`, `AlreadyDecided`.
        """
        require(actor, Permission.EDIT_DRAFTS)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            draft = await existing(uow, draft_id, locked=True)
            await self._refuse_late(uow, draft, seen, now)
            letters = edited(draft.letters, texts)
            if letters != draft.letters:
                await uow.drafts.edit(draft, letters, actor.id, now)
                facts = {"revision": draft.revision + 1, "draft": draft.id}
                await uow.events.add(by(actor, EventKind.DRAFT_EDITED, now, draft.lead_id, facts))
            return await self._show(uow, draft_id)

    async def approve(
        self,
        workspace_id: str,
        actor: Actor,
        draft_id: str,
        seen: int | None = None,
        *,
        site_id: str = "",
        queue: bool = False,
    ) -> Approval:
        """Approve the revision this person saw, None for the one that stands, and begin its hand-over.

        One transaction. site_id: whom a mail of ours comes from, needed where there are several sites. queue: take
        the next free slot when a limit is in the way. Raises `StaleDraft`, `AlreadyDecided`, `NotAllowed` for an own
        draft where two others must approve, `Conflict` for a second approval by the same person, `Invalid` (field
        `site_id`) where a site has to be chosen, `OverLimit`; nothing is decided then.
        """
        require(actor, Permission.APPROVE_DRAFTS)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            lead, draft = await self._both(uow, draft_id)
            seen = draft.revision if seen is None else seen
            await self._refuse_late(uow, draft, seen, now)
            said = verdict(draft, seen, actor, await policy_in(uow))
            if said is Verdict.OWN:
                raise NotAllowed(OWN)
            if said is Verdict.TWICE:
                raise Conflict(TWICE)
            facts = {"revision": draft.revision, "draft": draft.id}
            await uow.events.add(by(actor, EventKind.DRAFT_APPROVED, now, draft.lead_id, facts))
            if said is Verdict.FIRST_OF_TWO:
                await uow.drafts.approve_first(draft, actor.id)
                return Approval(await self._show(uow, draft_id))
            await uow.drafts.decide(draft, DraftState.APPROVED, actor.id, now)
            way = Way(lead.campaign_id, site_id, queue)
            return await self._hand_over(uow, actor, await existing(uow, draft_id), lead, way)

    async def hand_over(
        self,
        workspace_id: str,
        actor: Actor,
        draft_id: str,
        campaign_id: str | None = None,
        *,
        site_id: str = "",
        queue: bool = False,
    ) -> Approval:
        """Hand an approved draft over that nothing took so far. campaign_id: for a lead in none yet, which then goes
        there and not by a mail of ours. site_id, queue: as for `approve`.

        Raises `Conflict` when it is not approved or under way already, `Invalid` and `OverLimit` as `approve` does.
        """
        require(actor, Permission.APPROVE_DRAFTS)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            lead, draft = await self._both(uow, draft_id)
            if draft.is_waiting:
                raise Conflict("This draft still waits for its approval.")
            if not draft.may_hand_over:
                if draft.state is DraftState.APPROVED:
                    raise Conflict(QUEUED if draft.mail_id else UNDER_WAY)
                raise already_decided(draft, await self._names(uow, draft), now)
            way = Way(lead.campaign_id or campaign_id, site_id, queue)
            return await self._hand_over(uow, actor, draft, lead, way)

    async def take_back(self, workspace_id: str, actor: Actor, draft_id: str) -> DraftCard:
        """Take back the mail that carries it; its approval stays. Raises `Conflict` when that is too late."""
        require(actor, Permission.APPROVE_DRAFTS)
        async with self._database.begin(workspace_id) as uow:
            draft = await existing(uow, draft_id)
            if draft.state is not DraftState.APPROVED or draft.mail_id is None:
                raise Conflict(TOO_LATE if draft.state is DraftState.SENT else NOTHING_LEAVES)
            await take_back(uow, actor, draft.mail_id, self._clock())
            await uow.drafts.not_taken(draft, f"{actor.name} took it back.")
            return await self._show(uow, draft_id)

    async def reject(self, workspace_id: str, actor: Actor, draft_id: str, seen: int, comment: str) -> DraftCard:
        """Decide against it. Raises `Invalid` (field `comment`) without a reason, `StaleDraft`, `AlreadyDecided`."""
        require(actor, Permission.APPROVE_DRAFTS)
        comment = comment.strip()[:LONGEST_COMMENT]
        if not comment:
            raise Invalid("Say why, so that the next one is better.", field="comment")
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            draft = await existing(uow, draft_id, locked=True)
            await self._refuse_late(uow, draft, seen, now)
            await uow.drafts.decide(draft, DraftState.REJECTED, actor.id, now, comment)
            facts = {"reason": comment, "revision": draft.revision, "draft": draft.id}
            await uow.events.add(by(actor, EventKind.DRAFT_REJECTED, now, draft.lead_id, facts))
            return await self._show(uow, draft_id)

    async def settle(self, workspace_id: str, draft_id: str) -> DraftCard:
        """Let the draft follow what became of its push; nothing while that has no outcome."""
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            draft = await existing(uow, draft_id, locked=True)
            result = await uow.pushes.result(draft.push_id) if draft.push_id else None
            if result is None or result.waiting or draft.state is not DraftState.APPROVED:
                return await self._card(uow, draft)
            if draft.lead_id not in result.pushed:
                await uow.drafts.not_taken(draft, why_not_taken(result))
            elif await uow.drafts.handed_over(draft):
                campaign = await uow.campaigns.get(result.push.campaign_id)
                facts = {"campaign": campaign.name if campaign else "", "draft": draft.id, "push": result.push.id}
                approver = Actor(draft.decided_by, draft.decided_by, frozenset())
                await uow.events.add(by(approver, EventKind.DRAFT_HANDED_OVER, now, draft.lead_id, facts))
            return await self._show(uow, draft_id)

    async def follow_mails(self, workspace_id: str) -> int:
        """Let drafts follow what became of the mails that carry them; how many did."""
        async with self._database.begin(workspace_id) as uow:
            drafts = await uow.drafts.outrun(CLAIM_MAILED)
            mails = {mail.id: mail for mail in await uow.mails.known([draft.mail_id or "" for draft in drafts], [])}
            for draft in drafts:
                await follow(uow, draft, mails[draft.mail_id or ""])
        return len(drafts)

    async def left_open(self, workspace_id: str) -> list[Draft]:
        """Approved drafts whose push has no outcome here though it began long ago, for the clock to take up."""
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            return await uow.drafts.claim_under_way(now - SETTLING, now, CLAIM_DRAFTS, HAND_OVER_LEASE)

    async def push_of(self, workspace_id: str, draft: Draft) -> Push | None:
        """The push that carries it."""
        async with self._database.read(workspace_id) as uow:
            return await uow.pushes.get(draft.push_id) if draft.push_id else None

    async def _both(self, uow: UnitOfWork, draft_id: str) -> tuple[Lead, Draft]:
        """The lead and its draft, both held: the lead first, as a writeback takes them."""
        lead = await uow.leads.get((await existing(uow, draft_id)).lead_id, locked=True)
        if lead is None:
            raise NotFound("The lead of this draft is not here any more.")
        return lead, await existing(uow, draft_id, locked=True)

    async def _hand_over(self, uow: UnitOfWork, actor: Actor, draft: Draft, lead: Lead, way: Way) -> Approval:
        now, push = self._clock(), None
        if way.campaign_id is None and self._ways.direct:
            problem = await begin_mail(uow, actor, draft, lead, way.site_id, now, queue=way.queue)
        elif not self._ways.campaigns:
            problem = NOT_CONNECTED if way.campaign_id is None else NO_PLUSVIBE
        else:
            answer = await begin_hand_over(uow, actor, draft, lead, way.campaign_id, now)
            problem, push = (answer, None) if isinstance(answer, str) else ("", answer)
        if problem:
            await uow.drafts.put_off(draft.id, problem)
        return Approval(await self._show(uow, draft.id), push)

    async def _refuse_late(self, uow: UnitOfWork, draft: Draft, seen: int, now: datetime) -> None:
        """Raise `AlreadyDecided` or `StaleDraft` when the draft is not what was seen any more."""
        if not draft.is_waiting:
            raise already_decided(draft, await self._names(uow, draft), now)
        if draft.revision != seen:
            known = await uow.drafts.revision(draft, seen)
            raise stale(draft, known, await self._names(uow, draft), now)

    async def _names(self, uow: UnitOfWork, draft: Draft) -> Mapping[str, str]:
        people = {draft.author, draft.edited_by, draft.decided_by, *draft.approved_by} - {""}
        return await uow.members.named(people)
