"""The posted cards of drafts: asked for, announced, and worded again when something changed."""

from collections.abc import Callable, Mapping, Sequence

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.direct import Ways
from bot.outreach.drafts import Draft, DraftCard
from bot.outreach.errors import NotFound
from bot.outreach.posts import WantedPost
from bot.services.drafting import cards_of
from bot.services.reading_drafts import DraftReader, existing
from storage.database import Database
from storage.unit_of_work import UnitOfWork

CLAIM_DRAFTS = 20
Wording = Callable[[DraftCard, Mapping[str, str]], Sequence[WantedPost]]


class DraftShower(DraftReader):
    """Keeps what was posted of drafts true.

    wording: the posts that show a draft under the given keys, by key and channel. They are stored with what they
    tell of, so that a crash leaves no card with buttons that are over.
    """

    def __init__(self, database: Database, clock: Clock, wording: Wording, ways: Ways) -> None:
        super().__init__(database, clock, ways)
        self._wording = wording

    async def ask(self, workspace_id: str, actor: Actor, draft_id: str, channel: str) -> str:
        """Put the draft's card into a channel, to be decided there; the key of its post."""
        require(actor, Permission.EDIT_DRAFTS)
        async with self._database.begin(workspace_id) as uow:
            draft = await existing(uow, draft_id, locked=True)
            cards = await cards_of(uow, [draft], self._ways, self._clock())
            key = f"draft:{draft_id}:{channel}"
            for post in self._wording(_only(cards), {key: channel}):
                await uow.posts.want(post, self._clock())
            return key

    async def announced(self, workspace_id: str, draft_ids: Sequence[str]) -> list[DraftCard]:
        """The cards for a channel's news. They are worded again soon: the news is stored by somebody else, later."""
        async with self._database.begin(workspace_id) as uow:
            await uow.drafts.changed(draft_ids)
            return await cards_of(uow, await uow.drafts.get_many(draft_ids), self._ways, self._clock())

    async def word_again(self, workspace_id: str, draft_id: str) -> None:
        """Its posted cards say what holds now."""
        async with self._database.begin(workspace_id) as uow:
            await existing(uow, draft_id, locked=True)
            await self._show(uow, draft_id)

    async def refresh(self, workspace_id: str) -> int:
        """Word the cards of drafts again that changed where nobody could; how many drafts there were."""
        async with self._database.read(workspace_id) as uow:
            ids = await uow.drafts.unshown(CLAIM_DRAFTS)
        if not ids:
            return 0
        async with self._database.begin(workspace_id) as uow:
            for draft_id in ids:
                draft = await uow.drafts.get(draft_id, locked=True)
                await self._word(uow, await cards_of(uow, [draft] if draft else [], self._ways, self._clock()))
            await uow.drafts.shown(ids)
        return len(ids)

    async def _show(self, uow: UnitOfWork, draft_id: str) -> DraftCard:
        """The draft as it stands at the end of this transaction; every card of it that was posted follows in it."""
        cards = await cards_of(uow, [await existing(uow, draft_id)], self._ways, self._clock())
        await self._word(uow, cards)
        return _only(cards)

    async def _card(self, uow: UnitOfWork, draft: Draft) -> DraftCard:
        return _only(await cards_of(uow, [draft], self._ways, self._clock()))

    async def _word(self, uow: UnitOfWork, cards: Sequence[DraftCard]) -> None:
        for card in cards:
            for post in self._wording(card, await uow.posts.under(f"draft:{card.draft.id}:")):
                await uow.posts.want(post, self._clock())


def _only(cards: Sequence[DraftCard]) -> DraftCard:
    if not cards:
        raise NotFound("The lead of this draft is not here any more.")
    return cards[0]
