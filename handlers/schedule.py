"""Every clock job on one page. A job asks what is due, and knows nothing of who calls it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from prometheus_client import Counter, Gauge

from bot.clock import utc_now
from bot.outreach.access import CLOCK
from bot.outreach.errors import Unavailable
from handlers.announcing import announce_news, post_digests, resume_routes
from handlers.home import refresh_homes
from handlers.house import House
from handlers.intakes import fill_campaigns
from handlers.pushing import show_blocked, show_push
from handlers.starts import show_starts
from handlers.user_groups import follow_slack

log = structlog.get_logger()
GRACE_SECONDS = 8
LAST_WORDS_SECONDS = 2
Job = Callable[[House], Awaitable[object]]
RUNS = Counter("outreach_clock_runs_total", "Runs of each clock job", ["job"])
LAST_TICK = Gauge("outreach_clock_last_tick_seconds", "When the clock last ran a job, as Unix time")


async def request_audits(house: House) -> object:
    """Hand requested audits to the audit service."""
    return await house.services.audits.request_due(house.workspace.id)


async def run_audits(house: House) -> object:
    """Let the built-in auditor look at the sites that are due."""
    return await house.services.audits.run_due(house.workspace.id)


async def check_links(house: House) -> object:
    """Look at the pages that should link to us, where that is due."""
    return await house.services.link_checks.check_due(house.workspace.id)


async def forget_looks(house: House) -> object:
    """Take looks of long ago out of the log."""
    return await house.services.link_checks.forget_old(house.workspace.id)


async def send_writebacks(house: House) -> object:
    """Send the remote halves of writebacks, first tries and repeats."""
    return await house.services.writebacks.send_due(house.workspace.id)


async def apply_events(house: House) -> object:
    """Apply stored webhook deliveries."""
    return await house.services.webhooks.apply_due(house.workspace.id)


async def refresh_reports(house: House) -> object:
    """Edit 409 reports whose leads changed, fire armed pushes that are ready, expire those that are late."""
    views = await house.services.blocked.due(house.workspace.id)
    for view in views:
        await show_blocked(house, view)
        if view.fired is not None:
            await show_push(house, view.fired)
    return len(views)


async def take_up_pushes(house: House) -> object:
    """Finish pushes that a crash left open, and tell whoever asked."""
    pushes = await house.services.pushes.left_open(house.workspace.id)
    for push in pushes:
        await show_push(house, push)
    return len(pushes)


async def refresh_drafts(house: House) -> object:
    """Word the posted cards of drafts again that changed where nobody could: replaced by newer ones, or sent."""
    return await house.services.drafts.refresh(house.workspace.id)


async def hand_over_drafts(house: House) -> object:
    """Finish hand-overs of approved drafts that a crash left open."""
    drafts = await house.services.drafts.left_open(house.workspace.id)
    for draft in drafts:
        push = await house.services.drafts.push_of(house.workspace.id, draft)
        if push is not None:
            await show_push(house, push)
        await house.services.drafts.settle(house.workspace.id, draft.id)
    return len(drafts)


async def follow_draft_mails(house: House) -> object:
    """Let drafts sent directly say what became of their mails."""
    return await house.services.drafts.follow_mails(house.workspace.id)


async def take_up_answers(house: House) -> object:
    """Send answers a crash left unsent, look for those whose outcome was lost, ask a person about the rest."""
    return await house.services.answers.take_up(house.workspace.id)


async def close_campaigns(house: House) -> object:
    """End campaigns at PlusVibe for leads that replied, where the workspace wants it."""
    return await house.services.unibox_sync.close_due(house.workspace.id)


async def sync_unibox(house: House) -> object:
    """Read what is new in the Unibox, so that a lost webhook loses no reply."""
    if not house.services.unibox_sync.connected:
        return None
    try:
        return await house.services.unibox_sync.sweep(house.workspace.id)
    except Unavailable as error:
        log.warning("unibox put off", said=str(error))
        return None


async def send_mails(house: House) -> object:
    """Send the mails whose time has come."""
    return await house.services.dispatch.send_due(house.workspace.id)


async def act_on_replies(house: House) -> object:
    """Pause the sequences of whoever is out of office, and of the colleagues of whoever answered."""
    return await house.services.brakes.act_due(house.workspace.id)


async def resume_sequences(house: House) -> object:
    """Let the sequences go on whose leads are back."""
    return await house.services.runs.resume_due(house.workspace.id)


async def start_segments(house: House) -> object:
    """Take sequences that are started for a whole segment some batches on, and follow them in their messages."""
    progress = await house.services.starts.advance_due(house.workspace.id)
    await show_starts(house, progress)
    return len(progress)


async def advance_sequences(house: House) -> object:
    """Make the next steps of sequences that are due, or stop their runs."""
    return await house.services.runs.advance_due(house.workspace.id)


async def verify_addresses(house: House) -> object:
    """Look at the addresses that have no verdict yet, and at those worth another try."""
    return await house.services.validation.verify_due(house.workspace.id)


async def settle_mails(house: House) -> object:
    """Mails whose sender died in the middle: a person is asked, unless SendGrid tells first."""
    return await house.services.dispatch.settle_lost(house.workspace.id)


async def apply_mail_events(house: House) -> object:
    """Apply SendGrid's stored events."""
    return await house.services.mail_events.apply_due(house.workspace.id)


