"""`/outreach templates`: written, tried on a real lead, copied, deleted."""

from typing import Any

from blocks import ids
from blocks.lead_card import problem_view
from blocks.mail_templates import remove_view, template_form, template_preview, templates_view
from bot.outreach.access import Permission, refusal
from handlers import Table
from handlers.call import Call
from handlers.modals import agreed, redraw_beneath, submitted

NOBODY = "There is no lead to try it on. `/leads add` adds one."


async def open_templates(call: Call) -> None:
    """The list in a fresh modal."""
    await call.open(await _list(call))


async def _list(call: Call, notice: str = "") -> dict[str, Any]:
    actor = await call.actor()
    templates = await call.services.templates.all(call.workspace_id, actor)
    return templates_view(templates, refused=refusal(actor, Permission.EDIT_TEMPLATES), notice=notice)


async def write(call: Call) -> None:
    """`New template`."""
    await call.ack()
    await call.open(template_form(None))


async def row_menu(call: Call) -> None:
    """A row's menu."""
    await call.ack()
    verb, _, template_id = call.value.partition(":")
    actor = await call.actor()
    service = call.services.templates
    if verb == "preview":
        await call.open(await _preview(call, template_id))
    elif verb == "edit":
        await call.open(template_form(await service.get(call.workspace_id, actor, template_id)))
    elif verb == "copy" and await call.first_time():
        copied = await service.copy(call.workspace_id, actor, template_id)
        await call.update(await _list(call, f"Copied as {copied.name}."), racing=False)
    elif verb == "delete":
        await call.open(remove_view(await service.get(call.workspace_id, actor, template_id)))


async def _preview(call: Call, template_id: str) -> dict[str, Any]:
    tried = await call.services.templates.tried(call.workspace_id, await call.actor(), template_id)
    if tried is None:
        return problem_view("Preview", NOBODY)
    return template_preview(tried.template, tried.lead, tried.result, tried.problem)


async def saved(call: Call) -> None:
    """The form: an error stands beside its box, what was typed stays."""
    kept = call.kept
    texts = (call.field("name"), call.field("subject"), call.field("body"))
    saving = call.services.templates.save(
        call.workspace_id, await call.actor(), texts, str(kept.get("id") or ""), int(kept.get("seen") or 0)
    )
    if template := await submitted(call, saving, "body"):
        await redraw_beneath(call, _list, f"Saved {template.name}.")


async def removed(call: Call) -> None:
    """The second look said yes."""
    template_id = str(call.kept.get("id"))
    removing = call.services.templates.remove(call.workspace_id, await call.actor(), template_id)
    if template := await agreed(call, removing, "Delete template"):
        await redraw_beneath(call, _list, f"Deleted {template.name}.")


TABLE = Table(
    actions={ids.TEMPLATE_NEW: write, ids.TEMPLATE_MENU: row_menu},
    views={ids.TEMPLATE_FORM: saved, ids.TEMPLATE_REMOVE: removed},
)
