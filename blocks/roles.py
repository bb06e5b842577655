"""Roles: who has which and why, what gives roles, and the forms behind them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from blocks import ids
from blocks.elements import MOST_OPTIONS, Block, refused_line
from blocks.message import (
    actions,
    bold,
    button,
    confirmation,
    context,
    count,
    divider,
    esc,
    field_input,
    modal,
    option,
    plain,
    section,
    select,
    when,
)
from bot.outreach.access import Permission, Role
from bot.outreach.members import Member
from bot.outreach.role_board import Ranked, RoleBoard
from bot.outreach.roles import DEFAULTS, GRANTABLE, RoleGroup, Source, Standing

BY_SLACK = "slack"
MEANINGS = {
    Role.VIEWER: "viewer: reads",
    Role.EDITOR: "editor: edits and drafts, answers prospects",
    Role.ADMIN: "admin: approves, pushes, sends, imports",
    Role.OWNER: "owner: manages roles",
}
NO_GROUPS = (
    "*No user group gives a role.* With one, its people in Slack get a role here and lose it when they leave it."
)


def role_name(role: Role) -> str:
    """`editor`."""
    return role.name.lower()


def roles_view(board: RoleBoard, *, refused: str = "", notice: str = "", timezone: str = "UTC") -> Block:
    """People and what gives roles. refused: why nothing can be changed. notice: what the last act came to."""
    may_manage = not refused
    blocks = [section(esc(notice, 500))] if notice.strip() else []
    if board.is_first:
        blocks += _top(board, may_manage=may_manage)
    blocks += [block for each in board.page for block in _person(each, may_manage=may_manage)]
    if not board.page:
        blocks.append(section("*Nobody here.* Choose somebody above, or press *First page*."))
    blocks += _paging(board)
    if board.is_first:
        blocks += [divider(), *_groups(board, may_manage=may_manage, timezone=timezone)]
    return modal(ids.ROLES, "Roles", [*blocks, *refused_line(refused)])


def _top(board: RoleBoard, *, may_manage: bool) -> list[Block]:
    you = f"You: *{role_name(board.you.standing.role)}*, {esc(_source(board.you.standing), 120)}. " if board.you else ""
    meanings = " · ".join(MEANINGS.values())
    blocks = [section(f"{you}Everybody else: *{role_name(board.default)}*"), context(meanings)]
    if may_manage:
        anybody: Block = {
            "type": "users_select",
            "action_id": ids.ROLE_OF,
            "placeholder": {"type": "plain_text", "text": "Somebody else"},
        }
        buttons = (button("Default role", ids.ROLE_DEFAULT), button("Add group", ids.ROLE_GROUP_ADD))
        blocks += actions(anybody, *buttons)
    return [*blocks, divider()]


def _person(each: Ranked, *, may_manage: bool) -> list[Block]:
    member = each.member
    blocks = [section(f"{_name(member)} · {role_name(each.standing.role)}\n{_reasons(each)}")]
    is_fixed = each.standing.source is Source.PRIMARY
    if may_manage:
        blocks += actions(
            None if is_fixed else button("Change role", ids.ROLE_CHANGE, member.user_id),
            None if each.standing.role is Role.OWNER else button("Grants", ids.ROLE_GRANTS, member.user_id),
            block_id=f"role:{member.user_id}",
        )
    return blocks


def _reasons(each: Ranked) -> str:
    granted = ", ".join(permission.value for permission in each.member.grants)
    return f"{esc(_source(each.standing), 120)}{f' · may also {granted}' if granted else ''}"


def _name(member: Member) -> str:
    return bold(member.name, 80) or "*somebody*"


def _source(standing: Standing) -> str:
    """Outside text as it is."""
    if standing.group is not None:
        return f"from the group {standing.group.name.strip() or 'without a name'}"
    return _SOURCES[standing.source]


_SOURCES = {
    Source.PRIMARY: "as the primary owner in Slack",
    Source.ACCOUNT: "from the Slack account",
    Source.HAND: "set by hand",
    Source.DEFAULT: "by default",
}


def _paging(board: RoleBoard) -> list[Block]:
    return actions(
        None if board.is_first else button("First page", ids.ROLES_FIRST),
        button("Next page", ids.ROLES_NEXT, board.next_after) if board.next_after else None,
    )


def _groups(board: RoleBoard, *, may_manage: bool, timezone: str) -> list[Block]:
    if not board.groups:
        return [section(NO_GROUPS)]
    return [_group(group, board.people.get(group.id, 0), may_manage, timezone) for group in board.groups]


def _group(group: RoleGroup, people: int, may_manage: bool, timezone: str) -> Block:
    name, role = bold(group.name, 80) or "*Group without a name*", role_name(group.role)
    read = f"read {when(group.read_at, timezone)}" if group.read_at else "not read yet"
    lines = [f"{name} @{esc(group.handle, 80)} · {role}", f"{count(people, 'person', 'people')} · {read}"]
    if group.problem.strip():
        lines.append(f"⚠️ Not read since: {esc(group.problem, 200)}. Its people keep their role meanwhile.")
    sure = confirmation(
        "Remove this group?",
        "Its people get the role their Slack account gives them, unless it was set by hand.",
        "Remove",
    )
    gone = button("Remove group", ids.ROLE_GROUP_REMOVE, group.id, style="danger", confirm=sure) if may_manage else None
    return section("\n".join(lines), gone)


def role_form(each: Ranked, without_hand: Standing, *, is_you: bool) -> Block:
    """One person's role. without_hand: what they would be. is_you: theirs who looks. Metadata `{"user"}`."""
    member = each.member
    otherwise = f"{role_name(without_hand.role)}, {_source(without_hand)}"
    choices = [option(f"As Slack says: {plain(otherwise, 50)}", BY_SLACK)]
    choices += [option(MEANINGS[role], role_name(role)) for role in reversed(Role)]
    now = role_name(member.set_role) if member.set_role is not None else BY_SLACK
    blocks = [
        section(f"{_name(member)} is {role_name(each.standing.role)}, {esc(_source(each.standing), 120)}."),
        field_input(
            "Role",
            "role",
            select(ids.ROLE_CHOICE, "Role", choices, now),
            hint="A role set here beats user groups and the Slack account. It holds from the next click on.",
        ),
    ]
    if is_you:
        blocks.append(context("⚠️ This is you. Only an owner can change it again."))
    return modal(ids.ROLE_FORM, "Change role", blocks, metadata=_of(member), submit="Save", close="Cancel")


