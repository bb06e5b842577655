"""Drafts: made, edited, approved by a person, handed over."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.approvals import Verdict, already_decided, stale, verdict
from bot.outreach.drafting import edited, letters_in
from bot.outreach.drafts import Draft, DraftCard, DraftState, DraftType
from bot.outreach.errors import Conflict, Invalid, NotAllowed, NotFound
from bot.outreach.events import EventKind, by
from bot.outreach.leads import Lead
from bot.outreach.posts import WantedPost
from bot.outreach.pushes import Push
from bot.outreach.templates import body_variables
from bot.outreach.writebacks import Tone
from bot.services.drafting import Source, cards_of, make_draft
from bot.services.handing_over import NOT_CONNECTED, begin_hand_over, why_not_taken
from bot.services.policies import policy_in
from bot.services.reading_drafts import DraftReader, existing
from storage.database import Database
from storage.unit_of_work import UnitOfWork

LONGEST_COMMENT = 1_000
HAND_OVER_LEASE = timedelta(minutes=2)
SETTLING = timedelta(seconds=15)  # an approval this young is in the hands of whoever gave it
CLAIM_DRAFTS = 20
NOTHING_TO_WRITE_ABOUT = (
    "No completed audit is linked to this lead, so there is nothing to write about. Start an audit; its writeback "
    "makes a draft by itself."
)
OWN = "You asked for this draft, and this workspace wants two approvers who did not: two others approve it."
TWICE = "You approved this revision already; it waits for a second approver."
Wording = Callable[[DraftCard, Mapping[str, str]], Sequence[WantedPost]]


@dataclass(frozen=True, slots=True)
class Approval:
    """The draft after an approval, and the push that now has to be carried out, if there is one."""

    card: DraftCard
    push: Push | None = None


class DraftService(DraftReader):
    """Everything that changes a draft. connected: PlusVibe is; direct: SendGrid is.

    wording: the posts that show a draft under the given keys, by key and channel. They are stored with what they
    tell of, so that a crash leaves no card with buttons that are over.
    """

    def __init__(
        self, database: Database, clock: Clock, wording: Wording, *, connected: bool, direct: bool = False
    ) -> None:
        super().__init__(database, connected=connected)
        self._direct = direct
        self._clock = clock
        self._wording = wording

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

    async def approve(self, workspace_id: str, actor: Actor, draft_id: str, seen: int | None = None) -> Approval:
        """Approve the revision this person saw, None for the one that stands, and begin its hand-over.

        One transaction. Raises `StaleDraft`, `AlreadyDecided`, `NotAllowed` for an own draft where two others must
        approve, `Conflict` for a second approval by the same person.
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
            return await self._hand_over(uow, actor, await existing(uow, draft_id), lead, lead.campaign_id, now)

    async def hand_over(
        self, workspace_id: str, actor: Actor, draft_id: str, campaign_id: str | None = None
    ) -> Approval:
        """Hand an approved draft over that nothing took so far. campaign_id: for a lead in none yet.

        Raises `Conflict` when it is not approved or under way already.
        """
        require(actor, Permission.APPROVE_DRAFTS)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            lead, draft = await self._both(uow, draft_id)
            if draft.is_waiting:
                raise Conflict("This draft still waits for its approval.")
            if not draft.may_hand_over:
                if draft.state is DraftState.APPROVED:
                    raise Conflict("This draft is being handed over at this moment.")
                raise already_decided(draft, await self._names(uow, draft), now)
            return await self._hand_over(uow, actor, draft, lead, lead.campaign_id or campaign_id, now)

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

    async def ask(self, workspace_id: str, actor: Actor, draft_id: str, channel: str) -> str:
        """Put the draft's card into a channel, to be decided there; the key of its post."""
        require(actor, Permission.EDIT_DRAFTS)
        async with self._database.begin(workspace_id) as uow:
            draft = await existing(uow, draft_id, locked=True)
            cards = await cards_of(uow, [draft], connected=self._connected)
            key = f"draft:{draft_id}:{channel}"
            for post in self._wording(_only(cards), {key: channel}):
                await uow.posts.want(post, self._clock())
            return key

    async def announced(self, workspace_id: str, draft_ids: Sequence[str]) -> list[DraftCard]:
        """The cards for a channel's news. They are worded again soon: the news is stored by somebody else, later."""
        async with self._database.begin(workspace_id) as uow:
            await uow.drafts.changed(draft_ids)
            return await cards_of(uow, await uow.drafts.get_many(draft_ids), connected=self._connected)

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

    async def left_open(self, workspace_id: str) -> list[Draft]:
        """Approved drafts whose push has no outcome here though it began long ago, for the clock to take up."""
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            return await uow.drafts.claim_under_way(now - SETTLING, now, CLAIM_DRAFTS, HAND_OVER_LEASE)

    async def push_of(self, workspace_id: str, draft: Draft) -> Push | None:
        """The push that carries it."""
        async with self._database.read(workspace_id) as uow:
            return await uow.pushes.get(draft.push_id) if draft.push_id else None

    async def refresh(self, workspace_id: str) -> int:
        """Word the cards of drafts again that changed where nobody could; how many drafts there were."""
        async with self._database.read(workspace_id) as uow:
            ids = await uow.drafts.unshown(CLAIM_DRAFTS)
        if not ids:
            return 0
        async with self._database.begin(workspace_id) as uow:
            for draft_id in ids:
                draft = await uow.drafts.get(draft_id, locked=True)
                await self._word(uow, await cards_of(uow, [draft] if draft else [], connected=self._connected))
            await uow.drafts.shown(ids)
        return len(ids)

    async def _both(self, uow: UnitOfWork, draft_id: str) -> tuple[Lead, Draft]:
        """The lead and its draft, both held: the lead first, as a writeback takes them."""
        lead = await uow.leads.get((await existing(uow, draft_id)).lead_id, locked=True)
        if lead is None:
            raise NotFound("The lead of this draft is not here any more.")
        return lead, await existing(uow, draft_id, locked=True)

    async def _hand_over(
        self, uow: UnitOfWork, actor: Actor, draft: Draft, lead: Lead, campaign_id: str | None, now: datetime
    ) -> Approval:
        answer: Push | str = NOT_CONNECTED
        if self._connected:
            answer = await begin_hand_over(uow, actor, draft, lead, campaign_id, now, direct=self._direct)
        if isinstance(answer, str):
            await uow.drafts.put_off(draft.id, answer)
            return Approval(await self._show(uow, draft.id))
        return Approval(await self._show(uow, draft.id), answer)

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

    async def _show(self, uow: UnitOfWork, draft_id: str) -> DraftCard:
        """The draft as it stands at the end of this transaction; every card of it that was posted follows in it."""
        cards = await cards_of(uow, [await existing(uow, draft_id)], connected=self._connected)
        await self._word(uow, cards)
        return _only(cards)

    async def _card(self, uow: UnitOfWork, draft: Draft) -> DraftCard:
        return _only(await cards_of(uow, [draft], connected=self._connected))

    async def _word(self, uow: UnitOfWork, cards: Sequence[DraftCard]) -> None:
        for card in cards:
            for post in self._wording(card, await uow.posts.under(f"draft:{card.draft.id}:")):
                await uow.posts.want(post, self._clock())


def _only(cards: Sequence[DraftCard]) -> DraftCard:
    if not cards:
        raise NotFound("The lead of this draft is not here any more.")
    return cards[0]
