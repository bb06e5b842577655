"""Readings, opt-outs and the question to colleagues in words; with whatever prospects write."""

from dataclasses import replace
from datetime import UTC, date, datetime

import hostile
import pytest
from given_leads import ACME
from hypothesis import given
from hypothesis import strategies as st
from reading import assert_fit_message, assert_fit_view, element, labels, words

from blocks import ids
from blocks.brake import brake_message
from blocks.reading import CLASSES, reading_line
from blocks.reply_card import replies_message, reply_message
from blocks.unibox import UniboxState, thread_view, unibox_view
from blocks.unsubscribes import unsubscribes_view
from bot.outreach.organisations import Brake
from bot.outreach.reachability import AddressFact, AddressRecord
from bot.outreach.reply_reading import Reading, ReplyClass
from bot.outreach.unibox import Conversation, Direction, InboundReply, Mail, Reply, ReplyCard, Thread, ThreadPage

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
JANE = "jane@acme.com"
TOLD = InboundReply("k", JANE, JANE, NOW, "Re: Hi", "Please remove me.")
AWAY = Reading(ReplyClass.OUT_OF_OFFICE, "says “out of office”", "Out of office.", date(2026, 12, 3))
OUT = Reading(ReplyClass.OPT_OUT, "says “remove me”", "Please remove me.")
REPLY = Reply("r1", ACME.id, TOLD, NOW, thread_id="t1", reading=OUT)
THREAD = Thread("t1", ACME.id, "p1", "Re: Hi", "Yes.", NOW, Direction.IN, last_reply_id="r1")
NAMES = {"U1": "Ana"}


@pytest.mark.parametrize(
    ("reading", "corrected_by", "said"),
    [
        pytest.param(AWAY, "", ["🌴 Out of office until 3 Dec · rule: says “out of office”"], id="away"),
        pytest.param(
            replace(AWAY, until=date(2027, 1, 4)),
            "",
            ["🌴 Out of office until 4 Jan 2027 · rule: says “out of office”"],
            id="next year",
        ),
        pytest.param(replace(AWAY, until=None), "", ["🌴 Out of office · rule: says “out of office”"], id="no day"),
        pytest.param(
            OUT, "U1", ["✋ Asks to be removed · set by Ana, the rule read: says “remove me”"], id="corrected"
        ),
        pytest.param(Reading(ReplyClass.QUESTION), "U1", ["❓ Question · set by Ana"], id="no rule"),
        pytest.param(Reading(), "", [], id="nothing fired"),
    ],
)
def test_what_a_reply_is_and_why(reading, corrected_by, said):
    assert reading_line(replace(REPLY, reading=reading, corrected_by=corrected_by), NAMES) == said


def test_an_absence_is_a_short_card_without_their_text():
    message = reply_message(ReplyCard(replace(REPLY, reading=AWAY), ACME))

    assert_fit_message(message)
    assert "remove me" not in words(message.blocks)
    assert labels(message.blocks) == ["Conversation", "Open lead"]
    assert element(message.blocks, ids.REPLY_CLASS)["initial_option"]["value"] == "r1:out_of_office"


def test_a_machine_that_tells_it_arrived_is_a_short_card_too():
    arrived = Reading(ReplyClass.ACKNOWLEDGED, "says “received your”", until=date(2026, 12, 3))
    message = reply_message(ReplyCard(replace(REPLY, reading=arrived), ACME))

    assert_fit_message(message)
    assert "their machine says the email arrived*" in words(message.blocks) and "until" not in words(message.blocks)
    assert labels(message.blocks) == ["Conversation", "Open lead"]


def test_among_many_at_once_an_absence_is_told_from_a_reply():
    message = replies_message([ReplyCard(replace(REPLY, reading=AWAY), ACME), ReplyCard(REPLY, ACME)])

    assert "out of office until 3 Dec" in words(message.blocks) and "Please remove me." in words(message.blocks)


def test_where_a_suppression_came_from_is_named_and_not_numbered():
    record = AddressRecord(JANE, AddressFact.SUPPRESSED, NOW, "reply:7f3c", "U1", "Please remove me.")
    said = words(unsubscribes_view([record], may_change=True, may_clear=True))

    assert "their reply" in said and "7f3c" not in said and "Please remove me." in said


def test_an_opt_out_offers_suppress_until_something_stands_against_the_address():
    card = ReplyCard(REPLY, ACME)

    assert "They ask to be removed*: “Please remove me.”" in words(reply_message(card).blocks)
    assert element(reply_message(card).blocks, ids.REPLY_SUPPRESS)["value"] == "r1"
    settled = reply_message(replace(card, standing=AddressFact.SUPPRESSED))
    assert "Suppress" not in labels(settled.blocks) and "Address is suppressed." in words(settled.blocks)


def test_every_class_can_be_chosen():
    offered = element(reply_message(ReplyCard(REPLY, ACME)).blocks, ids.REPLY_CLASS)["options"]

    assert (
        [each["value"] for each in offered]
        == [f"r1:{each.value}" for each in ReplyClass]
        == [f"r1:{each.value}" for each in CLASSES]
    )


def test_the_question_names_whom_it_is_about_and_is_gone_once_decided():
    held = [replace(ACME, id=str(n), email=f"p{n}@acme.com", first_name=f"P{n}") for n in range(12)]
    brake = Brake("r1", ACME, "acme.com", held)
    asked = brake_message(brake)

    assert_fit_message(asked)
    assert asked.text == "12 other people at acme.com are in sequences; paused."
    assert labels(asked.blocks) == ["Keep paused", "Resume"] and "and 2 more" in words(asked.blocks)
    assert brake_message(replace(brake, held=held[:1])).text == "1 other person at acme.com is in sequences; paused."
    decided = brake_message(replace(brake, decided_by="Ana", resumed=True))
    assert decided.text == "12 other people at acme.com: resumed by Ana." and labels(decided.blocks) == []


@hostile.quick
@given(
    hostile.texts,
    hostile.texts,
    hostile.texts,
    st.sampled_from(ReplyClass),
    st.sampled_from(["", "U1"]),
    st.sampled_from([None, AddressFact.BOUNCED]),
)
def test_whatever_they_write_it_fits(text, rule, sentence, reply_class, corrected_by, standing):
    told = replace(TOLD, text=text, subject=text)
    reading = Reading(reply_class, rule, sentence, date(2026, 12, 3))
    reply = replace(REPLY, heard=told, reading=reading, corrected_by=corrected_by)

    assert_fit_message(reply_message(ReplyCard(reply, ACME, standing=standing, names={"U1": text})))
    talk = Conversation(THREAD, ACME, (Mail(Direction.IN, told),), replies={told.key: reply}, standing=standing)
    assert_fit_view(thread_view(talk, ""))
    assert_fit_view(unibox_view(ThreadPage((THREAD,), {ACME.id: ACME}, replies={"t1": reply}), UniboxState()))
    assert_fit_message(brake_message(Brake("r1", ACME, text, [replace(ACME, first_name=text, email=text)], text)))
