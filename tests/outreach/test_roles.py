"""Where a role comes from: every pair of sources, and which one counts."""

import pytest

from bot.outreach.access import Permission, Role
from bot.outreach.errors import Invalid
from bot.outreach.roles import (
    DEFAULT_ROLE,
    GRANTABLE,
    Account,
    RoleGroup,
    Source,
    checked_grants,
    default_of,
    standing,
)

VIEWERS, EDITORS, ADMINS = (
    RoleGroup(f"S{role}", role.name.lower(), f"{role.name.title()}s", role)
    for role in (Role.VIEWER, Role.EDITOR, Role.ADMIN)
)
E = Role.EDITOR
ROWS = [
    ("a member", Account.MEMBER, None, [], E, E, Source.DEFAULT),
    ("a member, another default", Account.MEMBER, None, [], Role.VIEWER, Role.VIEWER, Source.DEFAULT),
    ("a Slack owner", Account.OWNER, None, [], E, Role.OWNER, Source.ACCOUNT),
    ("a Slack admin", Account.ADMIN, None, [], E, Role.ADMIN, Source.ACCOUNT),
    ("a guest", Account.GUEST, None, [], Role.ADMIN, Role.VIEWER, Source.ACCOUNT),
    ("a guest in a group", Account.GUEST, None, [EDITORS], E, E, Source.GROUP),
    ("a guest by hand", Account.GUEST, Role.ADMIN, [], E, Role.ADMIN, Source.HAND),
    ("the highest of several groups", Account.MEMBER, None, [VIEWERS, ADMINS, EDITORS], E, Role.ADMIN, Source.GROUP),
    ("a group below the default", Account.MEMBER, None, [VIEWERS], E, Role.VIEWER, Source.GROUP),
    ("a group below the account", Account.ADMIN, None, [EDITORS], E, E, Source.GROUP),
    ("by hand above a group", Account.MEMBER, Role.OWNER, [EDITORS], E, Role.OWNER, Source.HAND),
    ("by hand below a group", Account.MEMBER, Role.VIEWER, [ADMINS], E, Role.VIEWER, Source.HAND),
    ("by hand below the account", Account.OWNER, Role.VIEWER, [], E, Role.VIEWER, Source.HAND),
    ("the primary owner", Account.PRIMARY, Role.VIEWER, [VIEWERS], E, Role.OWNER, Source.PRIMARY),
    ("deactivated", Account.GONE, Role.OWNER, [ADMINS], Role.ADMIN, Role.VIEWER, Source.ACCOUNT),
]


@pytest.mark.parametrize(
    ("account", "by_hand", "groups", "default", "role", "source"),
    [row[1:] for row in ROWS],
    ids=[row[0] for row in ROWS],
)
def test_a_role_comes_from_the_first_source_that_gives_one(account, by_hand, groups, default, role, source):
    found = standing(account, by_hand, groups, default)

    assert (found.role, found.source) == (role, source)


def test_a_role_by_group_names_the_group_that_counts():
    assert standing(Account.MEMBER, None, [EDITORS, ADMINS], E).group == ADMINS


@pytest.mark.parametrize("stored", [None, "editor", 3, -1, True, {"role": 0}, 9])
def test_a_default_nobody_could_have_chosen_is_the_one_there_is_without_a_choice(stored):
    assert default_of(stored) in {DEFAULT_ROLE}


def test_the_default_is_what_was_stored():
    assert [default_of(stored) for stored in (0, 1, 2)] == [Role.VIEWER, Role.EDITOR, Role.ADMIN]


def test_grants_stand_in_the_order_of_the_table_once_each():
    chosen = [Permission.PUSH_LEADS, Permission.EDIT_LEADS, Permission.PUSH_LEADS]

    assert checked_grants(chosen) == (Permission.EDIT_LEADS, Permission.PUSH_LEADS)


def test_managing_roles_is_never_granted():
    assert Permission.MANAGE_ROLES not in GRANTABLE
    with pytest.raises(Invalid, match="To manage roles comes with a role only"):
        checked_grants([Permission.MANAGE_ROLES])
