"""`/outreach sites`: whom mail comes from, and what each may still send today."""

from datetime import time
from typing import Any

from blocks import ids
from blocks.sites import site_form, sites_view
from bot.outreach.access import Permission, refusal
from bot.outreach.errors import Invalid, NotFound
from bot.outreach.sites import Site
from handlers import Table
from handlers.call import Call
from handlers.modals import redraw_beneath, submitted


async def open_sites(call: Call) -> None:
    """The list in a fresh modal."""
    await call.open(await _list(call))


async def _list(call: Call) -> dict[str, Any]:
    actor, service = await call.actor(), call.services.sites
    budgets = await service.budgets(call.workspace_id, actor)
    return sites_view(budgets, refused=refusal(actor, Permission.SET_SITES), connected=service.connected)


async def add(call: Call) -> None:
    """`New site`."""
    await call.ack()
    await call.open(site_form(None))


async def edit(call: Call) -> None:
    """One site's form."""
    await call.ack()
    budgets = await call.services.sites.budgets(call.workspace_id, await call.actor())
    site = next((budget.site for budget in budgets if budget.site.id == call.value), None)
    if site is None:
        raise NotFound("This site is not here any more.")
    await call.open(site_form(site))


async def saved(call: Call) -> None:
    """The form: an error stands beside its box."""
    if await submitted(call, _save(call), "name"):
        await redraw_beneath(call, _list)


async def _save(call: Call) -> Site:
    return await call.services.sites.save(call.workspace_id, await call.actor(), _typed(call))


def _typed(call: Call) -> Site:
    """The site as typed. Raises `Invalid` for a cap that is no number and for half of the quiet hours."""
    cap = call.field("daily_cap").strip()
    if not cap.isascii() or not cap.isdigit() or len(cap) > 6:
        raise Invalid("Write the daily cap as a number.", field="daily_cap")
    quiet_from, quiet_to = _time(call, "quiet_from"), _time(call, "quiet_to")
    if (quiet_from is None) != (quiet_to is None):
        missing = "quiet_from" if quiet_from is None else "quiet_to"
        raise Invalid("Set both ends of the quiet hours, or neither.", field=missing)
    names = ("name", "from_email", "from_name", "address", "timezone", "reply_domain")
    texts = {name: call.field(name).strip() for name in names}
    return Site(
        str(call.kept.get("id") or ""),
        **texts,
        daily_cap=int(cap),
        quiet_from=quiet_from or time(0),
        quiet_to=quiet_to or time(0),
    )


def _time(call: Call, block: str) -> time | None:
    chosen = call.picked(block)
    return time.fromisoformat(chosen) if chosen else None


TABLE = Table(actions={ids.SITE_NEW: add, ids.SITE_EDIT: edit}, views={ids.SITE_FORM: saved})
