"""What every road to a push shares: the second look, the refusal as a threaded report, progress and result."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace

from blocks.message import Message
from blocks.push import CAMPAIGN_BLOCK, LEADS_BLOCK, push_confirm_view
from blocks.push_report import armed_news, blocked_headline, blocked_report, report_needs_csv
from blocks.push_results import progress, pushed
from bot.outreach.errors import Invalid, NotFound, Unavailable
from bot.outreach.leads import LeadStatus
from bot.outreach.posts import WantedPost
from bot.outreach.pushes import Origin, Push, PushResult
from bot.outreach.readiness import NotReady
from bot.outreach.reports import report_csv
from bot.services.blocked import BlockedView
from bot.services.once import Selection
from bot.services.pushes import Checked
from handlers.call import Call
from handlers.errors import report
from handlers.house import House
from handlers.names import name_of
from handlers.posting import wanted, wanted_file


async def submit_push(
    call: Call,
    campaign_id: str,
    lead_ids: Sequence[str],
    channel: str,
    *,
    campaign_block: str = CAMPAIGN_BLOCK,
    leads_block: str = LEADS_BLOCK,
) -> None:
    """A push asked for in a modal: mistakes stay in it, a second look is shown in it, anything else closes it."""
    if not campaign_id:
        await call.ack(response_action="errors", errors={campaign_block: "Choose a campaign first."})
        return
    actor = await call.actor()
    try:
        checked = await call.services.pushes.check(call.workspace_id, actor, campaign_id, lead_ids)
    except (NotFound, Invalid) as error:
        await call.ack(response_action="errors", errors={leads_block: str(error)[:300]})
        return
    selection = Selection(campaign_id, tuple(lead_ids), channel)
    if needs_second_look(checked):
        await call.ack(response_action="push", view=await second_look(call, checked, selection))
        return
    await call.ack(response_action="clear")
    await push(call, selection)


def needs_second_look(checked: Checked) -> bool:
    """Whether somebody would be written to again, a field would stay blank, or an address is not checked yet."""
    asks = bool(checked.blank) or checked.unchecked > 0 or any(_again(checked))
    return checked.report.may_push and asks


def _again(checked: Checked) -> tuple[int, int]:
    statuses = [lead.status for lead in checked.report.ready]
    return statuses.count(LeadStatus.REPLIED), statuses.count(LeadStatus.CONVERTED)


async def second_look(call: Call, checked: Checked, selection: Selection) -> dict[str, object]:
    """The confirm modal. The selection is kept with us: a view has no room for thousands of ids."""
    replied, converted = _again(checked)
    token = await call.services.once.keep(call.workspace_id, call.user_id, selection)
    return push_confirm_view(
        checked.campaign,
        len(checked.report.ready),
        replied,
        converted,
        token,
        blank=checked.blank,
        unchecked=checked.unchecked,
    )


async def push(call: Call, selection: Selection, *, key: str = "") -> None:
    """Push a selection for a person: the result, or the refusal with its report, goes to the channel.

    key: names the push when the same one may be asked for by several clicks.
    """
    if not await call.first_time():
        return
    channel = selection.channel or await call.post_channel()
    actor = await call.actor()
    key = key or f"slack:{call.key}"
    try:
        started = await call.services.pushes.start(
            call.workspace_id, actor, selection.campaign_id, selection.lead_ids, Origin(channel), key
        )
    except NotReady:
        view = await call.services.blocked.block(
            call.workspace_id, actor, selection.campaign_id, selection.lead_ids, channel, key
        )
        await show_blocked(call.house, view)
        return
    await show_push(call.house, started)


async def push_one(call: Call, campaign_id: str, lead_id: str, channel: str) -> str:
    """Push one lead from its card; what to write on the card. A refusal is posted like any other, too."""
    if not campaign_id:
        raise Invalid("Select a campaign first.", field="campaign")
    actor = await call.actor()
    checked = await call.services.pushes.check(call.workspace_id, actor, campaign_id, [lead_id])
    if needs_second_look(checked):
        await call.open(await second_look(call, checked, Selection(campaign_id, (lead_id,), channel)))
        return ""
    channel = channel or await call.post_channel()
    try:
        started = await call.services.pushes.start(
            call.workspace_id, actor, campaign_id, [lead_id], Origin(channel), f"slack:{call.key}"
        )
    except NotReady as error:
        view = await call.services.blocked.block(
            call.workspace_id, actor, campaign_id, [lead_id], channel, f"slack:{call.key}"
        )
        await show_blocked(call.house, view)
        refusal = next(iter((*error.report.not_ready, *error.report.unreachable)))
        return f"Push blocked (409): {refusal.reason}."
    await show_push(call.house, started)
    result = await call.services.pushes.result(call.workspace_id, started.id)
    return (await _result_message(call.house, started, result)).words


async def show_push(house: House, started: Push) -> None:
    """Carry a push out and keep one message in its channel up to date, from progress to result."""
    last: PushResult | None = None
    async with aclosing(house.services.pushes.run(house.workspace.id, started.id)) as results:
        async for result in results:
            last = result
            if result.waiting and started.origin.channel:
                campaign = await house.services.pushes.campaign(house.workspace.id, started.campaign_id)
                post = wanted(f"push:{started.id}", started.origin.channel, progress(campaign, result))
                await house.poster.show(house.workspace.id, [post])
    if last is not None:
        await show_result(house, started, last)


async def show_result(house: House, push: Push, result: PushResult) -> None:
    """The push's message as its outcome stands; once every lead has one, the push counts as reported."""
    if result.push.problem:
        report(Unavailable(result.push.problem), result.reference, push=push.id)
    if push.origin.channel:
        message = await _result_message(house, push, result)
        post = wanted(f"push:{push.id}", push.origin.channel, message, tell=_person(push.author))
        await house.poster.show(house.workspace.id, [post])
    if not result.waiting:
        await house.services.pushes.reported(house.workspace.id, push.id)


