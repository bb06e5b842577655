"""`Record consent` on the lead card."""

from datetime import UTC, datetime

from blocks import ids
from blocks.consents import consent_form
from blocks.lead_card import card_metadata
from bot.outreach.consents import Consent, ConsentValue
from bot.outreach.errors import Invalid
from bot.services.consents import SaidConsent
from handlers import Table
from handlers.call import Call
from handlers.lead_card import card_of, where
from handlers.modals import redraw_beneath, submitted


async def ask_consent(call: Call) -> None:
    """The form, with the present moment to begin with."""
    await call.ack()
    lead_id, back = where(call)
    lead, standing, now = await call.services.consents.of_lead(call.workspace_id, await call.actor(), lead_id)
    await call.open(consent_form(lead, standing, now, card_metadata(lead_id, back)))


async def consent_given(call: Call) -> None:
    """The form; the card beneath is drawn again."""
    lead_id, back = where(call)
    if await submitted(call, _record(call, lead_id), "value"):
        await redraw_beneath(call, card_of, lead_id, back)


async def _record(call: Call, lead_id: str) -> Consent:
    return await call.services.consents.record(call.workspace_id, await call.actor(), lead_id, _said(call))


def _said(call: Call) -> SaidConsent:
    seconds = call.chosen(ids.CONSENT_AT)
    at = datetime.fromtimestamp(int(seconds), UTC) if seconds.isdigit() else None
    value = call.chosen(ids.CONSENT_VALUE)
    if value not in set(ConsentValue):
        raise Invalid("Choose what they allow.", field="value")
    return SaidConsent(ConsentValue(value), at, call.field("source"), call.field("note"))


TABLE = Table(actions={ids.RECORD_CONSENT: ask_consent}, views={ids.CONSENT_FORM: consent_given})
