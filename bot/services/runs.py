"""Runs: a lead put into a sequence, its steps made when they are due or when a person says so, stopped and paused."""

from collections.abc import Sequence as Many
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from uuid import uuid4

from bot.clock import Clock
from bot.outreach import sequences as rules
from bot.outreach.access import CLOCK, Actor, Permission, require
from bot.outreach.addresses import address_key
from bot.outreach.errors import Conflict, Invalid, NotFound, Unavailable
from bot.outreach.events import EventKind, by
from bot.outreach.home import MOST_COUNTED_STEPS
from bot.outreach.leads import REPLIED_OR_CONVERTED, Lead
from bot.outreach.limits import Budget, slot_of
from bot.outreach.mail_templates import Rendered
from bot.outreach.reachability import unreachable_reason
from bot.outreach.sequences import BY_HAND, Mode, Run, RunPreview, RunState, kept, resumed
from bot.outreach.steps import DueStep, cards_of_run, read_asked, step_of_card
from bot.services.advancing import advance, complete
from bot.services.queueing import NO_SITE, NOT_CONNECTED
from bot.services.reachability import standing_in
from bot.services.recipients import ForLink, existing_lead, recipient, settle_link
from bot.services.run_news import stop
from bot.services.sites import budgets_of, last_written
from bot.services.step_cards import due_steps
from bot.services.stepping import Scene, make_step, scene_of
from storage.database import Database
from storage.unit_of_work import UnitOfWork

BATCH_RUNS = 200
# On SQLite everybody else who writes waits for a batch; on PostgreSQL a person waits who pauses one of its runs.
ONE_WRITER_STEPS, MANY_WRITERS_STEPS = 100, 500
LONGEST_LOOK = timedelta(seconds=30)
NO_SEQUENCE = "There is no sequence yet: `/outreach sequences` makes one."
GONE = "This run is not here any more."


@dataclass(frozen=True, slots=True)
class RunOffer:
    """What a lead can be put into. obstacle: why it cannot; empty when it can."""

    lead: Lead
    sequences: tuple[rules.Sequence, ...]
    budgets: tuple[Budget, ...]
    obstacle: str = ""


