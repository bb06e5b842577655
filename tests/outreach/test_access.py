from dataclasses import replace

import pytest

from bot.outreach.access import (
    CLOCK,
    PLUSVIBE,
    SCOPES,
    Actor,
    Holder,
    Permission,
    Role,
    allowed,
    person,
    refusal,
    require,
)
from bot.outreach.errors import NotAllowed
from bot.outreach.tokens import Token, hash_of, new_text

from .given import NOON

LOWEST = {
    Permission.READ_LEADS: Role.VIEWER,
    Permission.READ_LOG: Role.VIEWER,
    Permission.EDIT_LEADS: Role.EDITOR,
    Permission.START_AUDITS: Role.EDITOR,
    Permission.COMPLETE_AUDITS: Role.EDITOR,
    Permission.WRITE_BACK: Role.EDITOR,
    Permission.SYNC_LEADS: Role.EDITOR,
    Permission.REMOVE_LEADS: Role.EDITOR,
    Permission.EDIT_DRAFTS: Role.EDITOR,
    Permission.SEND_REPLIES: Role.EDITOR,
    Permission.EDIT_TEMPLATES: Role.EDITOR,
    Permission.EDIT_SEQUENCES: Role.EDITOR,
    Permission.EDIT_SEGMENTS: Role.EDITOR,
    Permission.EDIT_OPPORTUNITIES: Role.EDITOR,
    Permission.SET_ROUTES: Role.EDITOR,
    Permission.IMPORT_LEADS: Role.ADMIN,
    Permission.PUSH_LEADS: Role.ADMIN,
    Permission.APPROVE_DRAFTS: Role.ADMIN,
    Permission.SEND_MAIL: Role.ADMIN,
    Permission.SET_SITES: Role.ADMIN,
    Permission.SUPPRESS: Role.ADMIN,
    Permission.CLEAR_SUPPRESSION: Role.ADMIN,
    Permission.RECORD_CONSENT: Role.EDITOR,
    Permission.SET_FORMS: Role.ADMIN,
    Permission.EXPORT_PEOPLE: Role.ADMIN,
    Permission.ERASE_PEOPLE: Role.ADMIN,
    Permission.SET_POLICY: Role.ADMIN,
    Permission.READ_RAW: Role.ADMIN,
    Permission.MANAGE_TOKENS: Role.ADMIN,
    Permission.MANAGE_ROLES: Role.OWNER,
}
CASES = [(permission, role) for permission in Permission for role in Role]


def test_every_permission_has_its_row():
    assert set(LOWEST) == set(Permission)


@pytest.mark.parametrize(("permission", "role"), CASES, ids=[f"{what.value}-{who.name.lower()}" for what, who in CASES])
def test_a_role_may_do_what_its_row_says_and_no_more(permission, role):
    actor = person("U1", "Ana", role)

    assert (permission in actor.permissions) is (role >= LOWEST[permission])


def test_a_refusal_names_the_role_that_may():
    with pytest.raises(NotAllowed, match="To push leads you need the role admin or higher"):
        require(person("U1", "Ana", Role.EDITOR), Permission.PUSH_LEADS)


def test_the_highest_role_has_none_above_it():
    with pytest.raises(NotAllowed, match=r"To manage roles you need the role owner\. "):
        require(person("U1", "Ana", Role.ADMIN), Permission.MANAGE_ROLES)


NAMED = [
    ((), "Nobody known here has it; ask a workspace owner in Slack."),
    (("Ann",), "Ann may."),
    (("Ann", "Bob"), "Ann and Bob may."),
    (("Ann", "Bob", "Cid"), "Ann, Bob and Cid may."),
    (("Ann", "Bob", "Cid", "Dan", "Eve"), "Ann, Bob, Cid and 2 more may."),
]


@pytest.mark.parametrize(("names", "said"), NAMED, ids=[str(len(names)) for names, _ in NAMED])
def test_a_refusal_names_up_to_three_who_may(names, said):
    holders = [Holder(name, allowed(Role.ADMIN)) for name in names]
    actor = replace(person("U1", "Zoe", Role.VIEWER), colleagues=(Holder("Zoe", frozenset()), *holders))

    assert refusal(actor, Permission.PUSH_LEADS) == f"To push leads you need the role admin or higher. {said}"


def test_a_grant_allows_one_thing_more_and_takes_nothing_away():
    actor = person("U1", "Ana", Role.EDITOR, [Permission.PUSH_LEADS])

    assert actor.permissions == allowed(Role.EDITOR) | {Permission.PUSH_LEADS}


def test_whoever_was_granted_it_is_named_too():
    dev = Holder("Dev", allowed(Role.VIEWER, [Permission.PUSH_LEADS]))
    actor = replace(person("U1", "Ana", Role.VIEWER), colleagues=(dev,))

    assert refusal(actor, Permission.PUSH_LEADS).endswith(" Dev may.")


def test_a_person_with_the_permission_passes():
    require(person("U1", "Ana", Role.ADMIN), Permission.PUSH_LEADS)


@pytest.mark.parametrize(
    ("actor", "is_person"),
    [
        (Actor("U123", "Ana", frozenset()), True),
        (Actor("W123", "Ana", frozenset()), True),
        (Actor("token:1", "CI", frozenset()), False),
        (CLOCK, False),
        (PLUSVIBE, False),
    ],
    ids=["user", "enterprise user", "token", "clock", "vendor"],
)
def test_only_people_can_be_mentioned(actor, is_person):
    assert actor.is_person is is_person


SCOPE_ROWS = [
    ("leads:read", Permission.READ_LEADS, Permission.EDIT_LEADS),
    ("leads:write", Permission.EDIT_LEADS, Permission.PUSH_LEADS),
    ("imports:write", Permission.IMPORT_LEADS, Permission.READ_LEADS),
    ("audits:write", Permission.COMPLETE_AUDITS, Permission.READ_LEADS),
    ("pushes:write", Permission.PUSH_LEADS, Permission.EDIT_LEADS),
    ("emails:read", Permission.READ_LEADS, Permission.EDIT_DRAFTS),
    ("emails:write", Permission.APPROVE_DRAFTS, Permission.PUSH_LEADS),
]


@pytest.mark.parametrize(("scope", "permitted", "denied"), SCOPE_ROWS, ids=[row[0] for row in SCOPE_ROWS])
def test_a_token_may_do_what_its_scope_says_and_no_more(scope, permitted, denied):
    actor = Token("1", "CI", hash_of("x"), (scope,), NOON).actor

    assert permitted in actor.permissions
    assert denied not in actor.permissions


def test_no_scope_manages_tokens():
    assert all(Permission.MANAGE_TOKENS not in permitted for permitted in SCOPES.values())


def test_a_token_adds_up_its_scopes_and_none_allow_nothing():
    both = Token("1", "CI", hash_of("x"), ("leads:read", "pushes:write"), NOON).actor

    assert both.permissions == SCOPES["leads:read"] | SCOPES["pushes:write"]
    assert Token("1", "CI", hash_of("x"), (), NOON).actor.permissions == frozenset()


def test_a_token_is_long_random_and_kept_as_its_hash():
    text = new_text()

    assert text.startswith("out_")
    assert len(text) > 40
    assert text != new_text()
    assert hash_of(text) == hash_of(text) != hash_of(new_text())
    assert hash_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
