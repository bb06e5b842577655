"""`/outreach templates`: written, tried on a real lead, copied, deleted."""

from typing import Any

from blocks import ids
from blocks.lead_card import problem_view
from blocks.mail_templates import (
    NAMED_BLOCK,
    html_message,
    named_line,
    remove_view,
    template_form,
    template_preview,
    templates_view,
)
from bot.outreach.access import Permission, refusal
from bot.outreach.mail_templates import MailTemplate
from bot.services.templates import Tried
from handlers import Table
from handlers.call import Call
from handlers.modals import agreed, redraw_beneath, submitted
from handlers.posting import wanted, wanted_file
from handlers.push import lead_choices

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


async def typing(call: Call) -> None:
    """Each pause in typing: the placeholders in the words so far. The boxes keep what is being typed."""
    await call.ack()
    texts = (call.field("name"), call.field("subject"), call.field("body"))
    shown = [block["text"]["text"] for block in call.view.get("blocks") or [] if block.get("block_id") == NAMED_BLOCK]
    if shown == [named_line(texts[1], texts[2])] or not call.is_newest():
        return
    template_id, seen = str(call.kept.get("id") or ""), int(call.kept.get("seen") or 0)
    opened = MailTemplate(template_id, *texts, revision=seen) if template_id else None
    await call.update(template_form(opened, typed=texts), racing=False)


async def row_menu(call: Call) -> None:
    """A row's menu."""
    await call.ack()
    verb, _, template_id = call.value.partition(":")
    actor = await call.actor()
    service = call.services.templates
    if verb == "preview":
        await call.open(_preview(await _tried(call, template_id)))
    elif verb == "edit":
        await call.open(template_form(await service.get(call.workspace_id, actor, template_id)))
    elif verb == "copy" and await call.first_time():
        copied = await service.copy(call.workspace_id, actor, template_id)
        await call.update(await _list(call, f"Copied as {copied.name}."), racing=False)
    elif verb == "delete":
        await call.open(remove_view(await service.get(call.workspace_id, actor, template_id)))


async def _tried(call: Call, template_id: str, lead_id: str = "") -> Tried | None:
    return await call.services.templates.tried(call.workspace_id, await call.actor(), template_id, lead_id)


def _preview(tried: Tried | None, notice: str = "") -> dict[str, Any]:
    if tried is None:
        return problem_view("Preview", NOBODY)
    return template_preview(tried.template, tried.lead, tried.result, tried.problem, page=tried.page, notice=notice)


async def try_on(call: Call) -> None:
    """Another lead in the preview."""
    await call.ack()
    await call.update(_preview(await _tried(call, str(call.kept["id"]), call.value)), racing=False)


async def as_html(call: Call) -> None:
    """`Send me the HTML`: the mail as a file, in the person's direct messages."""
    await call.ack()
    tried = await _tried(call, str(call.kept["id"]), call.value)
    if tried is None or not tried.html or not await call.first_time():
        return
    key, poster = f"preview:{call.key}", call.house.poster
    await poster.show(call.workspace_id, [wanted(key, call.user_id, html_message(tried.template, tried.lead))])
    file = wanted_file(f"{key}:file", call.user_id, "preview.html", tried.html, parent_key=key)
    await poster.show(call.workspace_id, [file])
    await call.update(_preview(tried, "The HTML is in your direct messages with me."), racing=False)


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
    actions={
        ids.TEMPLATE_NEW: write,
        ids.TEMPLATE_TYPED: typing,
        ids.TEMPLATE_MENU: row_menu,
        ids.TEMPLATE_LEAD: try_on,
        ids.TEMPLATE_HTML: as_html,
    },
    options={ids.TEMPLATE_LEAD: lead_choices},
    views={ids.TEMPLATE_FORM: saved, ids.TEMPLATE_REMOVE: removed},
)
