"""The buttons under a 409 report. Each acts, then the same messages are edited."""

from blocks import ids
from blocks.push_results import audits_skipped
from bot.outreach.errors import Invalid
from bot.outreach.reports import GROUP_ORDER
from bot.services.blocked import BlockedView
from handlers import Table
from handlers.call import Call
from handlers.pushing import show_blocked, show_push


async def push_ready(call: Call) -> None:
    """`Push the n ready`: a second, explicit act."""
    await call.ack()
    if await call.first_time():
        view, push = await call.services.blocked.push_ready(call.workspace_id, await call.actor(), call.value)
        await show_blocked(call.house, view)  # first: its buttons go
        await show_push(call.house, push)


async def recheck(call: Call) -> None:
    """`Recheck`: the report as it stands now."""
    await call.ack()
    await _show(call, await call.services.blocked.look(call.workspace_id, call.value))


async def arm(call: Call) -> None:
    """`Push when ready`."""
    await call.ack()
    await _show(call, await call.services.blocked.arm(call.workspace_id, await call.actor(), call.value))


async def cancel(call: Call) -> None:
    """Disarm."""
    await call.ack()
    await _show(call, await call.services.blocked.cancel(call.workspace_id, await call.actor(), call.value))


async def start_audits(call: Call) -> None:
    """`Start audit` or `Re-audit` for a whole group."""
    await call.ack()
    if not await call.first_time():
        return
    blocked_id, lead_ids = await _group(call)
    actor = await call.actor()
    envelope = await call.services.audits.start(call.workspace_id, actor, lead_ids)
    await call.services.audits.request_due(call.workspace_id)
    await _show(call, await call.services.blocked.look(call.workspace_id, blocked_id))
    if envelope.skipped:
        skipped = [outcome.lead_id for outcome in envelope.skipped]
        names = await call.services.pushes.titles(call.workspace_id, skipped)
        await call.tell(audits_skipped(envelope, names))


async def remove(call: Call) -> None:
    """`Remove`: these leads leave the push, not the list."""
    await call.ack()
    blocked_id, lead_ids = await _group(call)
    await _show(
        call, await call.services.blocked.leave_out(call.workspace_id, await call.actor(), blocked_id, lead_ids)
    )


async def normalise(call: Call) -> None:
    """`Normalise`: legacy statuses become Email Sent."""
    await call.ack()
    blocked_id, lead_ids = await _group(call)
    await call.services.leads.normalise(call.workspace_id, await call.actor(), lead_ids)
    await _show(call, await call.services.blocked.look(call.workspace_id, blocked_id))


async def _group(call: Call) -> tuple[str, list[str]]:
    """The report and those of its leads that are refused for the button's reason now."""
    blocked_id, _, index = call.value.partition(":")
    if not index.isdigit() or int(index) >= len(GROUP_ORDER):
        raise Invalid("This button is from an older report. Press Recheck and try again.")
    reason = GROUP_ORDER[int(index)]
    return blocked_id, await call.services.blocked.refused(call.workspace_id, blocked_id, reason)


async def _show(call: Call, view: BlockedView) -> None:
    await show_blocked(call.house, view)


TABLE = Table(
    actions={
        ids.PUSH_READY: push_ready,
        ids.RECHECK: recheck,
        ids.ARM_PUSH: arm,
        ids.CANCEL_ARMED: cancel,
        ids.REPORT_AUDIT: start_audits,
        ids.REPORT_REMOVE: remove,
        ids.REPORT_NORMALISE: normalise,
    },
)
