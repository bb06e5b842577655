"""Mails as bytes: what is read of each, of the odd ones too, and that none of them is too much."""

import base64
from datetime import UTC, datetime
from email.message import EmailMessage
from time import process_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from bot.gateways.mime import MOST_ADDRESSES, MOST_ATTACHMENTS, parse_mime
from bot.outreach.inbound import LONGEST_TEXT, MOST_REFERENCES, InboundMail


def mail(*lines: str | bytes, body: str | bytes = b"") -> bytes:
    """Header lines, and the body behind the empty one, all with the line breaks of the wire."""
    head = [line.encode() if isinstance(line, str) else line for line in lines]
    typed = body.encode() if isinstance(body, str) else body
    return b"\n".join([*head, b"", typed]).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def parts(*inside: str, kind: str = "mixed", end: str = "--=_b--\n") -> bytes:
    """A multipart mail of these parts, each with its own header lines."""
    body = "".join(f"--=_b\n{part}\n" for part in inside)
    return mail(f'Content-Type: multipart/{kind}; boundary="=_b"', body=f"preamble\n{body}{end}epilogue")


def written(octets: bytes, charset: str, encoding: str = "8bit") -> bytes:
    return mail(f"Content-Type: text/plain; charset={charset}", f"Content-Transfer-Encoding: {encoding}", body=octets)


def flowed(body: str, more: str = "") -> bytes:
    return mail(f"Content-Type: text/plain; charset=utf-8; format=flowed{more}", body=body)


PLAIN, HTML = "Content-Type: text/plain\n\nYes, please.", "Content-Type: text/html\n\n<p>Yes, please.</p>"
PDF = 'Content-Type: application/pdf\nContent-Disposition: attachment; filename="offer.pdf"\n\n%PDF'
FORWARDED = "Content-Type: message/rfc822\n\nSubject: Inside\n\nTheir text"
SPLIT_NAME = "filename*0*=utf-8''p%C5%99; filename*1=ed.png"
INVITATION = "Content-Type: text/calendar\n\nBEGIN:VCALENDAR"
STATUS = "Content-Type: message/delivery-status\n\nAction: failed"
ALTERNATIVE = f"Content-Type: multipart/alternative; boundary=c\n\n--c\n{PLAIN}\n--c\n{HTML}\n--c--"
JANE = {"from_email": "jane@acme.com"}
BOTH = {"text": "Yes, please.", "html": "<p>Yes, please.</p>"}
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
AUTO, REPORT = {"is_automatic": True, "is_report": False}, {"is_automatic": True, "is_report": True}
HUMAN = {"is_automatic": False, "is_report": False}

