"""Unsubscribes by the people themselves, and the suppressions of a workspace, which admins may add and clear."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.clock import Clock
from bot.outreach.access import RECIPIENT, Actor, Permission, require
from bot.outreach.addresses import address_key
from bot.outreach.errors import Conflict, Invalid
from bot.outreach.events import EventKind, by
from bot.outreach.mails import Outgoing, proof_of
from bot.outreach.opting_out import read_token
from bot.outreach.quoting import fresh_text
from bot.outreach.reachability import REASONS, AddressFact, AddressRecord
from bot.outreach.sequences import Signals
from bot.services.addresses import normalised
from bot.services.run_news import Told, hear
from storage.database import Database
from storage.unit_of_work import UnitOfWork

LONGEST_NOTE = 500
PAGE = 20
EXPORT_PAGE = 1_000
_ERASED = "erased:"


@dataclass(frozen=True, slots=True)
class OptOut:
    """Whom a token is about, and whether nothing is sent to them any more."""

    email: str
    is_out: bool


class OptOutService:
    """secrets: those the tokens of past and present mails were signed with, newest first."""

    def __init__(self, database: Database, clock: Clock, secrets: Sequence[bytes]) -> None:
        self._database = database
        self._clock = clock
        self._secrets = secrets

    async def look(self, workspace_id: str, token: str) -> OptOut | None:
        """Whom the token is about; None for one we never made. Changes nothing."""
        mail_id = self._mail_id(workspace_id, token)
        if mail_id is None:
            return None
        async with self._database.read(workspace_id) as uow:
            mail = await uow.mails.get(mail_id)
            return None if mail is None else OptOut(mail.to_email, await _is_out(uow, mail))

    async def act(self, workspace_id: str, token: str, how: str) -> OptOut | None:
        """Send them nothing any more; again changes nothing. how: by which door, for the proof."""
        mail_id = self._mail_id(workspace_id, token)
        if mail_id is None:
            return None
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            mail = await uow.mails.get(mail_id)
            if mail is None:
                return None
            if not await _is_out(uow, mail):
                key = address_key(mail.to_email)
                record = AddressRecord(key, AddressFact.UNSUBSCRIBED, now, how, RECIPIENT.id, proof_of(mail))
                await uow.addresses.add(record)
                await uow.mails.cancel_to([key], REASONS[AddressFact.UNSUBSCRIBED])
                facts = {"mail": mail.id, "how": how}
                await uow.events.add(by(RECIPIENT, EventKind.UNSUBSCRIBED, now, mail.lead_id, facts))
                told = Told(mail.lead_id, Signals(standing=AddressFact.UNSUBSCRIBED))
                await hear(uow, [told], RECIPIENT, now)
        return OptOut(mail.to_email, is_out=True)

    async def page(
        self, workspace_id: str, actor: Actor, fact: AddressFact | None = None, after: str = ""
    ) -> tuple[list[AddressRecord], str]:
        """What stands against addresses, newest first, then erased people; and where the next page begins, if any."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            return await _standing(uow, PAGE, fact, after)

    async def export(self, workspace_id: str, actor: Actor) -> AsyncIterator[AddressRecord]:
        """All that stands against addresses, newest first, read page by page; that it was taken out is in the log."""
        require(actor, Permission.EXPORT_PEOPLE)
        after, number = "", 0
        while True:
            async with self._database.read(workspace_id) as uow:
                records, after = await _standing(uow, EXPORT_PAGE, None, after)
            for record in records:
                yield record
            number += len(records)
            if not after:
                break
        async with self._database.begin(workspace_id) as uow:
            facts = {"entries": number}
            await uow.events.add(by(actor, EventKind.UNSUBSCRIBES_EXPORTED, self._clock(), None, facts))

    async def newest(self, workspace_id: str, actor: Actor, key: str) -> AddressRecord | None:
        """What stands against one address, or None."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            standing = (await uow.addresses.standing([key])).get(key)
            records = await uow.addresses.history(key)
        return next((record for record in reversed(records) if record.fact is standing), None)

    async def suppress(self, workspace_id: str, actor: Actor, address: str, note: str) -> AddressRecord:
        """Nobody writes to this address any more. Raises `Invalid` with the field."""
        require(actor, Permission.SUPPRESS)
        email, note = normalised(address), _noted(note)
        return await self._record(workspace_id, actor, email, AddressFact.SUPPRESSED, note)

    async def clear(self, workspace_id: str, actor: Actor, key: str, note: str) -> AddressRecord:
        """What stood against the address stands no more. Raises `Conflict` for a complaint, which stands for ever."""
        require(actor, Permission.CLEAR_SUPPRESSION)
        async with self._database.read(workspace_id) as uow:
            standing = (await uow.addresses.standing([key])).get(key)
        if standing is None:
            raise Conflict("Nothing stands against this address any more.")
        if standing is AddressFact.COMPLAINED:
            raise Conflict("This person marked a mail as spam. That is never cleared.")
        return await self._record(workspace_id, actor, key, AddressFact.CLEARED, _noted(note))

    async def _record(
        self, workspace_id: str, actor: Actor, address: str, fact: AddressFact, note: str
    ) -> AddressRecord:
        record = AddressRecord(address_key(address), fact, self._clock(), "Slack", actor.id, note)
        async with self._database.begin(workspace_id) as uow:
            await put_down(uow, record, actor)
        return record

    def _mail_id(self, workspace_id: str, token: str) -> str | None:
        """The mail, when we made the token, for this workspace."""
        named = read_token("u", token, self._secrets)
        return named[1] if named is not None and named[0] == workspace_id else None


async def _standing(
    uow: UnitOfWork, most: int, fact: AddressFact | None, after: str
) -> tuple[list[AddressRecord], str]:
    """One page. after: a number in the ledger; behind its end a place among the erased."""
    if after.startswith(_ERASED):
        records, end = await uow.addresses.erased_page(most, fact, after.removeprefix(_ERASED))
        return records, f"{_ERASED}{end}" if end else ""
    records, more = await uow.addresses.standing_page(most, fact, int(after) if after else None)
    if more is not None:
        return records, str(more)
    room = most - len(records)
    erased, end = await uow.addresses.erased_page(max(1, room), fact)
    if not room:
        return records, _ERASED if erased else ""
    return [*records, *erased], f"{_ERASED}{end}" if end else ""


async def put_down(uow: UnitOfWork, record: AddressRecord, actor: Actor) -> None:
    """A line in the ledger; where it stands against an address, what waits to go there never leaves."""
    key, fact, now = record.address_key, record.fact, record.at
    kind = EventKind.SUPPRESSION_CLEARED if fact is AddressFact.CLEARED else EventKind.SUPPRESSED
    await uow.addresses.add(record)
    if fact is not AddressFact.CLEARED:
        await uow.mails.cancel_to([key], REASONS[fact])
    lead = (await uow.leads.by_keys([key])).get(key)
    await uow.events.add(by(actor, kind, now, lead.id if lead else None, {"reason": record.note}))
    if lead is not None and fact is not AddressFact.CLEARED:
        await hear(uow, [Told(lead.id, Signals(standing=fact))], actor, now)


async def suppress_askers(
    uow: UnitOfWork, emails: Collection[str], source: str, proof: str, actor: Actor, now: datetime
) -> None:
    """Nobody writes to these addresses any more; what stands against one already stays. proof: see `proof_in`."""
    keys = {address_key(email) for email in emails}
    standing = await uow.addresses.standing(keys)
    for key in sorted(keys - standing.keys()):
        await put_down(uow, AddressRecord(key, AddressFact.SUPPRESSED, now, source, actor.id, proof), actor)


def proof_in(sentence: str, text: str, html: str) -> str:
    """Their own words: the sentence that asks, else all they wrote."""
    return (sentence or fresh_text(text, html) or "They asked to be removed")[:LONGEST_NOTE]


async def _is_out(uow: UnitOfWork, mail: Outgoing) -> bool:
    """Whether they asked for it themselves: a bounce that a mailbox mends must not hide what they asked."""
    key = address_key(mail.to_email)
    return (await uow.addresses.standing([key])).get(key) in {AddressFact.UNSUBSCRIBED, AddressFact.COMPLAINED}


def _noted(note: str) -> str:
    note = note.strip()
    if not note:
        raise Invalid("Say why, for whoever looks later.", field="note")
    return note[:LONGEST_NOTE]
