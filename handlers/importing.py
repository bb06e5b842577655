"""Imports in Slack: `/leads import`, a file's message shortcut, the columns with their forecast, cancel and undo."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from blocks import ids
from blocks.errors import problem
from blocks.import_news import import_message, sum_message
from blocks.importing import (
    COLUMN_BLOCK,
    FILE_BLOCK,
    NONE,
    TITLE,
    ImportState,
    choice_key,
    form_view,
    mapping_view,
    problem_view,
)
from blocks.lead_card import loading_view
from blocks.list_state import ListState
from bot.outreach.access import Actor, Permission, require
from bot.outreach.errors import Invalid, OutreachError
from bot.outreach.import_files import ChosenFile, ImportNews, Stage, is_sheet
from bot.outreach.importing import TARGETS, Breakdown, checked_mapping
from bot.outreach.posts import WantedPost
from handlers import Table
from handlers.call import Call
from handlers.errors import noted
from handlers.posting import wanted, wanted_rejects
from handlers.push import campaign_choices

NO_FILE = "This message has no CSV file. Drop one into the channel, or choose one with `/leads import`."
NOT_A_SHEET = "That is no CSV file. Save the sheet as CSV (comma separated) and choose that file."
NOT_YET = "The forecast is still being made. Press again in a moment."
NOTHING = "Every row is left out, for the reasons above. There is nothing to import."


async def open_import(call: Call) -> None:
    """The form for a file, over the list when that is open."""
    actor = await _importer(call)
    in_list = call.view.get("callback_id") == ids.LEAD_LIST
    channel = ListState.unpacked(call.metadata).channel if in_list else call.channel
    await call.open(form_view(channel, await call.services.campaigns.all(call.workspace_id, actor)))


async def open_from_button(call: Call) -> None:
    """`Import leads`."""
    await call.ack()
    await open_import(call)


async def from_message(call: Call) -> None:
    """The shortcut in a message's menu: its file, or the form when it has several."""
    await call.ack()
    actor = await _importer(call)
    files = [
        (str(file["id"]), str(file["name"]))
        for file in (call.body.get("message") or {}).get("files") or []
        if is_sheet(str(file.get("name")), str(file.get("mimetype")))
    ]
    if not files:
        await call.tell(problem(NO_FILE))
    elif len(files) > 1:
        campaigns = await call.services.campaigns.all(call.workspace_id, actor)
        await call.open(form_view(call.channel, campaigns, files=files))
    else:
        view_id = await call.open(loading_view(TITLE, f"Reading {files[0][1]}…"))
        await _draw_columns(call, view_id, ImportState(files[0][0], call.channel), None)


async def file_chosen(call: Call) -> None:
    """The form's submit: the file is read after the answer, for ten megabytes take longer than Slack waits."""
    await _importer(call)
    file_id, name = _file(call)
    if not is_sheet(name):
        return await call.ack(response_action="errors", errors={FILE_BLOCK: NOT_A_SHEET})
    await call.ack(response_action="update", view=loading_view(TITLE, f"Reading {name}…"))
    state = ImportState(file_id, call.metadata)
    return await _draw_columns(call, str(call.view.get("id")), state, _campaign(call))


def _file(call: Call) -> tuple[str, str]:
    """Id and name of the file that was attached, or chosen among those of a message."""
    for file in call.files(ids.IMPORT_FILE):
        return str(file.get("id")), str(file.get("name"))
    option: Mapping[str, Any] = call.option(ids.IMPORT_FILE)
    text: Mapping[str, Any] = option.get("text") or {}
    return str(option.get("value")), str(text.get("text"))


def _campaign(call: Call) -> str | None:
    chosen = call.chosen(ids.IMPORT_CAMPAIGN)
    return chosen if chosen not in {"", NONE} else None


async def _draw_columns(call: Call, view_id: str, state: ImportState, campaign_id: str | None) -> None:
    """The guessed columns at once, then the forecast. A file that holds no leads says so in the same window."""
    actor = await call.actor()
    try:
        chosen = await call.services.import_files.look(actor, state.file_id)
        await _draw(call, view_id, chosen, state, chosen.sheet.mapping, campaign_id)
    except OutreachError as error:
        await call.update(problem_view(noted(error, user=call.user_id)), view_id=view_id)


async def _draw(
    call: Call,
    view_id: str,
    chosen: ChosenFile,
    state: ImportState,
    mapping: Mapping[str, int],
    campaign_id: str | None,
) -> None:
    """The window twice: while the forecast is made, and with it, unless another choice was made meanwhile."""
    state = replace(state, seen="", rows=0, gain=0)
    try:
        checked_mapping(mapping, len(chosen.sheet.header.names))
    except Invalid as error:
        await _show(call, view_id, chosen, state, mapping, campaign_id, said=str(error))
        return
    if not await _show(call, view_id, chosen, state, mapping, campaign_id):
        return
    service, actor = call.services.import_files, await call.actor()
    forecast = await service.forecast(call.workspace_id, actor, chosen, mapping, campaign_id)
    gain = forecast.added + forecast.joined
    state = replace(state, seen=choice_key(mapping, campaign_id), rows=forecast.rows, gain=gain)
    if call.is_newest_in(view_id):
        await _show(call, view_id, chosen, state, mapping, campaign_id, forecast=forecast)


