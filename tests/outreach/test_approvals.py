"""Who may approve, what a decision comes to, and what whoever came too late is told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.outreach.access import CLOCK, Role, person
from bot.outreach.approvals import Change, Verdict, ago, already_decided, changes, may_approve, stale, verdict
from bot.outreach.drafts import Draft, DraftState, Revision, writeback_status
from bot.outreach.mail_types import DraftType
from bot.outreach.policies import Policy
from bot.outreach.templates import Letter
from bot.outreach.writebacks import Tone, WritebackStatus

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ANA, BEN, CLEO = (person(user, name, Role.EDITOR) for user, name in (("U1", "Ana"), ("U2", "Ben"), ("U3", "Cleo")))
ONE, TWO = Policy(), Policy(second_approver=True)
LETTER = Letter("Old subject", "Body", "Shall we talk?")
DRAFT = Draft(
    id="d",
    lead_id="l",
    type=DraftType.MANUAL,
    tone=Tone.DIRECT,
    letters=(LETTER,),
    state=DraftState.WAITING,
    revision=2,
    created_at=NOW,
    author=ANA.id,
)
NAMES = {"U1": "Ana", "U2": "Ben", "U3": "Cleo"}


def at(state: DraftState, **more) -> Draft:
    return replace(DRAFT, state=state, **more)


@pytest.mark.parametrize(
    ("draft", "seen", "actor", "policy", "said"),
    [
        pytest.param(DRAFT, 2, BEN, ONE, Verdict.APPROVED, id="somebody else"),
        pytest.param(DRAFT, 2, ANA, ONE, Verdict.APPROVED, id="the author, where one is enough"),
        pytest.param(DRAFT, 1, BEN, ONE, Verdict.STALE, id="an older revision"),
        pytest.param(DRAFT, 3, BEN, ONE, Verdict.STALE, id="a revision that never was"),
        pytest.param(DRAFT, 2, ANA, TWO, Verdict.OWN, id="the author, where two are needed"),
        pytest.param(DRAFT, 2, BEN, TWO, Verdict.FIRST_OF_TWO, id="the first of two"),
        pytest.param(replace(DRAFT, approved_by=("U2",)), 2, CLEO, TWO, Verdict.APPROVED, id="the second of two"),
        pytest.param(replace(DRAFT, approved_by=("U2",)), 2, BEN, TWO, Verdict.TWICE, id="the first one again"),
        pytest.param(replace(DRAFT, author=CLOCK.id), 2, ANA, TWO, Verdict.FIRST_OF_TWO, id="the clock blocks nobody"),
        pytest.param(replace(DRAFT, approved_by=("U2",)), 2, CLEO, ONE, Verdict.APPROVED, id="rule taken back"),
        *(
            pytest.param(at(state), 1, ANA, TWO, Verdict.ALREADY_DECIDED, id=f"{state} wins over all")
            for state in DraftState
            if state is not DraftState.WAITING
        ),
    ],
)
def test_what_an_approval_comes_to(draft, seen, actor, policy, said):
    assert verdict(draft, seen, actor, policy) is said


def test_whose_approval_would_count():
    assert may_approve(DRAFT, BEN, TWO)
    assert not may_approve(DRAFT, ANA, TWO)
    assert not may_approve(at(DraftState.SENT), BEN, ONE)


def test_the_difference_names_step_and_part():
    second = Letter("Again", "Second body", "")

    found = changes((LETTER, second), (replace(LETTER, subject="New subject"), replace(second, body="Other")))

    assert found == (Change(0, "subject", "Old subject", "New subject"), Change(1, "body", "Second body", "Other"))


def test_a_stale_approval_hears_what_changed_by_whom_and_when():
    seen = Revision(1, (replace(LETTER, subject="First"),), "U2", NOW)
    draft = replace(DRAFT, edited_by="U1", edited_at=NOW - timedelta(minutes=2))

    error = stale(draft, seen, NAMES, NOW)

    assert str(error) == (
        "Subject changed by Ana 2 min ago: “First” → “Old subject”. This is revision 2 now; nothing was decided. "
        "Look again first."
    )
    assert error.changes == (Change(0, "subject", "First", "Old subject"),)


def test_a_revision_nobody_knows_is_stale_too():
    assert str(stale(DRAFT, None, {}, NOW)).startswith("Text changed.")


@pytest.mark.parametrize(
    ("draft", "said"),
    [
        (at(DraftState.APPROVED, approved_by=("U1",), decided_by="U1"), "Ana approved revision 2 a minute ago."),
        (
            at(DraftState.HANDED_OVER, approved_by=("U1", "U2"), decided_by="U2"),
            "Ana and Ben approved revision 2 a minute ago.",
        ),
        (at(DraftState.SENT, approved_by=("U9",), decided_by="U9"), "Somebody approved revision 2 a minute ago."),
        (at(DraftState.APPROVED, decided_by="token:1"), "An API token approved revision 2 a minute ago."),
        (
            at(DraftState.REJECTED, decided_by="U2", comment="Too long", approved_by=("U1",)),
            "Ben rejected revision 2 a minute ago: “Too long”.",
        ),
        (at(DraftState.REPLACED), "A newer draft of this lead took this one's place; nothing was decided."),
    ],
    ids=["approved", "by two", "by a stranger", "by a token", "rejected", "replaced"],
)
def test_whoever_comes_late_hears_who_was_first(draft, said):
    assert str(already_decided(replace(draft, decided_at=NOW - timedelta(minutes=1)), NAMES, NOW)) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "just now"),
        (44, "just now"),
        (60, "a minute ago"),
        (120, "2 min ago"),
        (89 * 60, "89 min ago"),
        (3 * 3600, "3 h ago"),
        (48 * 3600, "2 days ago"),
    ],
)
def test_how_long_ago(seconds, said):
    assert ago(NOW - timedelta(seconds=seconds), NOW) == said


@pytest.mark.parametrize(
    ("draft", "known", "badge"),
    [
        (DRAFT, None, WritebackStatus.PENDING),
        (DRAFT, WritebackStatus.SKIPPED, WritebackStatus.SKIPPED),
        (at(DraftState.HANDED_OVER), WritebackStatus.SKIPPED, WritebackStatus.WRITTEN),
        (at(DraftState.SENT), None, WritebackStatus.WRITTEN),
        (at(DraftState.REJECTED), None, WritebackStatus.SKIPPED),
        (at(DraftState.APPROVED, attempts=1), None, WritebackStatus.FAILED),
        (at(DraftState.APPROVED), None, WritebackStatus.PENDING),
    ],
    ids=["by hand", "its writeback's", "handed over", "sent", "rejected", "push failed", "kept"],
)
def test_the_badge_says_how_far_the_texts_came(draft, known, badge):
    assert writeback_status(draft, known) is badge
