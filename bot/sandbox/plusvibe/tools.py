"""Switches for the page of the local workspace: what happens at PlusVibe, without going to its own page."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Depends

from bot.sandbox.plusvibe import happenings, prospects
from bot.sandbox.plusvibe.world import PlusVibeWorld, StoredLead
from bot.sandbox.slack.guard import only_from_here

MAILS_AT_ONCE = 50
_Tool = Callable[[], Awaitable[dict[str, str]]]


def tools_router(world: PlusVibeWorld) -> APIRouter:
    """`POST …/send`, `…/reply` and `…/down`; each answers with a `message` for the person who pressed."""
    router = APIRouter(prefix="/plusvibe/tools", include_in_schema=False, dependencies=[Depends(only_from_here)])

    async def send() -> dict[str, str]:
        """The first e-mail to everybody who waits for one."""
        waiting = _in(world, "NOT_CONTACTED")[:MAILS_AT_ONCE]
        for lead in waiting:
            await happenings.send_email(world, lead)
        mails = "1 e-mail" if len(waiting) == 1 else f"{len(waiting)} e-mails"
        return _said(f"PlusVibe sent {mails}." if waiting else "Nobody waits for a first e-mail: push some leads.")

    async def reply() -> dict[str, str]:
        """One answer, from whoever was written to last."""
        written = _in(world, "CONTACTED") or _in(world, "COMPLETED")
        if not written:
            return _said("Nobody was written to yet.")
        said = await prospects.answer(world, written[0])
        return _said(f"{written[0].email} replied, {said}.")

    async def down() -> dict[str, str]:
        """Off or on again."""
        world.down = not world.down
        return _said("PlusVibe is down: every call answers 503." if world.down else "PlusVibe is up again.")

    tools: dict[str, _Tool] = {"send": send, "reply": reply, "down": down}
    for name, tool in tools.items():
        router.add_api_route(f"/{name}", tool, methods=["POST"], response_model=None)
    return router


def _in(world: PlusVibeWorld, status: str) -> list[StoredLead]:
    """Leads with this status, the latest touched first."""
    found = [lead for lead in world.leads.values() if lead.status == status]
    return sorted(found, key=lambda lead: lead.modified_at, reverse=True)


def _said(message: str) -> dict[str, str]:
    return {"message": message}
