"""Consent written down by hand, and what holds of an address."""

from dataclasses import dataclass
from datetime import datetime

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.addresses import address_key
from bot.outreach.consents import LONGEST_PROOF, LONGEST_SOURCE, Consent, ConsentValue, standing_consent
from bot.outreach.errors import Invalid, NotFound
from bot.outreach.events import EventKind, by
from bot.outreach.leads import Lead
from bot.outreach.reachability import AddressFact, AddressRecord
from bot.services.opting_out import put_down
from storage.database import Database
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class SaidConsent:
    """What a person writes down. captured_at: when it was said; None is a form left empty."""

    value: ConsentValue
    captured_at: datetime | None
    source: str
    note: str = ""


class ConsentService:
    """Adds to the ledger; nothing in it is ever changed."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def of_lead(self, workspace_id: str, actor: Actor, lead_id: str) -> tuple[Lead, Consent | None, datetime]:
        """The lead, what holds of its address, and the present moment. Raises `NotFound`, `Invalid`."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            lead = await _addressed(uow, lead_id)
            return lead, await consent_in(uow, address_key(lead.email or "")), self._clock()

    async def record(self, workspace_id: str, actor: Actor, lead_id: str, said: SaidConsent) -> Consent:
        """Write down what the lead's person said; the same entry twice is one. Raises `Invalid` with the field.

        `unsubscribed` also stands against the address, whatever the workspace's policy is.
        """
        require(actor, Permission.RECORD_CONSENT)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            lead = await _addressed(uow, lead_id)
            consent = _checked(address_key(lead.email or ""), said, actor, now)
            if any(_is_same(consent, known) for known in await uow.consents.history(consent.address_key)):
                return consent
            if consent.value is ConsentValue.UNSUBSCRIBED:
                await _stand(uow, consent, actor)
            await keep_consent(uow, consent, actor, lead.id)
        return consent


async def consent_in(uow: UnitOfWork, key: str) -> Consent | None:
    """What holds of one address in this transaction."""
    return standing_consent(await uow.consents.history(key), await uow.addresses.history(key))


async def keep_consent(uow: UnitOfWork, consent: Consent, actor: Actor, lead_id: str | None) -> None:
    """An entry in the ledger, and in the lead's timeline."""
    await uow.consents.add(consent)
    facts = {"value": consent.value.value, "source": consent.source}
    await uow.events.add(by(actor, EventKind.CONSENT_RECORDED, consent.at, lead_id, facts))
    if lead_id is not None:
        await uow.leads.change(lead_id, {}, at=consent.at)  # what waits for this lead looks at it again


async def _stand(uow: UnitOfWork, consent: Consent, actor: Actor) -> None:
    key = consent.address_key
    if key not in await uow.addresses.standing([key]):
        note = consent.note or "Consent recorded as unsubscribed"
        record = AddressRecord(key, AddressFact.UNSUBSCRIBED, consent.at, consent.source, actor.id, note)
        await put_down(uow, record, actor)


def _checked(key: str, said: SaidConsent, actor: Actor, now: datetime) -> Consent:
    source, note = " ".join(said.source.split()), said.note.strip()
    if said.captured_at is None:
        raise Invalid("Say when they said it.", field="captured_at")
    if said.captured_at > now:
        raise Invalid("That time is still to come. Say when they said it.", field="captured_at")
    if not source:
        raise Invalid("Say where they said it: a form, a call, a fair.", field="source")
    if len(source) > LONGEST_SOURCE:
        raise Invalid(f"Write up to {LONGEST_SOURCE} characters.", field="source")
    if len(note) > LONGEST_PROOF:
        raise Invalid(f"Write up to {LONGEST_PROOF:,} characters.", field="note")
    return Consent(key, said.value, said.captured_at, source, note, actor.id, now)


def _is_same(new: Consent, known: Consent) -> bool:
    return (new.value, new.captured_at, new.source, new.note) == (
        known.value,
        known.captured_at,
        known.source,
        known.note,
    )


async def _addressed(uow: UnitOfWork, lead_id: str) -> Lead:
    lead = await uow.leads.get(lead_id)
    if lead is None:
        raise NotFound("This lead is not here. It may have been deleted elsewhere: go back to the list and reload.")
    if not lead.email:
        raise Invalid("This lead has no email address to record consent for. Add one first.", field="value")
    return lead
