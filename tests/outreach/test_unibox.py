"""The Unibox's rules: keys, subjects, mailboxes, evidence, and how an answer may go on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.outreach.errors import Invalid
from bot.outreach.unibox import (
    FOLLOWS,
    Answer,
    AnswerState,
    Direction,
    InboundReply,
    Mail,
    Thread,
    before,
    checked_answer,
    is_evidence,
    is_human,
    mail_key,
    mailbox_for,
    may_mark_read,
    reply_subject,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LENA, TEAM = "lena@sunny.example", "team@sunny.example"


@pytest.mark.parametrize(
    ("subject", "answered"),
    [
        pytest.param("Your website", "Re: Your website", id="none yet"),
        pytest.param("Re: Your website", "Re: Your website", id="one stays one"),
        pytest.param("RE: re:  Re[2]: Your website", "Re: Your website", id="many become one"),
        pytest.param("AW: Ihre Website", "Re: Ihre Website", id="German"),
        pytest.param("Odp: Váš web", "Re: Váš web", id="Czech"),
        pytest.param("Real estate", "Re: Real estate", id="a word that begins so"),
        pytest.param("Reply: yes", "Re: Reply: yes", id="another word"),
        pytest.param("two\nlines", "Re: two lines", id="no line break reaches a header"),
        pytest.param("", "Re:", id="no subject at all"),
        pytest.param("x" * 400, f"Re: {'x' * 246}", id="cut"),
    ],
)
def test_a_subject_gets_exactly_one_re(subject, answered):
    assert reply_subject(subject) == answered


@pytest.mark.parametrize(
    ("written_to", "of_campaign", "connected", "mailbox"),
    [
        pytest.param("LENA@sunny.example", TEAM, [LENA, TEAM], LENA, id="the one written to, whatever the case"),
        pytest.param("gone@sunny.example", TEAM, [LENA, TEAM], TEAM, id="else the campaign's"),
        pytest.param("", "", [LENA], LENA, id="else the only one"),
        pytest.param("", "", [LENA, TEAM], "", id="else a person chooses"),
        pytest.param(LENA, LENA, [], "", id="none connected"),
    ],
)
def test_the_mailbox_to_answer_from(written_to, of_campaign, connected, mailbox):
    assert mailbox_for(written_to, of_campaign, connected) == mailbox


def test_one_message_has_one_key_whoever_tells_it():
    told = ("e1", "jane@acme.com", "Re: Hi", "Yes please")

    assert mail_key("<A@x>", *told) == mail_key("a@X", "", "", "", "")
    assert mail_key("", *told) == mail_key("", "e1", "", "", "")
    assert mail_key("", "", *told[1:]) == mail_key("", "", "JANE@acme.com", "Hi", " yes  PLEASE ")
    assert mail_key("", "", *told[1:]) != mail_key("", "", *told[1:3], "No")
    assert len(mail_key("é" * 5_000, *told)) < 100


@pytest.mark.parametrize(("label", "human"), [("", True), ("INTERESTED", True), ("OUT_OF_OFFICE", False)])
def test_a_machine_that_says_they_are_away_is_nobody(label, human):
    assert is_human(label) is human


@pytest.mark.parametrize(
    ("provider_id", "unread", "may"),
    [
        pytest.param("t1", True, True, id="unread, with a thread at the provider"),
        pytest.param("", True, False, id="the provider gave no thread"),
        pytest.param("t1", False, False, id="read already"),
    ],
)
def test_only_what_the_provider_can_mark_is_offered(provider_id, unread, may):
    thread = Thread("t", "l", provider_id, "Hi", "Yes", NOW, Direction.IN, unread=unread)

    assert may_mark_read(thread) is may


def test_after_an_attempt_there_is_no_way_back_to_another_one():
    assert before(AnswerState.ATTEMPTING) == {AnswerState.DUE}
    assert before(AnswerState.DUE) == frozenset()
    assert {state for state, later in FOLLOWS.items() if not later} == {
        AnswerState.SENT,
        AnswerState.FAILED,
        AnswerState.AGAIN,
    }


@pytest.mark.parametrize(
    ("change", "field"),
    [
        pytest.param({"mailbox": ""}, "mailbox", id="no mailbox"),
        pytest.param({"mailbox": "other@sunny.example"}, "mailbox", id="one that is not connected"),
        pytest.param({"subject": "  "}, "subject", id="no subject"),
        pytest.param({"typed": " \n "}, "body", id="nothing written"),
        pytest.param({"typed": "x" * 3_001}, "body", id="too long"),
    ],
)
def test_what_cannot_be_sent_names_the_field_to_mend(change, field):
    given = {"mailbox": LENA, "subject": "Re: Hi", "typed": "Hello", "connected": [LENA]}
    checked_answer(**given)

    with pytest.raises(Invalid) as caught:
        checked_answer(**given | change)

    assert caught.value.field == field


ANSWER = Answer("a", "t", "l", "U1", LENA, "jane@acme.com", "Re: Hi", "…", "<p>…</p>", "e1", NOW, attempted_at=NOW)
WORDS = "Tuesday at ten would suit us well."
OURS = Mail(Direction.OUT, InboundReply("k", "jane@acme.com", LENA, NOW + SECOND, "Re: Hi", WORDS))


@pytest.mark.parametrize(
    ("mail", "evidence"),
    [
        pytest.param(OURS, True, id="the same words since"),
        pytest.param(replace(OURS, direction=Direction.IN), False, id="theirs"),
        pytest.param(replace(OURS, told=replace(OURS.told, at=NOW - timedelta(hours=1))), False, id="long before"),
        pytest.param(replace(OURS, told=replace(OURS.told, at=NOW - SECOND)), True, id="clocks differ a little"),
        pytest.param(replace(OURS, told=replace(OURS.told, text="Never.")), False, id="other words"),
        pytest.param(replace(OURS, told=replace(OURS.told, subject="Re: Other")), False, id="another subject"),
        pytest.param(
            replace(OURS, told=replace(OURS.told, text=f"{WORDS}\n\nLena Brandt, Sunny")), True, id="a signature added"
        ),
        pytest.param(
            replace(OURS, told=replace(OURS.told, text="", html=f"<p>{WORDS}</p><blockquote>old</blockquote>")),
            True,
            id="as HTML with the history below",
        ),
    ],
)
def test_what_proves_that_an_answer_went_out(mail, evidence):
    assert is_evidence(ANSWER, WORDS, mail) is evidence
