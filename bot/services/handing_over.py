"""An approved draft on its way to the lead's campaign: letters into the merge fields, guard and intent, one by one."""

from datetime import datetime

from bot.outreach.access import Actor
from bot.outreach.campaigns import Campaign
from bot.outreach.drafting import merge_fields
from bot.outreach.drafts import Draft
from bot.outreach.leads import Lead
from bot.outreach.pushes import Origin, Push, PushResult
from bot.outreach.readiness import GuardReport
from bot.outreach.templates import body_variables
from bot.services.pushes import begin_push
from storage.unit_of_work import UnitOfWork

NOT_CONNECTED = "Direct sending is not connected, and neither is PlusVibe: nothing can take this e-mail."
NO_CAMPAIGN = (
    "Direct sending is not connected and the lead is in no campaign. Choose a campaign on the lead card, "
    "then `Hand over`."
)
NO_PLUSVIBE = "PlusVibe is not connected, and the lead is in a campaign there."
CAMPAIGN_GONE = "PlusVibe no longer lists the lead's campaign. Choose another one, then `Hand over`."
NO_LETTERS = (
    "The campaign has more steps than this draft has letters, and no audit is here to write the rest from. "
    "Re-audit the lead."
)


async def begin_hand_over(
    uow: UnitOfWork, actor: Actor, draft: Draft, lead: Lead, campaign_id: str | None, now: datetime
) -> Push | str:
    """The letters in the lead's merge fields and the intent of a push, or why there is none, in words.

    The guard decides, and a lead it refuses keeps its approval: nothing is smuggled past it.
    """
    campaign = await uow.campaigns.get(campaign_id) if campaign_id else None
    written = await _write(uow, draft, lead, campaign, now)
    if campaign is None:
        return CAMPAIGN_GONE if campaign_id else NO_CAMPAIGN
    if not written:
        return NO_LETTERS
    answer = await begin_push(uow, actor, campaign.id, [lead.id], Origin(), key_of(draft), now)
    if isinstance(answer, GuardReport):
        return next(refusal.reason for refusal in (*answer.not_ready, *answer.unreachable))
    await uow.drafts.hand_over(draft, answer.id, campaign.id)  # its row is held: nobody else can have begun
    await uow.writebacks.carried(lead.id)
    return answer


def key_of(draft: Draft) -> str:
    """What the push of this draft is known by; another one only after a push that certainly failed."""
    return f"draft:{draft.id}:{draft.attempts}" if draft.attempts else f"draft:{draft.id}"


async def _write(uow: UnitOfWork, draft: Draft, lead: Lead, campaign: Campaign | None, now: datetime) -> bool:
    """Put the letters where a push takes them from. False when the campaign has steps nothing can be written for.

    A lead without merge fields stays as it is: with the letters alone it would look ready, and mail blanks.
    """
    if not lead.variables:
        return True
    steps = campaign.steps if campaign else len(draft.letters)
    rest: dict[str, str] = {}
    if steps > len(draft.letters):
        audit = (await uow.audits.latest_complete([lead.id])).get(lead.id)
        if audit is None or audit.finished is None:
            return False
        rest = body_variables(lead, audit.finished, draft.tone, steps)
    kept = lead.plusvibe_lead_data["lastOutboundWriteback"]
    variables = {**lead.variables, **rest, **merge_fields(draft.letters, steps)}
    told = {**lead.plusvibe_lead_data, "lastOutboundWriteback": {**kept, "variables": variables}}
    await uow.leads.change(lead.id, {"plusvibe_lead_data": told}, at=now)
    return True


def why_not_taken(result: PushResult) -> str:
    """What to tell of a push of one lead that did not go through."""
    reasons = [outcome.reason for outcome in (*result.skipped, *result.failed) if outcome.reason]
    return (reasons or [result.push.problem or "PlusVibe did not take this lead."])[0]