MAILS = {
    # who
    "an address alone": (mail("From: jane@acme.com"), JANE | {"from_name": ""}),
    "a name and an address": (mail("From: Jane Doe <jane@acme.com>"), JANE | {"from_name": "Jane Doe"}),
    "a quoted name with a comma": (mail('From: "Doe, Jane" <jane@acme.com>'), JANE | {"from_name": "Doe, Jane"}),
    "a name without quotes with a comma": (mail("From: Doe, Jane <jane@acme.com>"), JANE),
    "an address as the name": (mail('From: "spy@evil.com" <jane@acme.com>'), JANE | {"from_name": "spy@evil.com"}),
    "a name behind the address": (mail("From: jane@acme.com (Jane Doe)"), JANE | {"from_name": "Jane Doe"}),
    "an encoded name": (mail("From: =?utf-8?B?SsOhbmE=?= <jane@acme.com>"), JANE | {"from_name": "Jána"}),
    "a comma in an encoded name": (
        mail("From: =?utf-8?q?Doe=2C_Jane?= <jane@acme.com>"),
        JANE | {"from_name": "Doe, Jane"},
    ),
    "a raw name in UTF-8": (mail("From: Jána <jane@acme.com>"), JANE | {"from_name": "Jána"}),
    "a raw name in Latin-1": (mail(b"From: J\xe1na <jane@acme.com>"), JANE | {"from_name": "Jána"}),
    "a folded sender": (mail("From: Jane\n Doe\n\t<jane@acme.com>"), JANE | {"from_name": "Jane Doe"}),
    "no sender": (mail("Subject: Hello"), {"from_email": "", "from_name": ""}),
    "an empty sender": (mail("From: <>"), {"from_email": ""}),
    "a sender without address": (mail("From: Jane Doe"), {"from_email": ""}),
    "two senders' lines": (mail("From: jane@acme.com", "From: spy@evil.com"), JANE),
    "a broken bracket": (mail("From: Jane <jane@acme.com"), JANE),
    "comments without end": (mail("From: " + "(" * 5_000 + "jane@acme.com"), JANE),
    "everybody it names": (
        mail("To: a@x.com, B <b@x.com>", "Cc: c@x.com", "Delivered-To: d@x.com", "To: A@x.com"),
        {"to": ("a@x.com", "b@x.com", "c@x.com", "d@x.com")},
    ),
    "a group": (mail("To: Team: a@x.com, B <b@x.com>;"), {"to": ("a@x.com", "b@x.com")}),
    "an empty group": (mail("To: undisclosed-recipients:;"), {"to": ()}),
    "semicolons between": (mail("To: a@x.com; b@x.com"), {"to": ("a@x.com", "b@x.com")}),
    # subject
    "a folded subject": (mail("Subject: Re:\n a quick\n\tquestion"), {"subject": "Re: a quick question"}),
    "encoded words side by side": (mail("Subject: =?utf-8?q?a_?=\n =?utf-8?q?b?="), {"subject": "a b"}),
    "a character cut between words": (
        mail("Subject: =?utf-8?B?xb4=?= =?utf-8?B?xQ==?= =?utf-8?B?vg==?="),
        {"subject": "žž"},
    ),
    "words of two charsets": (mail("Subject: =?iso-8859-2?q?=BE?= =?utf-8?q?=C5=BE?="), {"subject": "žž"}),
    "an unknown charset": (mail("Subject: =?x-klingon?q?Hello?="), {"subject": "Hello"}),
    "broken base64 in a word": (mail("Subject: =?utf-8?B?SGVsbG8?="), {"subject": "Hello"}),
    "a word that never ends": (mail("Subject: =?utf-8?B?SGVs"), {"subject": "=?utf-8?B?SGVs"}),
    "a line break in a word": (
        mail("Subject: =?utf-8?q?Hi=0D=0ABcc=3A_all=40acme.com?="),
        {"subject": "Hi Bcc: all@acme.com", "to": ()},
    ),
    "a bare carriage return": (mail(b"Subject: Hi\rBcc: all@acme.com"), {"subject": "Hi Bcc: all@acme.com"}),
    "a NUL": (mail(b"Subject: a\0b", body=b"c\0d"), {"subject": "ab", "text": "cd"}),
    # threads
    "its id": (mail("Message-ID: <1@acme.com>"), {"message_id": "1@acme.com"}),
    "an id without brackets": (mail("Message-Id: 1@acme.com"), {"message_id": "1@acme.com"}),
    "an id without @": (mail("Message-Id: <local.1>"), {"message_id": "local.1"}),
    "a folded id": (mail("Message-ID:\n <1@acme.com>"), {"message_id": "1@acme.com"}),
    "an answer in words": (
        mail('In-Reply-To: Your message of "Mon, 2 Mar" <1@acme.com>'),
        {"in_reply_to": "1@acme.com"},
    ),
    "two answered": (mail("In-Reply-To: <1@x.com> <2@x.com>"), {"in_reply_to": "1@x.com"}),
    "folded references": (
        mail("References: <1@x.com>\n <2@x.com>\n\t<3@x.com>"),
        {"references": ("1@x.com", "2@x.com", "3@x.com")},
    ),
    "references without brackets": (mail("References: 1@x.com, 2@x.com"), {"references": ("1@x.com", "2@x.com")}),
    "references side by side": (mail("References: <1@x.com><2@x.com>"), {"references": ("1@x.com", "2@x.com")}),
    "references in two headers": (
        mail("References: <1@x.com>", "References: <2@x.com> <1@x.com>"),
        {"references": ("1@x.com", "2@x.com")},
    ),
    # dates
    "a date": (mail("Date: Mon, 2 Mar 2026 10:30:00 +0100"), {"sent_at": AT}),
    "a date with a named zone": (mail("Date: Mon, 02 Mar 26 09:30 GMT"), {"sent_at": AT}),
    "a date without zone": (mail("Date: Mon, 2 Mar 2026 09:30:00"), {"sent_at": AT}),
    "a date in words": (mail("Date: yesterday"), {"sent_at": None}),
    "no day of the calendar": (mail("Date: Mon, 31 Feb 2026 09:30:00 +0000"), {"sent_at": None}),
    "a zone of a hundred hours": (mail("Date: Mon, 2 Mar 2026 09:30:00 +9999"), {"sent_at": None}),
    "a date in the far future": (mail("Date: Mon, 2 Mar 9999 09:30:00 -1200"), {"sent_at": None}),
    "a date of 1970": (mail("Date: Thu, 1 Jan 1970 00:00:00 +0000"), {"sent_at": None}),
    # texts
    "no header at all": (b"Yes, please.", {"text": "Yes, please."}),
    "nothing": (b"", {"text": "", "subject": ""}),
    "header only": (b"From: jane@acme.com", JANE | {"text": ""}),
    "a line of an mbox above": (b"From x Mon Mar 2\n" + mail("From: jane@acme.com", body="Hi"), JANE | {"text": "Hi"}),
    "line breaks of the wire": (mail("Subject: a", body="b\nc"), {"text": "b\nc"}),
    "plain and html": (parts(PLAIN, HTML, kind="alternative"), BOTH | {"attachments": ()}),
    "html only": (mail("Content-Type: text/html", body="<p>Hi</p>"), {"text": "", "html": "<p>Hi</p>"}),
    "parts in parts": (parts(ALTERNATIVE, PDF), BOTH | {"attachments": ("offer.pdf",)}),
    "text behind an attachment": (parts(PLAIN, PDF, "\nJane"), {"text": "Yes, please.\nJane"}),
    "an attached text": (
        parts(PLAIN, "Content-Disposition: attachment; filename=notes.txt\n\nnotes"),
        {"text": "Yes, please.", "attachments": ("notes.txt",)},
    ),
    "an attached mail is not our text": (
        parts(PLAIN, FORWARDED),
        {"text": "Yes, please.", "subject": "", "attachments": ("message/rfc822",)},
    ),
    "a digest of mails": (parts("\nSubject: a\n\nb", kind="digest"), {"text": "", "attachments": ("message/rfc822",)}),
    "no closing delimiter": (parts(PLAIN, HTML, end=""), {"text": "Yes, please."}),
    "no delimiter at all": (mail("Content-Type: multipart/mixed; boundary=b", body="Hi"), {"text": "Hi"}),
    "no boundary": (mail("Content-Type: multipart/mixed", body="Hi"), {"text": "Hi"}),
    "a type that is none": (mail("Content-Type: text", body="Hi"), {"text": "Hi"}),
    "a picture alone": (
        mail("Content-Type: image/png; name=me.png", body="\x89"),
        {"text": "", "attachments": ("me.png",)},
    ),
    "an encoded file name": (
        parts(f"Content-Type: image/png\nContent-Disposition: attachment; {SPLIT_NAME}\n\n"),
        {"attachments": ("před.png",)},
    ),
    "a file name with a path": (
        parts('Content-Type: image/png\nContent-Disposition: attachment; filename="../../etc/passwd"\n\n'),
        {"attachments": ("passwd",)},
    ),
    "an invitation beside the text": (
        parts(PLAIN, INVITATION, kind="alternative"),
        {"text": "Yes, please.", "attachments": ()},
    ),
    "quoted printable": (written(b"P=C5=99=\njde", "utf-8", "quoted-printable"), {"text": "Přjde"}),
    "base64": (written(base64.encodebytes("Příjde".encode()), "utf-8", "BASE64"), {"text": "Příjde"}),
    "base64 with garbage": (written(b"U!G9\n@vZ*A", "utf-8", "base64"), {"text": "Pood"}),
    "an unknown encoding": (written(b"Hi", "utf-8", "x-rot13"), {"text": "Hi"}),
    "Latin-1": (written(b"caf\xe9 \x93x\x94", "iso-8859-1"), {"text": "café “x”"}),
    "Windows-1250": (written("žluťoučký".encode("cp1250"), "windows-1250"), {"text": "žluťoučký"}),
    "Japanese": (written("はい".encode("iso2022_jp"), "ISO-2022-JP"), {"text": "はい"}),
    "UTF-8 that says ASCII": (written("ano, příště".encode(), "us-ascii"), {"text": "ano, příště"}),
    "Latin-1 that says nothing": (mail("Subject: a", body=b"caf\xe9"), {"text": "café"}),
    "a charset that is none": (written(b"Hi", "hex"), {"text": "Hi"}),
    "a charset that is a path": (written(b"Hi", "../../x"), {"text": "Hi"}),
    "half a character": (written(b"\xd8\x00", "utf-16-be"), {"text": "�"}),
    "a byte order mark": (written(b"\xef\xbb\xbfHi", "utf-8"), {"text": "Hi"}),
    "lines broken for the wire": (
        flowed("Yes, \nplease.\n\n-- \nJane\n> first \n> one\n>> other"),
        {"text": "Yes, please.\n\n-- \nJane\n> first one\n>> other"},
    ),
    "lines broken within words": (flowed("は \nい\n >no quote", "; delsp=yes"), {"text": "はい\n>no quote"}),
    "lines broken on purpose": (written(b"a \nb", "utf-8"), {"text": "a \nb"}),
    # by whom
    "a person": (mail("From: jane@acme.com", "Return-Path: <jane@acme.com>"), HUMAN),
    "a person, said so": (mail("Auto-Submitted: No"), HUMAN),
    "an absence": (mail("Auto-Submitted: auto-replied (vacation)"), AUTO),
    "an absence with parameters": (mail("Auto-Submitted: auto-generated; owner-email=a@x.com"), AUTO),
    "an absence without return path": (
        mail("From: jane@acme.com", "Return-Path: <>", "Auto-Submitted: auto-replied"),
        AUTO,
    ),
    "an old mark": (mail("X-Autoreply: yes"), AUTO),
    "another old mark": (mail("X-Autorespond: Re: your mail"), AUTO),
    "an old precedence": (mail("Precedence: auto_reply"), AUTO),
    "bulk": (mail("Precedence: Bulk"), AUTO),
    "a person through a group": (mail("Precedence: list", "List-Id: <sales.ours.com>"), HUMAN),
    "a wish not to be answered": (mail("X-Auto-Response-Suppress: All"), HUMAN),
    "a report": (parts(PLAIN, STATUS, kind="report"), REPORT | {"text": "Yes, please."}),
    "a report of Exim": (mail("From: Mailer-Daemon@x.com", "X-Failed-Recipients: jane@acme.com"), REPORT),
    "a report of qmail": (mail("From: MAILER-DAEMON@x.com", "Return-Path: < >"), REPORT),
    "an automatic report": (
        mail("From: mailer-daemon@x.com", "Return-Path: <>", "Auto-Submitted: auto-replied"),
        REPORT,
    ),
    "no return path and no word why": (mail("From: jane@acme.com", "Return-Path: <>"), REPORT),
}


