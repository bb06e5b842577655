"""The pipeline: the funnel, the stages and the e-mail figures."""

from collections.abc import Sequence

from bot.outreach.access import Actor, Permission, require
from bot.outreach.leads import LeadPage, LeadQuery, LeadStatus
from bot.outreach.pipeline import (
    STAGE_LEADS,
    STAGE_SAMPLES,
    EmailFigures,
    Funnel,
    Kept,
    Pipeline,
    compared,
    funnel,
    stages,
)
from storage.database import Database
from storage.unit_of_work import UnitOfWork


class PipelineService:
    """Figures from maintained counters."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def funnel(self, workspace_id: str, actor: Actor) -> Funnel:
        """How many leads ever reached each milestone."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            return funnel(await uow.leads.funnel())

    async def whole(self, workspace_id: str, actor: Actor, *, samples: int = STAGE_SAMPLES) -> Pipeline:
        """Everything on one page. samples: how many leads to name at each stage."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            counts = await uow.leads.counts()
            filled = [status for status, number in counts.items() if status and number > 0]
            named = await uow.leads.newest_of_each(filled, samples) if samples and filled else {}
            emails = EmailFigures(await uow.drafts.counts())
            return Pipeline(funnel(await uow.leads.funnel()), emails, stages(counts, named))

    async def stage(self, workspace_id: str, actor: Actor, status: LeadStatus, cursor: str | None = None) -> LeadPage:
        """The leads that stand at a status, the ones changed last first. Raises `Invalid` for a foreign cursor."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            return await uow.leads.page(LeadQuery(status=status, limit=STAGE_LEADS), cursor)

    async def check(self, workspace_id: str, *, repair: bool = False) -> Sequence[Kept]:
        """Every maintained counter beside a recount; with `repair`, as they stood before it.

        A difference is looked at once more while nobody writes: what others change meanwhile is none.
        """
        async with self._database.read(workspace_id) as uow:
            seen = await _compared(uow)
        if all(line.kept == line.counted for line in seen):
            return seen
        async with self._database.begin(workspace_id) as uow:
            await uow.leads.hold_still()
            await uow.drafts.hold_still()
            await uow.opportunities.hold_still()
            seen = await _compared(uow)
            if repair:
                await uow.leads.repair()
                await uow.drafts.repair()
                await uow.opportunities.repair()
            return seen


async def _compared(uow: UnitOfWork) -> list[Kept]:
    return [
        *compared("leads at status", await uow.leads.counts(), await uow.leads.recount()),
        *compared("leads that got to", await uow.leads.funnel(), await uow.leads.recount_funnel()),
        *compared("drafts", await uow.drafts.counts(), await uow.drafts.recount()),
        *compared("opportunities", await uow.opportunities.counts(), await uow.opportunities.recount()),
    ]
