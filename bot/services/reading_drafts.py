"""What one can ask about drafts without changing any."""

from collections.abc import Sequence

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.approvals import may_approve
from bot.outreach.campaigns import blank_fields
from bot.outreach.direct import Ways
from bot.outreach.drafts import Draft, DraftCard, DraftPage, DraftPreview, DraftState
from bot.outreach.errors import Invalid, NotFound
from bot.services.drafting import cards_of
from bot.services.policies import policy_in
from storage.database import Database
from storage.unit_of_work import UnitOfWork

PAGE_DRAFTS = 10
MOST_ALIKE = 100
_LOOKED_AT = 50  # waiting drafts among which those a person may approve are looked for


class DraftReader:
    """The queue, one draft, a lead's drafts."""

    def __init__(self, database: Database, clock: Clock, ways: Ways) -> None:
        self._database = database
        self._clock = clock
        self._ways = ways

    async def waiting(self, workspace_id: str, actor: Actor, limit: int = 5) -> tuple[int, list[DraftCard]]:
        """How many drafts wait, and the longest waiting ones, those first that this person may approve."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            total = (await uow.drafts.counts()).get(DraftState.WAITING, 0)
            oldest, policy = await uow.drafts.oldest_waiting(max(limit, _LOOKED_AT)), await policy_in(uow)
            first = sorted(oldest, key=lambda draft: not may_approve(draft, actor, policy))[:limit]
            return total, await cards_of(uow, first, self._ways, self._clock())

    async def counts(self, workspace_id: str, actor: Actor) -> dict[DraftState, int]:
        """How many drafts stand at each state, from the maintained counters."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            return await uow.drafts.counts()

    async def page(
        self,
        workspace_id: str,
        actor: Actor,
        state: DraftState | None,
        cursor: str | None = None,
        limit: int = PAGE_DRAFTS,
    ) -> DraftPage:
        """One page of the queue: waiting ones oldest first, others newest first.

        Raises `Invalid` (field `cursor`) for a cursor of another question.
        """
        require(actor, Permission.READ_LEADS)
        back, beyond = _read(state, cursor)
        async with self._database.read(workspace_id) as uow:
            found = await uow.drafts.page(state, limit=limit + 1, beyond=beyond, back=back)
            more = len(found) > limit
            found = found[1:] if back and more else found[:limit]
            cards = await cards_of(uow, [draft for _, draft in found], self._ways, self._clock())
        follows, precedes = (True, more) if back else (more, beyond is not None)
        return DraftPage(
            tuple(cards),
            next_cursor=_written(state, found[-1][0]) if follows and found else None,
            previous_cursor=_written(state, found[0][0], back=True) if precedes and found else None,
        )

    async def get(self, workspace_id: str, actor: Actor, draft_id: str) -> DraftCard:
        """One draft. Raises `NotFound`."""
        require(actor, Permission.READ_LEADS)
        cards = await self.cards(workspace_id, [draft_id])
        if not cards:
            raise NotFound(GONE)
        return cards[0]

    async def cards(self, workspace_id: str, draft_ids: Sequence[str]) -> list[DraftCard]:
        """The drafts with these ids, in their order, for the clock's news."""
        async with self._database.read(workspace_id) as uow:
            return await cards_of(uow, await uow.drafts.get_many(draft_ids), self._ways, self._clock())

    async def post_keys(self, workspace_id: str, draft_id: str) -> list[str]:
        """The posts that show this draft."""
        async with self._database.read(workspace_id) as uow:
            return list(await uow.posts.under(f"draft:{draft_id}:"))

    async def preview(self, workspace_id: str, actor: Actor, draft_id: str) -> DraftPreview:
        """One draft as the prospect will see it. Raises `NotFound`."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            draft = await existing(uow, draft_id)
            cards = await cards_of(uow, [draft], self._ways, self._clock())
            if not cards:
                raise NotFound(GONE)
            lead = cards[0].lead
            audit = (await uow.audits.latest_complete([lead.id])).get(lead.id)
            campaigns = {campaign.id: campaign for campaign in await uow.campaigns.all()}
        campaign = campaigns.get(draft.campaign_id or lead.campaign_id or "")
        return DraftPreview(
            card=cards[0],
            audit=audit.finished if audit else None,
            campaign=campaign,
            campaigns=tuple(campaigns.values()),
            blank=blank_fields(campaign, lead.variables) if campaign else (),
        )

    async def of_lead(self, workspace_id: str, actor: Actor, lead_id: str) -> list[DraftCard]:
        """The lead's drafts, newest first."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            return await cards_of(uow, await uow.drafts.of_lead(lead_id), self._ways, self._clock())

    async def alike(self, workspace_id: str, actor: Actor, template: str, limit: int = MOST_ALIKE) -> list[DraftCard]:
        """Waiting drafts made from one text that nobody edited, oldest first."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            found = await uow.drafts.alike(template, limit)
            return await cards_of(uow, found, self._ways, self._clock())


GONE = "This draft is not here any more. Open `/drafts` for what waits."


async def existing(uow: UnitOfWork, draft_id: str, *, locked: bool = False) -> Draft:
    """The draft with this id. Raises `NotFound`."""
    draft = await uow.drafts.get(draft_id, locked=locked)
    if draft is None:
        raise NotFound(GONE)
    return draft


def _written(state: DraftState | None, seq: int, *, back: bool = False) -> str:
    return f"{state.value if state else 'all'}.{'b' if back else 'f'}.{seq}"


def _read(state: DraftState | None, cursor: str | None) -> tuple[bool, int | None]:
    """Whether the page lies before the place, and the place. Raises `Invalid` unless made for this question."""
    if not cursor:
        return False, None
    asked, _, place = cursor.partition(".")
    side, _, digits = place.partition(".")
    is_ours = asked == (state.value if state else "all") and side in {"b", "f"}
    if not is_ours or not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        raise Invalid("This page link belongs to another list. Start again from the first page.", field="cursor")
    return side == "b", int(digits)
