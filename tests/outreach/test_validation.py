"""Verdicts as tables: replies of mail hosts, findings of DNS, flags, next tries, and whom to leave alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.outreach.address_flags import Flag, flags_of
from bot.outreach.probing import Gate, Pace, may_ask, provider_of
from bot.outreach.smtp_replies import Heard, read_reply, scrubbed
from bot.outreach.validation import (
    AddressCheck,
    Answer,
    Found,
    MailHosts,
    Reason,
    Ruling,
    Stage,
    Verdict,
    after,
    proven,
    rule,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NEW = AddressCheck("ana@acme.example", "acme.example")
HOSTS = MailHosts(("mx.acme.example",), Found.MX, HOUR)

REPLIES = [
    (250, "2.1.5 OK", Heard.ACCEPTED),
    (251, "User not local; will forward", Heard.ACCEPTED),
    (252, "2.1.5 Cannot VRFY user, but will accept message", Heard.UNCLEAR),
    (550, "5.1.1 The email account that you tried to reach does not exist.", Heard.NO_MAILBOX),
    (
        550,
        "5.1.1 <a@b.example>: Recipient address rejected: User unknown in virtual mailbox table",
        Heard.NO_MAILBOX,
    ),
    (550, "5.1.1 <policy@acme.example>: Recipient address rejected: User unknown", Heard.NO_MAILBOX),
    (
        550,
        "5.4.1 Recipient address rejected: Access denied. AS(201806281) [x.protection.outlook.com]",
        Heard.NO_MAILBOX,
    ),
    (
        550,
        "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
        Heard.NO_MAILBOX,
    ),
    (550, "No such user here", Heard.NO_MAILBOX),
    (550, "Callout verification failed:\n550 No Such User Here", Heard.NO_MAILBOX),
    (556, "5.1.10 Domain does not accept mail", Heard.NO_MAILBOX),
    (550, "5.2.1 The email account that you tried to reach is inactive.", Heard.DISABLED),
    (525, "5.7.13 User Account Disabled", Heard.DISABLED),
    (550, "This mailbox has been disabled due to inactivity", Heard.DISABLED),
    (550, "5.1.6 Recipient has moved", Heard.DISABLED),
    (550, "5.2.1 The user you are trying to contact is receiving mail at a rate that prevents more", Heard.BUSY),
    (450, "4.2.1 The user you are trying to contact is receiving mail at a rate that prevents more", Heard.BUSY),
    (452, "4.2.2 The recipient's inbox is out of storage space.", Heard.FULL),
    (552, "5.2.2 The recipient's inbox is out of storage space and inactive.", Heard.FULL),
    (452, "4.5.3 Too many recipients", Heard.LATER),
    (452, "4.3.1 Insufficient system storage", Heard.LATER),
    (421, "4.7.0 Try again later, closing connection.", Heard.LATER),
    (451, "4.7.1 Greylisted, please try again in 300 seconds", Heard.LATER),
    (451, "4.3.0 Temporary lookup failure", Heard.LATER),
    (450, "4.7.1 Client host rejected: cannot find your reverse hostname", Heard.BLOCKED),
    (450, "4.1.8 <>: Sender address rejected", Heard.BLOCKED),
    (550, "5.7.1 Service unavailable, Client host [192.0.2.1] blocked using Spamhaus.", Heard.BLOCKED),
    (550, "5.7.606 Access denied, banned sending IP [192.0.2.1]", Heard.BLOCKED),
    (550, "5.7.1 Unable to relay", Heard.BLOCKED),
    (550, "Relaying denied", Heard.BLOCKED),
    (550, "5.4.1 [a@b.example]: Relay access denied", Heard.BLOCKED),
    (554, "5.7.1 <a@b.example>: Recipient address rejected: Access denied", Heard.BLOCKED),
    (550, "5.1.8 Sender address rejected: Domain not found", Heard.BLOCKED),
    (501, "5.5.4 Invalid argument: HELO", Heard.BLOCKED),
    (503, "5.5.1 Bad sequence of commands", Heard.UNCLEAR),
    (550, "#5.1.0 Address rejected.", Heard.REFUSED),
    (550, "Mailbox unavailable", Heard.REFUSED),
    (550, "", Heard.REFUSED),
    (550, "Administrative prohibition", Heard.REFUSED),
    (554, "delivery error: dd This user doesn't have a yahoo.com account (a@yahoo.com) [0]", Heard.REFUSED),
]


@pytest.mark.parametrize(("code", "text", "heard"), REPLIES, ids=[f"{code} {text[:40]}" for code, text, _ in REPLIES])
def test_what_a_reply_says(code, text, heard):
    assert read_reply(code, text) is heard


def test_evidence_holds_no_address():
    assert scrubbed("5.1.1 <jane.doe@acme.example>:\n User unknown") == "5.1.1 … User unknown"


def said(heard, code=550, catch_all=None):
    return Answer(heard, Stage.RECIPIENT, code, "said", catch_all)


def lost(stage):
    return Answer(None, stage, said="lost")


RULINGS = [
    ("no such domain", Found.NO_DOMAIN, None, Verdict.INVALID, Reason.NO_DOMAIN),
    ("takes no mail", Found.NULL_MX, None, Verdict.INVALID, Reason.NULL_MX),
    ("no mail host", Found.NO_MAIL_HOST, None, Verdict.INVALID, Reason.NO_MAIL_HOST),
    ("name servers down", Found.DNS_UNAVAILABLE, None, Verdict.UNVERIFIED, Reason.DNS_UNAVAILABLE),
    ("nobody asked", Found.MX, None, Verdict.UNVERIFIED, Reason.NOT_ASKED),
    (
        "yes, and no to nobody",
        Found.MX,
        said(Heard.ACCEPTED, 250, Heard.NO_MAILBOX),
        Verdict.VALID,
        Reason.ACCEPTED,
    ),
    ("implicit MX counts", Found.IMPLICIT_MX, said(Heard.ACCEPTED, 250, Heard.REFUSED), Verdict.VALID, Reason.ACCEPTED),
    (
        "yes to anybody",
        Found.MX,
        said(Heard.ACCEPTED, 250, Heard.ACCEPTED),
        Verdict.UNVERIFIED,
        Reason.CATCH_ALL,
    ),
    (
        "a block is no such no",
        Found.MX,
        said(Heard.ACCEPTED, 250, Heard.BLOCKED),
        Verdict.UNVERIFIED,
        Reason.CATCH_ALL_UNKNOWN,
    ),
    ("yes alone", Found.MX, said(Heard.ACCEPTED, 250), Verdict.UNVERIFIED, Reason.CATCH_ALL_UNKNOWN),
    ("no such mailbox", Found.MX, said(Heard.NO_MAILBOX), Verdict.INVALID, Reason.NO_MAILBOX),
    ("disabled", Found.MX, said(Heard.DISABLED), Verdict.INVALID, Reason.DISABLED),
    ("full for good", Found.MX, said(Heard.FULL, 552), Verdict.INVALID, Reason.MAILBOX_FULL),
    ("full just now", Found.MX, said(Heard.FULL, 452), Verdict.UNVERIFIED, Reason.FULL),
    ("later", Found.MX, said(Heard.LATER, 451), Verdict.UNVERIFIED, Reason.LATER),
    ("busy", Found.MX, said(Heard.BUSY, 450), Verdict.UNVERIFIED, Reason.BUSY),
    ("about us", Found.MX, said(Heard.BLOCKED), Verdict.UNVERIFIED, Reason.BLOCKED),
    ("bare no", Found.MX, said(Heard.REFUSED), Verdict.UNVERIFIED, Reason.REFUSED),
    ("surprise", Found.MX, said(Heard.UNCLEAR, 252), Verdict.UNVERIFIED, Reason.UNCLEAR),
    ("silent", Found.MX, lost(Stage.CONNECT), Verdict.UNVERIFIED, Reason.FAILED_AT_CONNECT),
    ("sender refused", Found.MX, lost(Stage.SENDER), Verdict.UNVERIFIED, Reason.FAILED_AT_SENDER),
    ("cut", Found.MX, lost(Stage.RECIPIENT), Verdict.UNVERIFIED, Reason.FAILED_AT_RECIPIENT),
    (
        "unsafe host",
        Found.MX,
        Answer(None, Stage.CONNECT, failure=Reason.UNSAFE_HOST),
        Verdict.UNVERIFIED,
        Reason.UNSAFE_HOST,
    ),
]


@pytest.mark.parametrize(
    ("found", "answer", "verdict", "reason"), [row[1:] for row in RULINGS], ids=[row[0] for row in RULINGS]
)
def test_only_plain_evidence_makes_invalid(found, answer, verdict, reason):
    ruling = rule(replace(HOSTS, found=found), answer)

    assert (ruling.verdict, ruling.reason) == (verdict, reason)


TRIES = [
    (Reason.LATER, [5 * MINUTE, 30 * MINUTE, 2 * HOUR, 12 * HOUR, None]),
    (Reason.BUSY, [30 * MINUTE, None]),
    (Reason.CATCH_ALL_UNKNOWN, [30 * MINUTE, None]),
    (Reason.FAILED_AT_CONNECT, [5 * MINUTE, 30 * MINUTE, None]),
    (Reason.DNS_UNAVAILABLE, [5 * MINUTE, 30 * MINUTE, 2 * HOUR, None]),
    (Reason.BLOCKED, [12 * HOUR, None]),
    (Reason.REFUSED, [None]),
    (Reason.CATCH_ALL, [None]),
    (Reason.PROVIDER_NOT_ASKED, [None]),
]


@pytest.mark.parametrize(("reason", "waits"), TRIES, ids=[row[0].value for row in TRIES])
def test_when_to_ask_again(reason, waits):
    known, seen = NEW, []
    for _ in waits:
        known = after(known, Ruling(Verdict.UNVERIFIED, reason), NOW)
        seen.append(known.next_at - NOW if known.next_at else None)

    assert seen == waits
    assert (known.verdict, known.valid_until) == (Verdict.UNVERIFIED, NOW + 7 * DAY)


def test_what_is_full_at_every_look_is_invalid():
    known = NEW
    for _ in range(5):
        known = after(known, Ruling(Verdict.UNVERIFIED, Reason.FULL), NOW)

    assert (known.verdict, known.reason) == (Verdict.INVALID, Reason.MAILBOX_FULL)
    assert (known.next_at, known.valid_until) == (None, NOW + 14 * DAY)


def test_a_domain_that_is_gone_is_looked_for_a_second_time():
    first = after(NEW, Ruling(Verdict.INVALID, Reason.NO_DOMAIN), NOW)
    second = after(first, Ruling(Verdict.INVALID, Reason.NO_DOMAIN), NOW)

    assert (first.next_at, second.next_at, second.valid_until) == (NOW + 3 * HOUR, None, NOW + 7 * DAY)


def test_a_mail_proves_more_than_a_question():
    valid = after(NEW, Ruling(Verdict.VALID, Reason.ACCEPTED), NOW)
    bounced = proven(valid, NOW, bounced=True)
    asked_again = after(bounced, Ruling(Verdict.VALID, Reason.ACCEPTED), NOW + DAY)
    arrived = proven(bounced, NOW, bounced=False)

    assert (bounced.verdict, bounced.reason) == (Verdict.INVALID, Reason.BOUNCED)
    assert (asked_again.verdict, asked_again.reason) == (Verdict.INVALID, Reason.BOUNCED)
    assert (arrived.verdict, arrived.reason) == (Verdict.VALID, Reason.DELIVERED)
    assert proven(valid, NOW, bounced=False) is valid


def test_where_anything_arrives_an_arrival_proves_nothing():
    catch_all = after(NEW, Ruling(Verdict.UNVERIFIED, Reason.CATCH_ALL), NOW)

    assert proven(catch_all, NOW, bounced=False) is catch_all


SHELF_LIVES = [
    (Verdict.VALID, Reason.ACCEPTED, 30),
    (Verdict.INVALID, Reason.NO_MAILBOX, 30),
    (Verdict.INVALID, Reason.DISABLED, 30),
    (Verdict.INVALID, Reason.MAILBOX_FULL, 14),
    (Verdict.INVALID, Reason.NULL_MX, 7),
    (Verdict.UNVERIFIED, Reason.CATCH_ALL, 7),
]


@pytest.mark.parametrize(("verdict", "reason", "days"), SHELF_LIVES, ids=[row[1].value for row in SHELF_LIVES])
def test_how_long_a_verdict_holds(verdict, reason, days):
    assert after(NEW, Ruling(verdict, reason), NOW).valid_until == NOW + days * DAY


FLAGS = [
    ("ana@acme.example", ()),
    ("info@acme.example", (Flag.ROLE,)),
    ("info+web@acme.example", (Flag.ROLE,)),
    ("sales-cz@acme.example", (Flag.ROLE,)),
    ("no-reply@acme.example", (Flag.ROLE,)),
    ("obchod@acme.example", (Flag.ROLE,)),
    ("informer@acme.example", ()),
    ("ana@gmail.com", (Flag.FREE,)),
    ("ana@throwaway.example", (Flag.DISPOSABLE,)),
    ("ana@mail.throwaway.example", (Flag.DISPOSABLE,)),
    ("ana@notthrowaway.example", ()),
    ("ana@99.com", ()),
]


@pytest.mark.parametrize(("address", "flags"), FLAGS, ids=[row[0] for row in FLAGS])
def test_flags(address, flags):
    assert flags_of(address, {"throwaway.example", "99.com"}) == flags


ASKED = [
    ("mx.acme.example", True),
    ("aspmx.l.google.com", True),
    ("acme.mail.protection.outlook.com", True),
    ("hotmail-com.olc.protection.outlook.com", False),
    ("mta5.am0.yahoodns.net", False),
    ("mx01.mail.icloud.com", False),
    ("notyahoodns.net", True),
]


@pytest.mark.parametrize(("host", "asked"), ASKED, ids=[row[0] for row in ASKED])
def test_whom_not_to_ask(host, asked):
    assert may_ask([host]) is asked


def test_a_provider_has_one_conversation_at_a_time_and_turns_are_kept():
    gate, seconds = Gate(Pace(timedelta(seconds=2), questions_a_minute=None)), timedelta(seconds=1)

    turns = [gate.turn(domain, "aspmx.l.google.com", 10, NOW) for domain in ("a.example", "b.example", "c.example")]
    other = gate.turn("d.example", "mx.d.example", 10, NOW)

    assert [turn - NOW for turn in turns] == [0 * seconds, 2 * seconds, 4 * seconds] and other == NOW
    assert gate.turn("c.example", "aspmx.l.google.com", 10, NOW + seconds) == NOW + 4 * seconds
    assert gate.turn("c.example", "aspmx.l.google.com", 10, NOW + 5 * seconds) == NOW + 5 * seconds
    assert provider_of("aspmx.l.google.com") == "google.com"


def test_questions_a_minute_hold_over_all_providers():
    gate = Gate(Pace(timedelta(0), questions_a_minute=60))

    turns = [gate.turn(f"{name}.example", f"mx.{name}.example", 10, NOW) for name in "abc"]

    assert [(turn - NOW).total_seconds() for turn in turns] == [0, 10, 20]


def test_three_blocks_in_a_row_close_a_provider_for_an_hour_then_for_two():
    gate, blocked = Gate(), [said(Heard.BLOCKED)]
    for _ in range(2):
        gate.heard("mx.acme.example", blocked, NOW)
    assert gate.closed("mx.acme.example", NOW) is None

    gate.heard("mx.acme.example", [lost(Stage.CONNECT)], NOW)
    assert gate.closed("mx2.acme.example", NOW + 59 * MINUTE) is Reason.BLOCKED
    assert gate.closed("mx.other.example", NOW) is None
    assert gate.closed("mx.acme.example", NOW + HOUR) is None

    gate.heard("mx.acme.example", blocked, NOW + HOUR)
    assert gate.closed("mx.acme.example", NOW + 2 * HOUR) is Reason.BLOCKED


def test_a_good_answer_between_keeps_it_open():
    gate = Gate()
    gate.heard("mx.acme.example", [said(Heard.BLOCKED), said(Heard.BLOCKED), said(Heard.ACCEPTED, 250)] * 3, NOW)

    assert gate.closed("mx.acme.example", NOW) is None


def test_five_unknown_mailboxes_in_a_row_end_the_day_with_that_provider():
    gate = Gate()
    gate.heard("mx.acme.example", [said(Heard.NO_MAILBOX)] * 5, NOW)

    assert gate.closed("mx.acme.example", NOW + 23 * HOUR) is Reason.PROVIDER_NOT_ASKED


def test_when_a_tenth_of_all_hosts_block_us_nobody_is_asked_any_more():
    gate = Gate()
    for number in range(200):
        answer = said(Heard.BLOCKED) if number % 9 == 0 else said(Heard.ACCEPTED, 250)
        gate.heard(f"mx.firm{number}.example", [answer], NOW)

    assert gate.closed("mx.another.example", NOW) is Reason.BLOCKED and gate.stopped_until == NOW + DAY
