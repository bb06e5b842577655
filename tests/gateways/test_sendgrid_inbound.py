"""Forms of Inbound Parse, in both modes, whole and broken."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.gateways.sendgrid_inbound import kept_whole, parse_inbound

KIND = "multipart/form-data; boundary=xYzZY"
MAIL = b"From: Jane <jane@acme.test>\r\nTo: lena@sunny.test\r\nSubject: Yes\r\n\r\nCall me.\r\n--xYzZ is no end\r\n"
ENVELOPE = b'{"to":["reply+abc@parse.test"],"from":"jane@acme.test"}'


def form(**parts):
    lines = [
        f'--xYzZY\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + content + b"\r\n"
        for name, content in parts.items()
    ]
    return kept_whole(KIND, b"".join(lines) + b"--xYzZY--\r\n")


@pytest.mark.parametrize("name", ["email", "rawEmail"])
def test_a_whole_mail_and_whom_it_was_delivered_to(name):
    mail = parse_inbound(form(**{name: MAIL, "envelope": ENVELOPE, "SPF": b"pass", "dkim": b"{@acme.test : pass}"}))

    assert mail is not None
    assert (mail.from_email, mail.from_name, mail.subject) == ("jane@acme.test", "Jane", "Yes")
    assert mail.to == ("reply+abc@parse.test", "lena@sunny.test")
    assert mail.text.startswith("Call me.")
    assert (mail.spf, mail.dkim, mail.is_automatic, mail.is_report) == ("pass", "{@acme.test : pass}", False, False)


def test_a_mail_in_parts():
    headers = b"Auto-Submitted: auto-replied\nFrom: Jane <jane@acme.test>\nMessage-ID: <1@x>\nSubject: Away"
    charsets = b'{"text":"iso-8859-2","html":"no-such-charset"}'
    text = "Zítra".encode("iso-8859-2")

    mail = parse_inbound(form(headers=headers, text=text, html="Zítra".encode(), charsets=charsets, envelope=ENVELOPE))

    assert mail is not None
    assert (mail.text, mail.html, mail.message_id, mail.is_automatic) == ("Zítra", "Zítra", "1@x", True)


@pytest.mark.parametrize(
    ("charset", "octets", "read"),
    [
        ("utf-8", "Zítra\0".encode(), "Zítra"),
        ("iso-8859-1", b"\x93Yes\x94 \x80 5", "“Yes” € 5"),
        ("no-such-charset", b"Fa\xe7ade", "Façade"),
        ("undefined", b"Yes", "Yes"),
        ("idna", "Zítra".encode(), "Zítra"),
        ("base64", b"Yes", "Yes"),
        (7, b"Yes", "Yes"),
    ],
    ids=str,
)
def test_a_part_is_read_whatever_its_charset_is_called(charset, octets, read):
    charsets = json.dumps({"text": charset, "subject": charset}).encode()

    mail = parse_inbound(form(headers=b"From: a@b.test", subject=octets, text=octets, charsets=charsets))

    assert mail is not None
    assert (mail.subject, mail.text) == (read, read)


@pytest.mark.parametrize(
    "sender", [b"Jane <jane@acme.test>", b"jane@acme.test (Jane", b"(" * 5_000 + b"jane@acme.test"], ids=len
)
def test_a_sender_is_found_beside_headers_that_name_none(sender):
    mail = parse_inbound(form(**{"headers": b"Subject: Yes", "from": sender, "text": b"Hi"}))

    assert mail is not None
    assert mail.from_email == "jane@acme.test"


@pytest.mark.parametrize(
    ("sender", "envelope", "automatic", "report"),
    [
        (b"jane@acme.test", b'{"from":""}', True, False),
        (b"MAILER-DAEMON@acme.test", b'{"from":"x@y"}', False, True),
        (b"jane@acme.test", b"[1]", False, False),
        (b"jane@acme.test", b"{", False, False),
    ],
    ids=["no return path", "a daemon", "an odd envelope", "a broken one"],
)
def test_what_the_delivery_tells_of_machines(sender, envelope, automatic, report):
    mail = parse_inbound(form(email=b"From: " + sender + b"\r\n\r\nHi", envelope=envelope))

    assert mail is not None
    assert (mail.is_automatic, mail.is_report) == (automatic, report)


@pytest.mark.parametrize(
    "kept",
    [
        b"",
        kept_whole("", b"x"),
        kept_whole("application/json", b"{}"),
        kept_whole(KIND, b"no form at all"),
        kept_whole("multipart/form-data; boundary=", b"--\r\n"),
        kept_whole(f"multipart/form-data; boundary={'x' * 500}", b"--x"),
        form(text=b"no headers"),
        form(email=b"no sender here"),
    ],
)
def test_what_is_no_mail_is_none(kept):
    assert parse_inbound(kept) is None


@given(st.binary(max_size=300), st.binary(max_size=200), st.binary(max_size=80))
def test_nothing_it_gets_breaks_it(body, headers, json):
    parse_inbound(kept_whole(KIND, body))
    parse_inbound(form(email=body, envelope=json))
    parse_inbound(form(headers=b"From: a@b.test\n" + headers, text=body, charsets=json, **{"attachment-info": json}))