async def apply_mail_replies(house: House) -> object:
    """Apply stored mails of prospects."""
    return await house.services.mail_replies.apply_due(house.workspace.id)


async def read_mailbox(house: House) -> object:
    """Read what is new in the mailbox that prospects answer to."""
    return await house.services.mailbox.look(house.workspace.id)


async def import_leads(house: House) -> object:
    """Carry on the imports of files that people began in Slack, and those they want undone."""
    return await house.services.import_files.work_due(house.workspace.id)


async def send_confirmations(house: House) -> object:
    """Send the confirmation mails of web forms that are due."""
    return await house.services.confirming.send_due(house.workspace.id)


async def deliver_posts(house: House) -> object:
    """Put up and edit posts that are due."""
    return await house.poster.deliver_due(house.workspace.id)


async def sync_leads(house: House) -> object:
    """Read leads and campaigns from PlusVibe."""
    if not house.services.campaigns.connected:
        return None
    try:
        return await house.services.sync.run(house.workspace.id, CLOCK)
    except Unavailable as error:
        log.warning("sync put off", said=str(error))
        return None


FIRST_AFTER = timedelta(seconds=1)  # every job runs soon after the start, the sync too
JOBS: tuple[tuple[Job, float], ...] = (  # every … seconds
    (request_audits, 1),
    (run_audits, 1),
    (check_links, 2),
    (send_writebacks, 1),
    (announce_news, 1),
    (post_digests, 2),
    (apply_events, 1),
    (refresh_reports, 2),
    (take_up_pushes, 5),
    (hand_over_drafts, 5),
    (follow_draft_mails, 2),
    (refresh_drafts, 2),
    (take_up_answers, 2),
    (fill_campaigns, 1),
    (close_campaigns, 5),
    (act_on_replies, 1),
    (resume_sequences, 10),
    (verify_addresses, 1),
    (start_segments, 2),
    (advance_sequences, 2),
    (send_mails, 1),
    (settle_mails, 10),
    (send_confirmations, 1),
    (apply_mail_events, 1),
    (apply_mail_replies, 1),
    (import_leads, 1),
    (deliver_posts, 1),
    (read_mailbox, 60),
    (sync_unibox, 300),
    (refresh_homes, 5),
    (follow_slack, 30),
    (resume_routes, 300),
    (forget_looks, 600),
    (sync_leads, 900),
)


class Timetable:
    """Runs every job in time: in memory, one instance each, late ticks taken once."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._running: set[asyncio.Task[object]] = set()
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        for job, seconds in JOBS:
            self._scheduler.add_job(
                self._run,
                "interval",
                args=[job],
                seconds=seconds,
                id=job.__name__,
                max_instances=1,
                coalesce=True,
                misfire_grace_time=60,
                next_run_time=utc_now() + FIRST_AFTER,
            )

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    async def stop(self, seconds: float = GRACE_SECONDS) -> None:
        """Begin nothing new and let what runs finish; what takes longer is cancelled, and gives up its leases.

        What the last jobs left to be said is said now: the next process may be a while.
        """
        self._scheduler.pause()
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)
        self._scheduler.shutdown(wait=False)
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)
        await self._last_words()

    async def _last_words(self) -> None:
        try:
            async with asyncio.timeout(LAST_WORDS_SECONDS):
                await deliver_posts(self._house)
        except Exception as error:  # the edge of the process: whatever is wrong, the posts stay due for the next one
            log.warning("posts left due", error=type(error).__name__)

    async def _run(self, job: Job) -> None:
        RUNS.labels(job.__name__).inc()
        LAST_TICK.set_to_current_time()
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        await job(self._house)
