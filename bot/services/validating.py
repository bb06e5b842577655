"""Validation in the background: addresses without a verdict, claimed by domain, looked at, recorded in sets."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import structlog

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.addresses import address_key
from bot.outreach.errors import Conflict, Invalid, NotFound, Unavailable
from bot.outreach.reachability import NO_EMAIL
from bot.outreach.validation import AddressCheck
from bot.services.under_way import break_off, together_or_alone
from bot.services.verdict_news import record
from bot.services.verifying import Looked, Verifier
from storage.database import Database
from storage.verdicts import MailDomain

DOMAINS_IN_FLIGHT = 100
ADDRESSES_A_DOMAIN = 500
LEASE = timedelta(minutes=5)
LONGEST_RUN = timedelta(seconds=30)
GATHER_SECONDS = 0.02
log = structlog.get_logger()
OFF = "Addresses are not checked here: VALIDATION is off."


class ValidationService:
    """verifier: None when validation is off, and then addresses only queue up."""

    def __init__(self, database: Database, clock: Clock, verifier: Verifier | None) -> None:
        self._database = database
        self._clock = clock
        self._verifier = verifier

    async def verify_due(self, workspace_id: str) -> int:
        """Look at what is due for half a minute; how many addresses were settled.

        A domain is held by whoever looks at it, so that any number of processes hold one conversation with it.
        """
        if self._verifier is None:
            return 0
        running: dict[asyncio.Task[Looked], MailDomain] = {}
        settled, ends, is_more = 0, self._clock() + LONGEST_RUN, True
        try:
            while True:
                if is_more and len(running) <= DOMAINS_IN_FLIGHT // 2 and self._clock() < ends:
                    claimed = await self._claimed(workspace_id, DOMAINS_IN_FLIGHT - len(running))
                    is_more = bool(claimed)
                    for domain, due in claimed:
                        running[asyncio.create_task(self._verifier.look(domain, due))] = domain
                if not running:
                    return settled
                await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                await asyncio.sleep(GATHER_SECONDS)
                done = [task for task in running if task.done()]
                settled += await self._recorded(workspace_id, [task.result() for task in done])
                for task in done:
                    del running[task]
                is_more = is_more or bool(done)
        finally:
            await self._let_go(workspace_id, running)

    async def check_now(self, workspace_id: str, actor: Actor, lead_id: str) -> AddressCheck:
        """Look at a lead's address at once, whatever is known. Raises `Conflict` while its domain is being asked."""
        require(actor, Permission.EDIT_LEADS)
        if self._verifier is None:
            raise Unavailable(OFF, transient=False)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            lead = await uow.leads.get(lead_id)
            if lead is None:
                raise NotFound("This lead is not here any more.")
            if not lead.email:
                raise Invalid(NO_EMAIL)
            key = address_key(lead.email)
            await uow.verdicts.enqueue({key: now})
            await uow.verdicts.hurry([key])
            (known,) = (await uow.verdicts.of([key])).values()
            claimed = await uow.verdicts.claim_domains(now, 1, LEASE, only=known.domain)
        if not claimed:
            raise Conflict("Its mail host is being asked already, and this address is the next. Reload in a moment.")
        looked = await self._verifier.look(MailDomain(known.domain), [known])
        await self._recorded(workspace_id, [looked])
        return looked.checked[0][1] if looked.checked else known

    async def _claimed(self, workspace_id: str, limit: int) -> list[tuple[MailDomain, list[AddressCheck]]]:
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            domains = await uow.verdicts.claim_domains(now, limit, LEASE)
            due = await uow.verdicts.due([domain.domain for domain in domains], now, ADDRESSES_A_DOMAIN)
        return [(domain, due[domain.domain]) for domain in domains]

    async def _recorded(self, workspace_id: str, looked: Sequence[Looked]) -> int:
        return await together_or_alone(
            looked, partial(self._record, workspace_id), lambda each: {"domain": each.domain.domain}
        )

    async def _record(self, workspace_id: str, looked: Sequence[Looked]) -> int:
        async with self._database.begin(workspace_id) as uow:
            await record(uow, looked, self._clock())
        return sum(len(each.checked) for each in looked)

    async def _let_go(self, workspace_id: str, running: dict[asyncio.Task[Looked], MailDomain]) -> None:
        """We are being stopped: what is under way is left to whoever comes next."""
        if not running:
            return
        await break_off(running)
        async with self._database.begin(workspace_id) as uow:
            await uow.verdicts.release([(domain, None) for domain in running.values()], self._clock())
