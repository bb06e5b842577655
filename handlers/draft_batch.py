"""Several untouched drafts approved together: each decided and handed over by itself, told in one envelope."""

from collections.abc import Sequence

from bot.outreach.access import Actor, Permission, require
from bot.outreach.errors import Conflict, Invalid, LimitReached, NotAllowed, NotFound
from bot.outreach.pushes import Envelope, Outcome
from handlers.draft_views import carried_out
from handlers.house import House

UNTOUCHED = 1
NEEDS_SECOND = "Your approval is noted; a second approver is needed"


async def approve_together(house: House, actor: Actor, draft_ids: Sequence[str], site_id: str = "") -> Envelope:
    """Approve each at its first revision, as the batch showed it.

    site_id: whom those come from that no campaign takes. Blocked: approved and kept, but nothing takes it now.
    Skipped: nothing was decided, as somebody else was first or a limit is in the way. Failed: the push failed.
    """
    require(actor, Permission.APPROVE_DRAFTS)
    done: list[str] = []
    blocked: list[Outcome] = []
    skipped: list[Outcome] = []
    failed: list[Outcome] = []
    for card in await house.services.drafts.cards(house.workspace.id, draft_ids):
        lead_id = card.lead.id
        try:
            approval = await house.services.drafts.approve(
                house.workspace.id, actor, card.draft.id, UNTOUCHED, site_id=site_id
            )
        except (Conflict, Invalid, LimitReached, NotAllowed, NotFound) as error:
            skipped.append(Outcome(lead_id, str(error)))
            continue
        draft = (await carried_out(house, approval)).draft
        if draft.is_waiting:
            blocked.append(Outcome(lead_id, NEEDS_SECOND))
        elif draft.problem:
            (failed if approval.push else blocked).append(Outcome(lead_id, draft.problem))
        else:
            done.append(lead_id)
    return Envelope(tuple(done), tuple(blocked), tuple(skipped), tuple(failed))