@pytest.mark.parametrize(("raw", "expected"), MAILS.values(), ids=MAILS)
def test_a_mail_is_read(raw: bytes, expected: dict[str, object]) -> None:
    told = parse_mime(raw)

    assert {name: getattr(told, name) for name in expected} == expected


def test_what_the_standard_library_writes_is_read_back() -> None:
    sent = EmailMessage()
    sent["From"] = "Jána Dvořáková <jana@acme.com>"
    sent["Subject"] = "Re: příště " * 12
    sent["References"] = " ".join(f"<{n}.{'x' * 60}@acme.com>" for n in range(9))
    sent.set_content("Ano, příště.\n")
    sent.add_alternative("<p>Ano, příště.</p>\n", subtype="html")
    sent.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="nabídka.pdf")

    told = parse_mime(sent.as_bytes())

    assert (told.from_name, told.from_email) == ("Jána Dvořáková", "jana@acme.com")
    assert told.subject == ("Re: příště " * 12).strip()
    assert (told.text.strip(), told.html.strip()) == ("Ano, příště.", "<p>Ano, příště.</p>")
    assert len(told.references) == 9 and told.attachments == ("nabídka.pdf",)


def test_of_a_long_thread_the_first_and_the_newest_are_kept() -> None:
    told = parse_mime(mail("References: " + "\n ".join(f"<{n}@x.com>" for n in range(200))))

    assert len(told.references) == MOST_REFERENCES
    assert (told.references[0], told.references[1], told.references[-1]) == ("0@x.com", "151@x.com", "199@x.com")