def grants_form(each: Ranked) -> Block:
    """What one person may on top of their role. Metadata `{"user"}`."""
    member = each.member
    choices = [
        option(f"{permission.value} ({role_name(permission.role)})", permission.value) for permission in GRANTABLE
    ]
    given = [choice for choice in choices if choice["value"] in member.grants]
    box: Block = {
        "type": "multi_static_select",
        "action_id": ids.GRANTS_CHOICE,
        "placeholder": {"type": "plain_text", "text": "Nothing more"},
        "options": choices,
        **({"initial_options": given} if given else {}),
    }
    hint = "On top of the role; nothing is ever taken away. In brackets the role that has it anyway."
    blocks = [
        section(f"{_name(member)} is {role_name(each.standing.role)}, {esc(_source(each.standing), 120)}."),
        field_input("May also", "grants", box, hint=hint, optional=True),
    ]
    return modal(ids.GRANTS_FORM, "Grants", blocks, metadata=_of(member), submit="Save", close="Cancel")


def default_form(default: Role) -> Block:
    """What everybody is whom nothing else makes anything."""
    choices = [option(MEANINGS[role], role_name(role)) for role in DEFAULTS]
    hint = "For members of the Slack workspace without a role by hand or by group. Guests are viewers, admins admins."
    blocks = [field_input("Role", "role", select(ids.ROLE_CHOICE, "Role", choices, role_name(default)), hint=hint)]
    return modal(ids.DEFAULT_ROLE_FORM, "Default role", blocks, submit="Save", close="Cancel")


def group_form() -> Block:
    """A user group and the role of its people; the groups are offered while one types."""
    group: Block = {
        "type": "external_select",
        "action_id": ids.ROLE_GROUP,
        "placeholder": {"type": "plain_text", "text": "User group"},
        "min_query_length": 0,
    }
    choices = [option(MEANINGS[role], role_name(role)) for role in reversed(Role)]
    hint = "Beats the Slack account, also downwards; the highest of several groups counts. A role by hand beats both."
    blocks = [
        field_input("User group", "group", group),
        field_input("Role", "role", select(ids.ROLE_CHOICE, "Role", choices), hint=hint),
    ]
    return modal(ids.ROLE_GROUP_FORM, "Add group", blocks, submit="Add", close="Cancel")


def group_options(groups: Sequence[Mapping[str, Any]], typed: str) -> list[Block]:
    """Slack's groups whose name or handle holds what was typed, the first hundred by name."""
    wanted = typed.casefold().lstrip("@")
    named = sorted((str(group.get("name") or ""), str(group.get("handle") or ""), str(group["id"])) for group in groups)
    found = [each for each in named if wanted in f"{each[0]} {each[1]}".casefold()]
    return [option(plain(f"{name} @{handle}", 75), group_id) for name, handle, group_id in found[:MOST_OPTIONS]]


def role_of(value: str) -> Role | None:
    """The role a form's option stands for; None for `BY_SLACK`."""
    return {role_name(role): role for role in Role}.get(value)


def grants_of(values: list[str]) -> list[Permission]:
    """The permissions a form's options stand for."""
    return [permission for permission in Permission if permission.value in values]


def _of(member: Member) -> str:
    return json.dumps({"user": member.user_id})