async def _show(
    call: Call,
    view_id: str,
    chosen: ChosenFile,
    state: ImportState,
    mapping: Mapping[str, int],
    campaign_id: str | None,
    *,
    forecast: Breakdown | None = None,
    said: str = "",
) -> bool:
    preview = call.services.import_files.preview(chosen, mapping) if "email" in mapping else []
    campaigns = await call.services.campaigns.all(call.workspace_id, await call.actor())
    view = mapping_view(
        chosen, state, mapping, preview, campaigns, campaign_id=campaign_id, forecast=forecast, problem=said
    )
    return await call.update(view, view_id=view_id)


async def choice_changed(call: Call) -> None:
    """Another column or campaign: everything is looked at anew."""
    await call.ack()
    if not call.is_newest():
        return
    state = ImportState.unpacked(call.metadata)
    chosen = await call.services.import_files.look(await call.actor(), state.file_id)
    await _draw(call, str(call.view.get("id")), chosen, state, _mapping(call), _campaign(call))


def _mapping(call: Call) -> dict[str, int]:
    chosen = {target: call.chosen(f"{ids.IMPORT_COLUMN}|{target}") for target in TARGETS}
    return {target: int(at) for target, at in chosen.items() if at.isdigit()}


async def submitted(call: Call) -> None:
    """`Import n leads`: what the forecast was made for, and nothing else."""
    await _importer(call)
    state, mapping, campaign_id = ImportState.unpacked(call.metadata), _mapping(call), _campaign(call)
    if refusal := _refusal(state, mapping, campaign_id):
        return await call.ack(response_action="errors", errors={f"{COLUMN_BLOCK}:email": refusal})
    await call.ack(response_action="clear")
    if not await call.first_time():
        return None
    import_id = await call.services.import_files.start(
        call.workspace_id,
        await call.actor(),
        state.file_id,
        mapping,
        campaign_id,
        channel=state.channel or await call.post_channel(),
        total=state.rows,
    )
    return await call.house.poster.put_up(call.workspace_id, [_key(import_id)])


def _refusal(state: ImportState, mapping: Mapping[str, int], campaign_id: str | None) -> str:
    if "email" not in mapping:
        return "Choose the column that holds the email address."
    if state.seen != choice_key(mapping, campaign_id):
        return NOT_YET
    return "" if state.gain else NOTHING


async def cancel(call: Call) -> None:
    """`Cancel` on the message."""
    await _turn(call, call.services.import_files.cancel)


async def undo(call: Call) -> None:
    """`Undo import` on the message."""
    await _turn(call, call.services.import_files.undo)


async def _turn(call: Call, act: Any) -> None:
    await call.ack()
    if not await call.first_time():
        return
    try:
        await act(call.workspace_id, await call.actor(), call.value)
    finally:
        await call.house.poster.put_up(call.workspace_id, [_key(call.value)])


async def _importer(call: Call) -> Actor:
    """Whoever acts, when they may import."""
    actor = await call.actor()
    require(actor, Permission.IMPORT_LEADS)
    return actor


def _key(import_id: str) -> str:
    return f"import:{import_id}"


def import_posts(news: ImportNews) -> Sequence[WantedPost]:
    """The message of an import; once it is over, the sum of it and the rows left out in its thread."""
    key, channel = _key(news.one.id), news.file.channel
    posts = [wanted(key, channel, import_message(news), tell=news.one.author)]
    if news.stage in {Stage.DONE, Stage.CANCELLED, Stage.STOPPED}:
        posts.append(wanted(f"{key}:sum", channel, sum_message(news), parent_key=key))
        if news.one.breakdown.rejects:
            posts.append(wanted_rejects(f"{key}:rejects", channel, news.one.name, news.one.id, parent_key=key))
    return posts


TABLE = Table(
    shortcuts={ids.IMPORT_MESSAGE: from_message},
    actions={
        ids.IMPORT_OPEN: open_from_button,
        ids.IMPORT_COLUMN: choice_changed,
        ids.IMPORT_CAMPAIGN: choice_changed,
        ids.IMPORT_CANCEL: cancel,
        ids.IMPORT_UNDO: undo,
    },
    views={ids.IMPORT_FORM: file_chosen, ids.IMPORT_MAPPING: submitted},
    options={ids.IMPORT_CAMPAIGN: campaign_choices},
)
