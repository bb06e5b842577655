"""`/outreach forms`: made, changed, retired, and the code for the page."""

from functools import partial
from typing import Any

from blocks import ids
from blocks.forms import code_view, form_form, forms_view, retire_view
from bot.outreach.access import Permission, refusal
from bot.outreach.forms import WebForm
from handlers import Table
from handlers.call import Call
from handlers.modals import agreed, redraw_beneath, submitted


async def open_forms(call: Call) -> None:
    """The list in a fresh modal."""
    await call.open(await _list(call))


async def _list(call: Call, notice: str = "") -> dict[str, Any]:
    actor, service = await call.actor(), call.services.forms
    board = await service.board(call.workspace_id, actor)
    refused = refusal(actor, Permission.SET_FORMS)
    return forms_view(board.forms, refused=refused, connected=service.connected, notice=notice)


async def add(call: Call) -> None:
    """`New form`."""
    await call.ack()
    board = await call.services.forms.board(call.workspace_id, await call.actor())
    await call.open(form_form(None, board.sites))


async def row_menu(call: Call) -> None:
    """A row's menu."""
    await call.ack()
    verb, _, form_id = call.value.partition(":")
    actor, service = await call.actor(), call.services.forms
    form = await service.get(call.workspace_id, actor, form_id)
    if verb == "code":
        await call.open(code_view(form, call.house.base_url))
    elif verb == "edit":
        await call.open(form_form(form, (await service.board(call.workspace_id, actor)).sites))
    elif verb == "retire":
        await call.open(retire_view(form))
    elif verb == "revive":
        await service.retire(call.workspace_id, actor, form_id, back=True)
        await call.update(await _list(call, f"{form.name} takes submissions again."), racing=False)


async def saved(call: Call) -> None:
    """The form: an error stands beside its box."""
    saving = call.services.forms.save(call.workspace_id, await call.actor(), _typed(call))
    if form := await submitted(call, saving, partial(_box, call)):
        await redraw_beneath(call, _list, f"Saved {form.name}.")


def _box(call: Call, field: str) -> str:
    """The block of what is wrong: a form without a site to choose has no box for it."""
    if field == "site" and not call.shows(ids.FORM_SITE):
        return "double_opt_in"
    return field or "name"


def _typed(call: Call) -> WebForm:
    return WebForm(
        id=str(call.kept.get("id") or ""),
        key="",
        name=call.field("name"),
        fields=tuple(call.chosen_many(ids.FORM_FIELDS)),
        wording=call.field("wording").strip(),
        double_opt_in=call.chosen(ids.FORM_OPT_IN) != "off",
        site_id=call.chosen(ids.FORM_SITE),
        origins=tuple(call.field("origins").split()),
        thank_you_url=call.field("thank_you_url").strip(),
    )


async def retired(call: Call) -> None:
    """The second look said yes."""
    form_id = str(call.kept.get("id"))
    retiring = call.services.forms.retire(call.workspace_id, await call.actor(), form_id)
    if form := await agreed(call, retiring, "Retire form"):
        await redraw_beneath(call, _list, f"Retired {form.name}.")


TABLE = Table(
    actions={ids.FORM_NEW: add, ids.FORM_MENU: row_menu},
    views={ids.FORM_FORM: saved, ids.FORM_RETIRE: retired},
)