class RunService:
    """The runs of a workspace. connected: SendGrid has its key."""

    def __init__(self, database: Database, clock: Clock, *, connected: bool) -> None:
        self._database = database
        self._clock = clock
        self.connected = connected

    async def offer(self, workspace_id: str, actor: Actor, lead_id: str, *, for_link: bool = False) -> RunOffer:
        """What the form needs. for_link: whom it goes to is typed into it. Raises `NotFound`."""
        require(actor, Permission.SEND_MAIL)
        async with self._database.read(workspace_id) as uow:
            lead = await existing_lead(uow, lead_id)
            sequences, sites = await uow.sequences.all(), await uow.sites.all()
            obstacle = await self._obstacle(uow, None if for_link else lead) or ("" if sites else NO_SITE)
            budgets = await budgets_of(uow, sites, self._clock())
            return RunOffer(lead, tuple(sequences), tuple(budgets), obstacle or ("" if sequences else NO_SEQUENCE))

    async def preview(
        self,
        workspace_id: str,
        actor: Actor,
        lead_id: str,
        sequence_id: str,
        site_id: str,
        *,
        link: ForLink | None = None,
    ) -> RunPreview:
        """Whom it goes to, and every step as and when they would get it. Raises as `assign` does."""
        require(actor, Permission.SEND_MAIL)
        now = self._clock()
        async with self._database.read(workspace_id) as uow:
            run, scene, words = await self._begun(uow, actor, lead_id, sequence_id, site_id, link)
            lead = scene.leads[run.lead_id]
            (budget,) = await budgets_of(uow, [scene.sites[site_id]], now)
            key = address_key(lead.email or "")
            slot = slot_of(budget, now, (await last_written(uow, [key])).get(key))
        times = rules.earliest(scene.sequence(run), slot)
        return RunPreview(lead, run.mode, tuple(words), tuple(times), slot)

    async def assign(
        self,
        workspace_id: str,
        actor: Actor,
        lead_id: str,
        sequence_id: str,
        site_id: str,
        *,
        link: ForLink | None = None,
    ) -> Run:
        """Put a lead into a sequence; the first step is due at once, under the same limits as any mail.

        link: for this opportunity, to whom is typed with it instead of the lead.

        Raises `MissingValue` for what a step prints and nobody knows of this lead, `Invalid` for a lead that is not
        reachable, `Conflict` for one that is in a sequence, `NotFound`, and `Unavailable` without SendGrid.
        """
        require(actor, Permission.SEND_MAIL)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            await uow.leads.get(lead_id, locked=True)
            run, scene, _ = await self._begun(uow, actor, lead_id, sequence_id, site_id, link)
            lead = scene.leads[run.lead_id]
            if link is not None:
                await settle_link(uow, link, lead, actor, now)
            if not await uow.runs.add(run):
                raise Conflict(f"{lead.title} is in a sequence already. Stop that one first.")
            facts = {"name": scene.sequence(run).name}
            await uow.events.add(by(actor, EventKind.SEQUENCE_STARTED, now, lead.id, facts))
            return await make_step(uow, run, scene, actor, now)

    async def _begun(
        self, uow: UnitOfWork, actor: Actor, lead_id: str, sequence_id: str, site_id: str, link: ForLink | None
    ) -> tuple[Run, Scene, list[Rendered]]:
        """The run as it would begin, and every step's words for the lead."""
        lead = await recipient(uow, lead_id, link)
        if obstacle := await self._obstacle(uow, lead):
            raise Invalid(obstacle) if self.connected else Unavailable(obstacle, transient=False)
        had_replied = lead.status in REPLIED_OR_CONVERTED
        run = Run(
            str(uuid4()),
            sequence_id,
            lead.id,
            site_id,
            Mode.AUTO,
            actor.id,
            self._clock(),
            had_replied=had_replied,
            opportunity_id=link.opportunity_id if link else None,
        )
        scene = await scene_of(uow, [run])
        scene = replace(scene, leads={lead.id: lead})  # one typed in is not stored before it begins
        if sequence_id not in scene.sequences:
            raise NotFound("This sequence is not here any more.")
        if site_id not in scene.sites:
            raise NotFound("This site is not here any more.")
        sequence = scene.sequences[sequence_id]
        run = replace(run, mode=sequence.mode)
        return run, scene, [scene.words(run, step) for step in sequence.steps]

    async def _obstacle(self, uow: UnitOfWork, lead: Lead | None) -> str:
        if not self.connected:
            return NOT_CONNECTED
        if lead is None:
            return ""
        key = address_key(lead.email or "")
        reason = unreachable_reason(lead, (await standing_in(uow, [key])).get(key))
        return f"Not reachable: {reason}" if reason else ""

    async def send_next(self, workspace_id: str, actor: Actor, run_id: str, seen_step: int) -> Run:
        """Make the next step's mail now, whoever's turn it is. A condition met meanwhile stops the run instead.

        seen_step: the one the person saw as next. Raises `Conflict` when that is not the next any more, while the
        one before has not left, and when the run is paused or over; `MissingValue` as `assign` does.
        """
        require(actor, Permission.SEND_MAIL)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            run = await _open_run(uow, run_id)
            if run.state is RunState.PAUSED:
                raise Conflict("The sequence is paused. Resume it first.")
            if run.next_at is None:
                raise Conflict(f"Step {run.step} has not left yet.")
            if run.step != seen_step:
                raise Conflict(f"Step {seen_step + 1} was sent already.")
            scene = await scene_of(uow, [run])
            if why := scene.stop_reason(run):
                await stop(uow, run.id, run.lead_id, why, actor, now)
            elif run.step < len(scene.sequence(run).steps):
                await make_step(uow, run, scene, actor, now)
            else:
                await complete(uow, run, scene, now)
            return await _existing_run(uow, run_id)

    async def waiting(self, workspace_id: str, actor: Actor, limit: int) -> tuple[int, Many[DueStep]]:
        """How many steps wait for a person, counted up to `MOST_COUNTED_STEPS`, and the few that wait longest."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            number, _ = await uow.runs.waits(MOST_COUNTED_STEPS)
            runs = await uow.runs.waiting(limit) if number else []
            return number, await due_steps(uow, [(run.id, run.step) for run in runs])

    async def due_steps(self, workspace_id: str, item_ids: Many[str]) -> Many[DueStep]:
        """The steps that notices name, as they stand now; gone ones are left out."""
        async with self._database.read(workspace_id) as uow:
            return await due_steps(uow, [read for each in item_ids if (read := read_asked(each))])

    async def step_places(self, workspace_id: str, run_id: str) -> Many[tuple[DueStep, str, str]]:
        """Every posted card of this run's steps as it should read now, with its key and channel."""
        async with self._database.read(workspace_id) as uow:
            places = await uow.posts.under(cards_of_run(run_id))
            steps = {step_of_card(key) for key in places}
            cards = {card.step: card for card in await due_steps(uow, [(run_id, step) for step in sorted(steps)])}
            found = [(cards.get(step_of_card(key)), key, channel) for key, channel in sorted(places.items())]
            return [(card, key, channel) for card, key, channel in found if card is not None]

    async def stop(self, workspace_id: str, actor: Actor, run_id: str) -> Run:
        """End it, and take back what of it waits; again changes nothing. What is on its way goes out."""
        require(actor, Permission.SEND_MAIL)
        async with self._database.begin(workspace_id) as uow:
            run = await _existing_run(uow, run_id)
            await stop(uow, run.id, run.lead_id, BY_HAND, actor, self._clock())
            return await _existing_run(uow, run_id)

    async def pause(self, workspace_id: str, actor: Actor, run_id: str) -> Run:
        """Nothing of it leaves until it is resumed; again changes nothing. Raises `Conflict` when it is over."""
        require(actor, Permission.SEND_MAIL)
        async with self._database.begin(workspace_id) as uow:
            run = await _open_run(uow, run_id)
            paused = replace(kept(run), state=RunState.PAUSED, why="")
            return await self._turn(uow, actor, run, paused, EventKind.SEQUENCE_PAUSED)

    async def resume(self, workspace_id: str, actor: Actor, run_id: str) -> Run:
        """It goes on where it stood; what fell due meanwhile is due now. Raises `Conflict` when it is over."""
        require(actor, Permission.SEND_MAIL)
        async with self._database.begin(workspace_id) as uow:
            await uow.mails.wake_run(run_id, self._clock())
            run = await _open_run(uow, run_id)
            if run.state is not RunState.PAUSED:
                return run
            return await self._turn(uow, actor, run, resumed(run), EventKind.SEQUENCE_RESUMED)

    async def resume_due(self, workspace_id: str) -> int:
        """Let the runs go on whose leads are back; how many."""
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            due = await uow.runs.due_back(now, BATCH_RUNS)
            for run in due:
                await uow.mails.wake_run(run.id, now)
            for run in due:
                if await uow.runs.move(run, resumed(run)):
                    await uow.events.add(by(CLOCK, EventKind.SEQUENCE_RESUMED, now, run.lead_id))
        return len(due)

    async def _turn(self, uow: UnitOfWork, actor: Actor, run: Run, after: Run, kind: EventKind) -> Run:
        if run.state is not after.state:
            if not await uow.runs.move(run, after):
                raise Conflict("The sequence went on meanwhile. Look again.")
            await uow.events.add(by(actor, kind, self._clock(), run.lead_id))
            return after
        return run

    async def advance_due(self, workspace_id: str) -> int:
        """Look at the runs whose next step is due, until none is, or for half a minute: stop them, make the step, or
        let a person know; how many.
        """
        looked, ends = 0, self._clock() + LONGEST_LOOK
        batch = ONE_WRITER_STEPS if self._database.has_one_writer else MANY_WRITERS_STEPS
        while (now := self._clock()) < ends:
            # Steps that a power cut took are made again; none leaves before it is on the disk, as it is begun there.
            more = await self._database.at_once(workspace_id, partial(advance, now=now, limit=batch))
            looked += more
            if more < batch:
                break
            await self._database.tidy()
        return looked


async def _existing_run(uow: UnitOfWork, run_id: str) -> Run:
    run = await uow.runs.get(run_id)
    if run is None:
        raise NotFound(GONE)
    return run


async def _open_run(uow: UnitOfWork, run_id: str) -> Run:
    run = await _existing_run(uow, run_id)
    if not run.is_open:
        raise Conflict(f"The sequence is over: {run.why}.")
    return run
