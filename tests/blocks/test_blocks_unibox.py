"""The Unibox in words: list, conversation, composer, cards; with whatever prospects write. F059-F062, F074."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from given_leads import ACME
from hostile import NASTY
from reading import assert_fit_message, assert_fit_view, element, labels, words

from blocks import ids
from blocks.composer import Letter, composer_view, outcome_view, sending_view
from blocks.reply_card import replies_message, reply_message, unclear_message
from blocks.unibox import UniboxState, lead_unibox_view, thread_view, unibox_view
from bot.outreach.reply_reading import Reading, ReplyClass
from bot.outreach.unibox import (
    Answer,
    AnswerState,
    Conversation,
    Direction,
    InboundReply,
    Mail,
    Reply,
    ReplyCard,
    Thread,
    ThreadPage,
    Via,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LENA = "lena@sunny.example"
JANE = "jane@acme.com"
TOLD = InboundReply("k", JANE, JANE, NOW, "Re: Hi", "Yes.\n\nOn 3 Mar 2026, Lena wrote:\n> Hello", mailbox=LENA)
THREAD = Thread("t1", ACME.id, "p1", "Re: Hi", "Yes.", NOW, Direction.IN, unread=True, waiting_since=NOW)
CARD = ReplyCard(Reply("r1", ACME.id, TOLD, NOW, thread_id="t1"), ACME, "Spring", may_mark_read=True)
TALK = Conversation(THREAD, ACME, (Mail(Direction.IN, TOLD, LENA),))
ANSWER = Answer("a1", "t1", ACME.id, "U1", LENA, JANE, "Re: Hi", "Tuesday?", "<p>Tuesday?</p>", "e1", NOW)
LETTER = Letter(LENA, "Re: Hi", "", JANE)
NAMES = {"U1": "Ana"}


def test_a_card_quotes_what_is_fresh_and_offers_what_can_be_done():
    message = reply_message(CARD)

    assert_fit_message(message)
    assert "&gt; Yes." in words(message.blocks) and "Hello" not in words(message.blocks)
    assert labels(message.blocks) == ["Reply", "Take", "Mark read", "Conversation", "Open lead"]
    assert element(message.blocks, ids.OPEN_LEAD)["value"] == ACME.id


@pytest.mark.parametrize(
    ("changes", "said", "offered"),
    [
        pytest.param(
            {"claimed_by": "U1"}, "Taken by Ana", ["Reply", "Mark read", "Conversation", "Open lead"], id="taken"
        ),
        pytest.param({"read_at": NOW}, "Read", ["Reply", "Take", "Conversation", "Open lead"], id="read"),
        pytest.param(
            {"answered_at": NOW, "answered_by": "U1", "read_at": NOW},
            "Answered by Ana",
            ["Conversation", "Open lead"],
            id="answered: nothing to decide stays",
        ),
    ],
)
def test_a_card_says_how_it_stands(changes, said, offered):
    message = reply_message(replace(CARD, reply=replace(CARD.reply, **changes), names=NAMES))

    assert_fit_message(message)
    assert said in words(message.blocks)
    assert labels(message.blocks) == offered


def test_an_unclear_answer_is_decided_by_a_person_and_no_other_is_begun():
    unclear = replace(ANSWER, state=AnswerState.UNCLEAR, problem="PlusVibe's answer was lost.")
    message = reply_message(replace(CARD, answer=unclear, names=NAMES))

    assert "It is not known whether Ana's reply went out. PlusVibe's answer was lost." in words(message.blocks)
    assert {"It was sent", "Send again"} <= set(labels(message.blocks))
    assert "Reply" not in labels(message.blocks)


@pytest.mark.parametrize("via", list(Via))
@pytest.mark.parametrize("state", list(AnswerState))
def test_every_outcome_has_words(state, via):
    answer = replace(ANSWER, state=state, problem="It broke.", attempted_at=NOW, via=via)

    assert_fit_view(outcome_view(answer))
    assert_fit_view(sending_view(answer))
    assert_fit_message(unclear_message(answer, ACME))
    assert bool(labels(unclear_message(answer, ACME).blocks)) is (state is AnswerState.UNCLEAR)


def test_mail_speaks_of_no_other_vendor():
    mail = replace(ANSWER, state=AnswerState.ATTEMPTING, problem="It broke.", via=Via.MAIL)
    unclear = replace(mail, state=AnswerState.UNCLEAR)
    talk = replace(TALK, thread=replace(THREAD, via=Via.MAIL))
    views = [
        outcome_view(mail),
        composer_view(talk, [], LETTER, after="", back=""),
        thread_view(replace(talk, answers=(mail,)), ""),
        {"blocks": unclear_message(unclear, ACME).blocks},
        {"blocks": reply_message(replace(CARD, answer=mail)).blocks},
    ]

    for view in views:
        assert "PlusVibe" not in words(view)
    assert "It broke." in words(views[0]) and "It broke." in words(views[4])


def test_many_at_once_are_one_message_with_the_first_fifteen():
    message = replies_message([CARD] * 40)

    assert_fit_message(message)
    assert words(message.blocks).count("Acme") == 15
    assert "and 25 more" in words(message.blocks)
    assert "Open Unibox" in labels(message.blocks)


def test_the_list_and_its_empty_words():
    page = ThreadPage((THREAD,), {ACME.id: ACME}, "next", "previous")
    view = unibox_view(page, UniboxState())

    assert_fit_view(view)
    assert labels(view) == ["Refresh", "Open", "Newer", "Older"]
    assert "● unread" in words(view)
    assert "Nobody waits for an answer." in words(unibox_view(ThreadPage((), {}), UniboxState()))
    assert "No Unibox messages yet." in words(unibox_view(ThreadPage((), {}), UniboxState(waiting=False)))


@pytest.mark.parametrize(
    ("label", "marks"),
    [
        ("INTERESTED", "● unread · waiting for an answer · 👍 Interested"),
        ("MEETING_BOOKED", "● unread · waiting for an answer · 👍 Interested · Label: Meeting booked"),
        ("", "● unread · waiting for an answer · 👍 Interested"),
    ],
)
def test_plusvibes_label_is_told_where_it_says_something_else(label, marks):
    reply = replace(CARD.reply, reading=Reading(ReplyClass.INTERESTED, "says yes"))
    page = ThreadPage((replace(THREAD, label=label),), {ACME.id: ACME}, replies={THREAD.id: reply})

    assert words(unibox_view(page, UniboxState())).endswith(f" · {marks}")


def test_a_lead_without_messages():
    view = lead_unibox_view(ACME, [], UniboxState(lead=ACME.id))

    assert_fit_view(view)
    assert view["blocks"][2]["text"]["text"] == "No Unibox messages for this lead."
    assert "Refresh after sending." in words(view)
    assert "no contact email" in words(lead_unibox_view(replace(ACME, email=None), [], UniboxState(lead=ACME.id)))


@pytest.mark.parametrize(("provider_id", "has_read"), [("p1", True), ("", False)])
def test_read_is_offered_only_where_plusvibe_can_mark(provider_id, has_read):
    view = thread_view(replace(TALK, thread=replace(THREAD, provider_id=provider_id)), UniboxState().packed())

    assert_fit_view(view)
    assert ("Read" in labels(view)) is has_read
    assert "2 lines of quoted history folded" in words(view)


def test_the_composer_says_from_whom_to_whom_and_keeps_what_was_typed():
    view = composer_view(TALK, [LENA, "team@sunny.example"], replace(LETTER, body="Tuesday?"), after="", back="")

    assert_fit_view(view)
    assert f"Goes to *{JANE}* from *{LENA}*" in words(view)
    assert element(view, ids.REPLY_FROM)["initial_option"]["value"] == LENA
    assert element(view, ids.REPLY_BODY)["initial_value"] == "Tuesday?"
    assert view["submit"]["text"] == "Send reply"
    assert "no connected mailbox" in words(composer_view(TALK, [], LETTER, after="", back=""))


@pytest.mark.parametrize("nasty", NASTY, ids=range(len(NASTY)))
def test_whatever_prospects_write_stays_text(nasty):
    told = replace(TOLD, text=nasty * 3, subject=nasty, label=nasty, sentiment=nasty[:40], from_email=nasty or JANE)
    lead = replace(ACME, company_name=nasty, first_name=nasty)
    thread = replace(THREAD, subject=nasty, preview=nasty, label=nasty)
    talk = Conversation(
        thread,
        lead,
        (Mail(Direction.IN, told, nasty),) * 30,
        (replace(ANSWER, state=AnswerState.FAILED, problem=nasty),),
        {"U1": nasty},
    )
    card = replace(
        CARD, reply=replace(CARD.reply, heard=told, claimed_by="U1"), lead=lead, campaign=nasty, names={"U1": nasty}
    )

    assert_fit_message(reply_message(card))
    assert_fit_message(replies_message([card] * 20))
    assert_fit_message(unclear_message(replace(ANSWER, subject=nasty, typed=nasty, state=AnswerState.UNCLEAR), lead))
    assert_fit_view(thread_view(talk, ""))
    assert_fit_view(unibox_view(ThreadPage((thread,), {lead.id: lead}), UniboxState(), nasty))
    letter = Letter(LENA, nasty, nasty, nasty, preview=nasty)
    assert_fit_view(composer_view(talk, [LENA], letter, after="", back="", note=nasty))
