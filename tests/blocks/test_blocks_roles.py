"""Roles in Slack: who is what and why, and the forms behind the buttons."""

from datetime import UTC, datetime

import hostile
from hypothesis import given
from hypothesis import strategies as st
from reading import assert_fit_view, element, labels, words

from blocks import ids
from blocks.roles import default_form, grants_form, group_form, group_options, role_form, roles_view
from bot.outreach.access import Permission, Role
from bot.outreach.members import Member
from bot.outreach.role_board import Ranked, RoleBoard
from bot.outreach.roles import GRANTABLE, RoleGroup, Source, Standing

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
texts = st.sampled_from(hostile.NASTY)
roles = st.sampled_from(Role)
groups = st.builds(RoleGroup, st.uuids().map(str), texts, texts, roles, st.sampled_from([None, AT]), texts)
standings = st.builds(Standing, roles, st.just(Source.GROUP), groups) | st.builds(
    Standing, roles, st.sampled_from([source for source in Source if source is not Source.GROUP])
)
grants = st.sampled_from([(), GRANTABLE])
people = st.builds(
    Ranked, st.builds(Member, st.uuids().map(lambda each: f"U{each.hex[:10]}"), texts, roles, grants=grants), standings
)
boards = st.builds(
    RoleBoard,
    st.none() | people,
    st.lists(people, max_size=4, unique_by=lambda each: each.member.user_id).map(tuple),
    st.lists(groups, max_size=4).map(tuple),
    st.just({}),
    roles,
    st.sampled_from(["", "U0ANANOVAK"]),
    st.booleans(),
)


@hostile.quick
@given(boards, texts, texts)
def test_the_list_fits(board, refused, notice):
    assert_fit_view(roles_view(board, refused=refused, notice=notice))


@hostile.quick
@given(people, standings, st.booleans(), roles)
def test_the_forms_fit(each, otherwise, is_you, default):
    for form in (role_form(each, otherwise, is_you=is_you), grants_form(each), default_form(default), group_form()):
        assert_fit_view(form)


DEV = Ranked(Member("UDEV", "Dev", Role.VIEWER, grants=(Permission.PUSH_LEADS,)), Standing(Role.VIEWER, Source.HAND))
ANA = Ranked(Member("UANA", "Ana", Role.OWNER), Standing(Role.OWNER, Source.PRIMARY))


def test_a_person_stands_with_their_role_its_source_and_their_grants():
    said = words(roles_view(RoleBoard(ANA, (ANA, DEV), (), {}, Role.EDITOR)))

    assert "You: *owner*, as the primary owner in Slack. Everybody else: *editor*" in said
    assert "*Dev* · viewer\nset by hand · may also push leads" in said


def test_the_primary_owner_has_nothing_to_change():
    view = roles_view(RoleBoard(ANA, (ANA,), (), {}, Role.EDITOR))

    assert not {"Change role", "Grants"} & set(labels(view))


def test_another_page_has_its_people_only_and_leads_back():
    board = RoleBoard(ANA, (DEV,), (), {}, Role.EDITOR, next_after="UDEV", is_first=False)

    view = roles_view(board)

    assert labels(view) == ["Change role", "Grants", "First page", "Next page"]
    assert element(view, ids.ROLES_NEXT)["value"] == "UDEV"


def test_groups_are_found_by_name_or_handle():
    found = [{"id": "S1", "name": "Sales", "handle": "team-a"}, {"id": "S2", "name": "Büro", "handle": "office"}]

    assert [each["value"] for each in group_options(found, "@TEAM")] == ["S1"]
    assert [each["value"] for each in group_options(found, "")] == ["S2", "S1"]
    assert group_options(found, "nothing") == []
