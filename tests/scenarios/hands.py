"""A person's eyes and hands in the scenarios: what the modal on top or a message shows, and pressing what is there."""

from typing import Any
from uuid import uuid4

from blocks import ids
from bot.outreach.leads import Lead, LeadDraft, LeadStatus
from bot.sandbox.slack.server import ANA
from tests.blocks.reading import words
from tests.world import World


def shown(world: World, user: str = ANA) -> dict[str, Any]:
    """The view on top."""
    return world.modal(user).payload


async def press(world: World, action_id: str, *, user: str = ANA, **more: Any):
    """Press or choose something in the modal on top."""
    return await world.click(action_id, user=user, view_id=world.modal(user).id, **more)


async def press_under(world: World, message, action_id: str, *, user: str = ANA, **more: Any):
    """Press a button of a message."""
    return await world.click(action_id, user=user, message=(message.channel, message.ts), **more)


def block_of(view: dict[str, Any], action_id: str) -> dict[str, Any]:
    """The block an input or button stands in."""
    for block in view["blocks"]:
        held = [block.get("element"), block.get("accessory"), *block.get("elements", [])]
        if any(isinstance(each, dict) and each.get("action_id") == action_id for each in held):
            return block
    raise AssertionError(f"nothing is called {action_id}: {words(view)}")


def rows(view: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of the list."""
    return [block for block in view["blocks"] if block.get("accessory", {}).get("action_id") == ids.ROW_MENU]


def companies(view: dict[str, Any]) -> list[str]:
    """The companies on the page, from top to bottom."""
    return [block["text"]["text"].split("*")[1] for block in rows(view)]


def row(view: dict[str, Any], company: str) -> dict[str, Any]:
    """The row of one company."""
    return next(block for block in rows(view) if f"*{company}*" in block["text"]["text"])


def menu(view: dict[str, Any], company: str) -> list[str]:
    """What the row's menu offers."""
    return [option["text"]["text"] for option in row(view, company)["accessory"]["options"]]


async def choose_in_row(world: World, company: str, verb: str, *, user: str = ANA) -> None:
    """Choose an entry of a row's menu by what its value begins with."""
    block = row(shown(world, user), company)
    value = next(
        option["value"] for option in block["accessory"]["options"] if option["value"].partition(":")[0] == verb
    )
    await press(world, ids.ROW_MENU, user=user, block_id=block["block_id"], selected=value)


async def choose(world: World, campaign=None, leads=(), *, user: str = ANA) -> None:
    """Choose a campaign and leads in the list on top, without submitting."""
    view, values = shown(world, user), {}
    if campaign is not None:
        values[block_of(view, ids.CAMPAIGN)["block_id"]] = {ids.CAMPAIGN: campaign.id}
    if leads:
        values[block_of(view, ids.SELECTION)["block_id"]] = {ids.SELECTION: [lead.id for lead in leads]}
    await world.slack.set_values(world.modal(user).id, values)


async def has_leads(world: World, number: int, *, ready: bool = False, **columns: Any) -> list[Lead]:
    """Many leads of one domain at once. ready: with the merge fields of a writeback."""
    domain = "crowd.example.com"
    drafts = [
        (
            str(uuid4()),
            LeadDraft(f"p{index}@{domain}", "Pat", f"No{index}", company_name=f"Crowd {index:04}", domain=domain),
        )
        for index in range(number)
    ]
    now = world.clock()
    async with world.database.begin(world.workspace_id) as uow:
        await uow.leads.add_many([(lead_id, draft, draft.email) for lead_id, draft in drafts], now)
        if ready:
            written = {"variables": MERGE_FIELDS, "at": now.isoformat(), "campaignId": None, "tone": "direct"}
            columns = {
                "status": LeadStatus.EMAIL_GENERATED,
                "plusvibe_lead_data": {"lastOutboundWriteback": written},
                **columns,
            }
        if columns:
            await uow.leads.change_many([(lead_id, columns) for lead_id, _ in drafts], at=now)
        return await uow.leads.get_many([lead_id for lead_id, _ in drafts])


MERGE_FIELDS = {
    "email_subject": "A word on your site",
    "email_body": "We looked at it.",
    "email_cta": "Shall we talk?",
    "custom_audit_grade": "C",
}