async def _result_message(house: House, push: Push, result: PushResult) -> Message:
    campaign = await house.services.pushes.campaign(house.workspace.id, push.campaign_id)
    named = [outcome.lead_id for outcome in (*result.skipped, *result.failed)][:200]
    names = await house.services.pushes.titles(house.workspace.id, named)
    author = await name_of(house, _person(push.author))
    return pushed(campaign, result, author, names)


def _person(actor_id: str) -> str:
    return actor_id if actor_id[:1] in {"U", "W"} else ""


async def show_blocked(house: House, view: BlockedView) -> None:
    """Put up or edit what the service wants shown of a refused push."""
    await house.poster.put_up(house.workspace.id, [post.key for post in blocked_posts(view)])


def blocked_posts(view: BlockedView) -> list[WantedPost]:
    """A refused push as it stands: the headline in the channel, the report and, when long, a CSV in its thread."""
    names, asked_by, armed_by = view.names, view.blocked.author, view.blocked.armed_by
    blocked = replace(view.blocked, author=names.get(asked_by, asked_by), armed_by=names.get(armed_by, armed_by))
    report, campaign = view.report, view.campaign
    head, tell = f"blocked:{blocked.id}", _person(view.blocked.author)
    posts = [
        wanted(head, blocked.channel, blocked_headline(blocked, report, campaign), tell=tell),
        wanted(
            f"{head}:report", blocked.channel, blocked_report(blocked, report, campaign, view.gone), parent_key=head
        ),
    ]
    if news := armed_news(blocked, campaign):
        key = f"{head}:{blocked.armed}:{blocked.expires_at}"  # armed again, there is news again
        posts.append(wanted(key, blocked.channel, news, parent_key=head))
    if report_needs_csv(report):
        posts.append(
            wanted_file(
                f"{head}:csv", blocked.channel, f"not-ready-{blocked.id[:8]}.csv", report_csv(report), parent_key=head
            )
        )
    return posts
