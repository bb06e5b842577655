"""Whose answer a mail is, when it was written, and what our answer to it refers to."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.outreach.inbound import InboundMail
from bot.outreach.leads import Lead
from bot.outreach.mail_answers import MOST_QUOTED, answered_ids
from bot.outreach.matching import (
    Aside,
    Candidates,
    Match,
    answer_address,
    aside,
    clues_in,
    conversation_of,
    match,
    message_id_of,
    written_at,
)
from bot.outreach.unibox import Direction, InboundReply, Mail
from tests.outreach.given_mails import NOON, a_mail, after

SECRET, OTHER = b"one secret", b"another one"
IDS = [f"6f1c0000-0000-4000-8000-00000000000{number}" for number in range(3)]
JANE, MAX = Lead("lead", "jane@acme.test", None), Lead("max", "max@other.test", None)
SENT = [a_mail(number, id=each, attempted_at=NOON) for number, each in enumerate(IDS)]


def candidates():
    known = Candidates(leads={JANE.id: JANE, MAX.id: MAX}, leads_by_key={"max@other.test": MAX})
    known.add(SENT[0])
    known.add(replace(SENT[1], smtp_id="<kA5kc@ismtpd.test>", message_id="kA5kc"))
    known.newest_to = {"jane@acme.test": SENT[2]}
    return known


def inbound(**values):
    return InboundMail(**({"from_email": "who@else.test", "to": ("hello@parse.test",)} | values))


@pytest.mark.parametrize(
    ("mail", "found"),
    [
        (inbound(to=("x@y.test", answer_address(IDS[0], "parse.test", SECRET))), 0),
        (inbound(to=(answer_address(IDS[0], "parse.test", SECRET).upper(),)), 0),
        (inbound(to=(answer_address(IDS[0], "parse.test", SECRET),), in_reply_to="kA5kc@ismtpd.test"), 0),
        (inbound(to=(answer_address(IDS[0], "parse.test", OTHER),), in_reply_to="kA5kc@ismtpd.test"), 1),
        (inbound(references=("other@x.test", "<kA5kc@mangled.test>")), 1),
        (inbound(from_email="Jane@Acme.test", in_reply_to="unknown@x.test"), 2),
        (inbound(to=("reply+@parse.test",), in_reply_to="\ud800\x00"), None),
        (inbound(from_email="not an address"), None),
    ],
    ids=["token", "token in capitals", "token first", "another's token", "vendor's id", "sender", "odd", "nobody"],
)
def test_the_surest_clue_wins(mail, found):
    known = match(clues_in(mail, [SECRET]), candidates())

    assert (known and known.mail and known.mail.id) == (IDS[found] if found is not None else None)


def test_a_lead_nobody_wrote_to_is_known_by_the_address_and_one_that_is_gone_by_nothing():
    known = candidates()

    assert match(clues_in(inbound(from_email="max@other.test"), [SECRET]), known) == Match(MAX, None)
    known.leads = {}
    known.leads_by_key = {}
    assert match(clues_in(inbound(from_email="jane@acme.test"), [SECRET]), known) is None


def test_what_can_be_no_reply():
    ours = frozenset({"lena@sunny.test"})

    assert aside(inbound(from_email="Lena@Sunny.test"), ours) is Aside.OURS
    assert aside(inbound(is_report=True), ours) is Aside.REPORT
    assert aside(inbound(is_automatic=True), ours) is None


@pytest.mark.parametrize(
    ("sent_at", "is_fresh", "at"),
    [
        (None, True, after(hours=20)),
        (after(hours=19), True, after(hours=19)),
        (after(hours=21), True, after(hours=20)),
        (after(hours=-1), False, after(hours=20)),
        (after(hours=1), True, after(hours=20)),
        (after(hours=1), False, after(hours=1)),
    ],
    ids=["not told", "told", "from the future", "before our mail", "late at the door", "late in a mailbox"],
)
def test_a_senders_clock_is_believed_within_reason(sent_at, is_fresh, at):
    mail = inbound(sent_at=sent_at)

    assert written_at(mail, after(hours=20), SENT[0], is_fresh=is_fresh) == at


def test_a_run_is_one_conversation_and_any_other_mail_its_own():
    places = [Match(JANE, SENT[0]), Match(JANE, replace(SENT[0], run_id="r1")), Match(JANE, None)]

    assert [conversation_of(place) for place in places] == [f"mail:{IDS[0]}", "run:r1", "lead:lead"]


def test_a_message_id_is_learned_from_the_answer_that_quotes_it():
    mail = replace(SENT[0], message_id="kA5kc")

    assert message_id_of(mail, inbound(references=("first@x.test", "kA5kc@ismtpd.test"))) == "<kA5kc@ismtpd.test>"
    assert message_id_of(mail, inbound(in_reply_to="someone@x.test")) == ""
    assert message_id_of(SENT[0], inbound(in_reply_to="@x.test")) == ""


def talk(*directions, message_id="{number}@x.test"):
    ids = (message_id.format(number=number) for number in range(len(directions)))
    return [
        Mail(
            direction,
            InboundReply("k", "", "", NOON + timedelta(hours=number), email_id=f"e{number}", message_id=next(ids)),
        )
        for number, direction in enumerate(directions)
    ]


def test_an_answer_refers_to_all_up_to_their_newest_message():
    mails = talk(Direction.OUT, Direction.IN, Direction.OUT, Direction.IN, Direction.OUT)

    assert answered_ids(mails, {"e0": "<ours@y.test>"}) == "<ours@y.test> <1@x.test> <2@x.test> <3@x.test>"
    assert answered_ids(talk(Direction.IN, message_id="a b\r\nBcc: c@d"), {}) == ""
    many = answered_ids(talk(*[Direction.IN] * 50), {}).split()
    assert (len(many), many[0], many[-1]) == (MOST_QUOTED, "<0@x.test>", "<49@x.test>")
