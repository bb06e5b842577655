"""`/outreach roles`: read by everybody, changed by owners."""

from collections.abc import Awaitable

from blocks import ids
from blocks.message import Block, Message, esc, section
from blocks.roles import (
    default_form,
    grants_form,
    grants_of,
    group_form,
    group_options,
    role_form,
    role_of,
    roles_view,
)
from bot.outreach.access import Permission, refusal, require
from handlers import Table
from handlers.call import Call
from handlers.modals import redraw_beneath, submitted
from handlers.user_groups import people_of, user_group, user_groups


async def open_roles(call: Call) -> None:
    """People and what gives roles, in a fresh modal."""
    await call.open(await _board(call))


async def _board(call: Call, after: str = "", notice: str = "") -> Block:
    actor, member = await call.actor(), await call.member()
    board = await call.services.roles.board(call.workspace_id, actor, after)
    refused = refusal(actor, Permission.MANAGE_ROLES)
    return roles_view(board, refused=refused, notice=notice, timezone=member.timezone)


async def turned(call: Call) -> None:
    """Another page of people."""
    await call.ack()
    await call.update(await _board(call, call.value), racing=False)


async def change(call: Call) -> None:
    """`Change role` of one person."""
    await call.ack()
    await _open_role(call, call.value)


async def change_anybody(call: Call) -> None:
    """The same for somebody chosen among all of the workspace, perhaps never seen here."""
    await call.ack()
    require(await call.actor(), Permission.MANAGE_ROLES)
    user_id = str(call.action.get("selected_user") or "")
    await call.know(user_id)
    await _open_role(call, user_id)


async def _open_role(call: Call, user_id: str) -> None:
    each, otherwise = await call.services.roles.of(call.workspace_id, await call.actor(), user_id)
    await call.open(role_form(each, otherwise, is_you=user_id == call.user_id))


async def open_grants(call: Call) -> None:
    """`Grants` of one person."""
    await call.ack()
    each, _ = await call.services.roles.of(call.workspace_id, await call.actor(), call.value)
    await call.open(grants_form(each))


async def open_default(call: Call) -> None:
    """`Default role`."""
    await call.ack()
    await call.open(default_form(await call.services.roles.default(call.workspace_id, await call.actor())))


async def open_group(call: Call) -> None:
    """`Add group`."""
    await call.ack()
    require(await call.actor(), Permission.MANAGE_ROLES)
    await call.open(group_form())


async def offer_groups(call: Call) -> None:
    """The workspace's user groups, by what was typed."""
    require(await call.actor(), Permission.MANAGE_ROLES)
    typed = str(call.body.get("value") or "")
    await call.ack(options=group_options(await user_groups(call.house), typed))


async def role_saved(call: Call) -> None:
    """A role by hand, or none any more."""
    role = role_of(call.chosen(ids.ROLE_CHOICE))
    changing = call.services.roles.set_role(call.workspace_id, await call.actor(), _user(call), role)
    await _saved(call, "role", changing)


async def grants_saved(call: Call) -> None:
    """What one person may on top of their role."""
    grants = grants_of(call.chosen_many(ids.GRANTS_CHOICE))
    changing = call.services.roles.set_grants(call.workspace_id, await call.actor(), _user(call), grants)
    await _saved(call, "grants", changing)


async def default_saved(call: Call) -> None:
    """What everybody is whom nothing else makes anything."""
    role = role_of(call.chosen(ids.ROLE_CHOICE))
    if role is None:
        return await call.ack(response_action="errors", errors={"role": "Choose a role."})
    changing = call.services.roles.set_default(call.workspace_id, await call.actor(), role)
    return await _saved(call, "role", changing)


async def _saved(call: Call, field: str, changing: Awaitable[str]) -> None:
    """An error stands beside its box; else the list beneath says what came of it."""
    if notice := await submitted(call, changing, field):
        await _show(call, notice)


async def group_saved(call: Call) -> None:
    """A group gives its people a role. Slack is asked who they are, so the modal is answered first."""
    role, group_id = role_of(call.chosen(ids.ROLE_CHOICE)), call.chosen(ids.ROLE_GROUP)
    if role is None or not group_id:
        missing = "group" if not group_id else "role"
        return await call.ack(response_action="errors", errors={missing: f"Choose a {missing}."})
    await call.ack()
    actor = await call.actor()
    require(actor, Permission.MANAGE_ROLES)
    group = await user_group(call.house, group_id, role)
    people = await people_of(call.house, group_id)
    return await _show(call, await call.services.roles.put_group(call.workspace_id, actor, group, people))


async def group_removed(call: Call) -> None:
    """`Remove group`."""
    await call.ack()
    notice = await call.services.roles.remove_group(call.workspace_id, await call.actor(), call.value)
    await call.update(await _board(call, notice=notice), racing=False)


async def _show(call: Call, notice: str) -> None:
    if call.under:
        await redraw_beneath(call, _board, notice=notice)
    else:
        await call.tell(Message(notice, [section(esc(notice))]))


def _user(call: Call) -> str:
    return str(call.kept.get("user") or "")


TABLE = Table(
    actions={
        ids.ROLES_FIRST: turned,
        ids.ROLES_NEXT: turned,
        ids.ROLE_OF: change_anybody,
        ids.ROLE_CHANGE: change,
        ids.ROLE_GRANTS: open_grants,
        ids.ROLE_DEFAULT: open_default,
        ids.ROLE_GROUP_ADD: open_group,
        ids.ROLE_GROUP_REMOVE: group_removed,
    },
    views={
        ids.ROLE_FORM: role_saved,
        ids.GRANTS_FORM: grants_saved,
        ids.DEFAULT_ROLE_FORM: default_saved,
        ids.ROLE_GROUP_FORM: group_saved,
    },
    options={ids.ROLE_GROUP: offer_groups},
)
