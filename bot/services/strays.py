"""Mails that matched nobody: looked at, their writers made leads, looked at again, put away."""

import asyncio
from contextlib import suppress
from dataclasses import replace

from bot.clock import Clock
from bot.gateways.sendgrid_inbound import parse_inbound
from bot.outreach.access import Actor, Permission, require
from bot.outreach.addresses import address_key
from bot.outreach.errors import Duplicate, NotFound
from bot.outreach.events import EventKind, by
from bot.outreach.inbound import InboundMail, Stray, StrayPage
from bot.outreach.leads import LeadDraft
from bot.outreach.matching import Aside
from bot.outreach.reachability import STRAY_SOURCE
from bot.outreach.reply_reading import read_reply
from bot.outreach.webhooks import ReceivedEvent
from bot.services.leads import LeadService
from bot.services.mail_replies import VENDOR
from bot.services.opting_out import proof_in, suppress_askers
from storage.database import Database
from storage.unit_of_work import UnitOfWork

PAGE_STRAYS = 8
GONE = "This email is not here any more: it found its lead, or somebody put it away."


class StrayService:
    """The mails of strangers. leads: where their writers become leads."""

    def __init__(self, database: Database, clock: Clock, leads: LeadService) -> None:
        self._database = database
        self._clock = clock
        self._leads = leads

    async def page(self, workspace_id: str, actor: Actor, after: str = "") -> StrayPage:
        """Newest first. Bodies are read one at a time: a mail may have 30 MB."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            ids = await uow.inbox.aside_ids(VENDOR, Aside.STRANGER.value, PAGE_STRAYS + 1, after=after)
            shown = [stray for each in ids[:PAGE_STRAYS] if (stray := await _stray(uow, each))]
            standing = await uow.addresses.standing({address_key(stray.mail.from_email) for stray in shown})
        told = [replace(stray, standing=standing.get(address_key(stray.mail.from_email))) for stray in shown]
        return StrayPage(tuple(told), ids[PAGE_STRAYS - 1] if len(ids) > PAGE_STRAYS else "")

    async def adopt(self, workspace_id: str, actor: Actor, stray_id: str) -> InboundMail:
        """Make its writer a lead and look at every stray again, so that it becomes a reply. Raises `NotFound`."""
        require(actor, Permission.EDIT_LEADS)
        stray = await self._existing(workspace_id, stray_id)
        first, _, last = stray.mail.from_name.partition(" ")
        with suppress(Duplicate):  # a second click, or added meanwhile
            await self._leads.add(workspace_id, actor, LeadDraft(stray.mail.from_email, first[:100], last[:100]))
        await self.look_again(workspace_id, actor)
        return stray.mail

    async def look_again(self, workspace_id: str, actor: Actor) -> int:
        """Match them all once more, as their writers may be leads by now; how many. The clock does it at once."""
        require(actor, Permission.EDIT_LEADS)
        async with self._database.begin(workspace_id) as uow:
            return await uow.inbox.again(VENDOR, Aside.STRANGER.value, self._clock())

    async def suppress(self, workspace_id: str, actor: Actor, stray_id: str) -> InboundMail:
        """Nobody writes to its writer any more, with their words as the proof; it is put away. Raises `NotFound`."""
        require(actor, Permission.SUPPRESS)
        now = self._clock()
        stray = await self._existing(workspace_id, stray_id)
        mail, proof = stray.mail, proof_in(stray.reading.sentence, stray.mail.text, stray.mail.html)
        async with self._database.begin(workspace_id) as uow:
            if not await uow.inbox.put_away(stray_id, now):
                raise NotFound(GONE)
            await suppress_askers(uow, [mail.from_email], f"{STRAY_SOURCE}{stray_id}", proof, actor, now)
        return mail

    async def put_away(self, workspace_id: str, actor: Actor, stray_id: str) -> None:
        """It is not for us. It is kept, and shown no more; again changes nothing."""
        require(actor, Permission.SEND_REPLIES)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            if await uow.inbox.put_away(stray_id, now):
                await uow.events.add(by(actor, EventKind.STRAY_PUT_AWAY, now, None, {"received": stray_id}))

    async def _existing(self, workspace_id: str, stray_id: str) -> Stray:
        """Read before anything is written, where nobody waits for it: a mail may have 30 MB."""
        async with self._database.read(workspace_id) as uow:
            stray = await _stray(uow, stray_id)
        if stray is None:
            raise NotFound(GONE)
        return stray


async def _stray(uow: UnitOfWork, stray_id: str) -> Stray | None:
    received = await uow.inbox.get(stray_id)
    return await asyncio.to_thread(_read, received) if received else None


def _read(received: ReceivedEvent) -> Stray | None:
    mail, at = parse_inbound(received.body), received.received_at
    if mail is None:
        return None
    reading = read_reply(mail.subject, mail.text, mail.html, is_automatic=mail.is_automatic, now=at)
    return Stray(received.id, at, mail, reading)