def nested(depth: int) -> bytes:
    return b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(depth))


MIXED = b"Content-Type: multipart/mixed; boundary=b\n\n"
LARGE = 30_000_000
HUGE = {
    "an attachment of 30 MB": lambda: parts(PLAIN, PDF + "QUJD" * (LARGE // 4)),
    "line breaks": lambda: b"\n" * LARGE,
    "fields": lambda: b"a:\n" * (LARGE // 3),
    "one long field": lambda: b"From: " + b'(<"' * (LARGE // 3),
    "delimiters": lambda: MIXED + b"\n--b" * (LARGE // 4),
    "near delimiters, deep down": lambda: nested(30) + b"\n--x" * (LARGE // 4),
    "fields of parts": lambda: MIXED + (b"--b\n" + b"a:\n" * 3_000 + b"\n") * 3_000,
    "nested without end": lambda: nested(300_000),
    "10,000 parts": lambda: MIXED + b"--b\n\nhi\n" * 10_000,
    "10,000 attachments": lambda: MIXED + b"--b\nContent-Disposition: attachment\n\nhi\n" * 10_000,
    "addresses": lambda: b"".join(b"To: a%d@x.com\n" % n for n in range(20_000)),
    "words": lambda: b"Subject: " + b"=?utf-8?b?" * 100_000,
    "text of a slow charset": lambda: written(b"a" * 1_000_000, "punycode"),
}


@pytest.mark.parametrize("made", HUGE.values(), ids=HUGE)
def test_a_huge_mail_takes_little(made) -> None:
    raw = made()

    began = process_time()
    told = parse_mime(raw)

    assert process_time() - began < 20  # the standard library's parser takes minutes for some
    assert is_bounded(told)


def is_bounded(told: InboundMail) -> bool:
    """Whether it can be stored as it is: nothing too long, no NUL, no half characters."""
    texts = [told.text, told.html, told.subject, told.from_name, told.from_email, told.message_id, told.in_reply_to]
    texts += [*told.to, *told.references, *told.attachments]
    assert all("\0" not in text and text.encode() is not None and len(text) <= LONGEST_TEXT for text in texts)
    assert len(told.subject) <= 1_000 and "\n" not in told.subject + told.from_name + told.message_id
    assert len(told.to) <= MOST_ADDRESSES and len(told.attachments) <= MOST_ATTACHMENTS
    return len(told.references) <= MOST_REFERENCES


NAMES = ["From", "To", "Subject", "Date", "Message-ID", "References", "Content-Type", "Content-Transfer-Encoding"]
NAMES += ["Content-Disposition", "Auto-Submitted", "Return-Path", "Precedence", ""]
MARKS = b"=?utf-8?b? =?iso-8859-1?q? ?= < > ( ) \" \\ ; , = *0*= '' boundary=b --b --b-- a@b.c +9999 \xff \0 +2AA- =D8"
TYPES = b"multipart/mixed text/html message/rfc822 charset= utf-7 utf-16 hz base64 quoted-printable"
BITS = [*MARKS.split(b" "), *TYPES.split(b" ")]
BITS += [b"\r\n", b"\n", b"\r", b" ", b"Mon, 2 Mar 2026"]
SOUP = some.lists(some.one_of(some.sampled_from(BITS), some.binary(max_size=6)), max_size=30).map(b"".join)
FIELDS = some.lists(some.tuples(some.sampled_from(NAMES), SOUP), max_size=12)


@given(FIELDS, SOUP, some.booleans())
@example([("Content-Type", b"text/plain; charset=utf-7")], b"+2AA-", False)
@example([("Content-Type", b"text/plain; x*0*=''a; x*=b; x*1=c")], b"", True)
def test_nothing_is_too_odd_to_be_read(fields: list[tuple[str, bytes]], body: bytes, is_divided: bool) -> None:
    head = b"".join(name.encode() + b": " + value + b"\r\n" for name, value in fields)
    kind = b"Content-Type: multipart/mixed; boundary=b\r\n" if is_divided else b""

    assert is_bounded(parse_mime(kind + head + b"\r\n" + body))


@given(some.binary(max_size=400))
def test_no_bytes_are_too_odd_to_be_read(raw: bytes) -> None:
    assert is_bounded(parse_mime(raw))
