"""DNS and SMTP against servers on this machine that behave, misbehave and fall silent."""

import ssl
import subprocess

import pytest

from bot.gateways.dns import Dns
from bot.gateways.smtp_probe import Manners, SmtpProbe
from bot.outreach.smtp_replies import Heard
from bot.outreach.validation import Found, Reason, Stage, rule
from tests.mail_world import HOST, NULL_MX, PRIVATE, A, Mailboxes, mail_host, mx, name_server, odd_host

ROWS = {
    "acme.example": mx("mx1.acme.example", "mx2.acme.example"),
    "mx1.acme.example": {"A": [A("127.0.0.2")]},
    "mx2.acme.example": HOST,
    "small.example": HOST,
    "xn--bcher-kva.example": mx("mx2.acme.example"),
    "null.example": NULL_MX,
    "bare.example": {"TXT": []},
    "broken.example": "SERVFAIL",
    "silent.example": "SILENT",
    "inside.example": mx("mx.inside.example"),
    "mx.inside.example": PRIVATE,
}
FOUND = [
    ("acme.example", Found.MX, ("mx1.acme.example", "mx2.acme.example")),
    ("xn--bcher-kva.example", Found.MX, ("mx2.acme.example",)),
    ("small.example", Found.IMPLICIT_MX, ("small.example",)),
    ("null.example", Found.NULL_MX, ()),
    ("bare.example", Found.NO_MAIL_HOST, ()),
    ("gone.example", Found.NO_DOMAIN, ()),
    ("broken.example", Found.DNS_UNAVAILABLE, ()),
    ("silent.example", Found.DNS_UNAVAILABLE, ()),
    (f"{'x' * 64}.example", Found.DNS_UNAVAILABLE, ()),
    ("a..example", Found.DNS_UNAVAILABLE, ()),
]


@pytest.fixture(scope="module")
def names():
    with name_server(dict(ROWS)) as (server, zone):
        yield server, zone


@pytest.fixture
def dns(names):
    return Dns(names[0], try_seconds=5, whole_seconds=20)


def probe_at(dns, port, **manners):
    given = {"helo": "verify.sunny.example", "port": port, "reaches_private": True, "reply_seconds": 20}
    return SmtpProbe(dns, Manners(**(given | manners)))


async def asked(dns, port, *mailboxes, hosts=("small.example",), is_honest=False, **manners):
    return await probe_at(dns, port, **manners).ask(hosts, mailboxes, is_honest=is_honest)


@pytest.mark.parametrize(("domain", "found", "hosts"), FOUND, ids=[row[0][:30] for row in FOUND])
async def test_where_a_domain_takes_its_mail(names, domain, found, hosts):
    impatient = domain == "silent.example"
    mail = await Dns(names[0], whole_seconds=0.2 if impatient else 20).mail_hosts(domain)

    assert (mail.found, mail.hosts) == (found, hosts)


async def test_name_servers_are_asked_once_and_again_after_a_failure(names, dns):
    zone = names[1]
    zone.rows["later.example"] = "SERVFAIL"
    assert (await dns.mail_hosts("later.example")).found is Found.DNS_UNAVAILABLE
    zone.rows["later.example"] = mx("mx2.acme.example")

    assert {(await dns.mail_hosts("later.example")).found for _ in range(2)} == {Found.MX}
    zone.rows["later.example"] = NULL_MX
    assert (await dns.mail_hosts("later.example")).found is Found.MX


async def test_an_honest_host_is_asked_once_about_nobody(dns):
    boxes = Mailboxes({"ana": "250 2.1.5 OK", "ben": "250 2.1.5 OK"})
    async with mail_host(boxes) as port:
        answers = await asked(dns, port, "ana@small.example", "chloe@small.example", "ben@small.example")

    assert [answer.heard for answer in answers] == [Heard.ACCEPTED, Heard.NO_MAILBOX, Heard.ACCEPTED]
    assert [answer.catch_all for answer in answers] == [Heard.NO_MAILBOX, None, Heard.NO_MAILBOX]
    assert answers[1].said == "550 5.1.1 User unknown (small.example)"
    assert len(boxes.asked) == 4 and len(set(boxes.helos)) == 1 == len(boxes.helos)
    assert boxes.helos == ["verify.sunny.example"]


async def test_a_host_known_to_be_honest_is_not_asked_about_nobody(dns):
    boxes = Mailboxes({"ana": "250 OK"})
    async with mail_host(boxes) as port:
        (answer,) = await asked(dns, port, "ana@small.example", is_honest=True)

    assert answer.catch_all is Heard.NO_MAILBOX and boxes.asked == ["ana@small.example"]


async def test_a_catch_all_settles_the_rest_without_a_question(dns):
    boxes = Mailboxes(catch_all={"small.example"})
    async with mail_host(boxes) as port:
        answers = await asked(dns, port, *(f"p{number}@small.example" for number in range(5)))

    assert [answer.catch_all for answer in answers] == [Heard.ACCEPTED] * 5 and len(boxes.asked) == 2


async def test_a_policy_answer_about_nobody_does_not_prove_honesty(dns):
    boxes = Mailboxes({"ana": "250 OK"}, nobody="550 5.7.1 blocked by policy")
    async with mail_host(boxes) as port:
        (answer,) = await asked(dns, port, "ana@small.example")

    assert (answer.heard, answer.catch_all) == (Heard.ACCEPTED, Heard.BLOCKED)


async def test_greylisting_opens_at_the_second_time(dns):
    boxes = Mailboxes({"ana": "250 OK"}, greylisted={"ana@small.example"})
    async with mail_host(boxes) as port:
        (first,) = await asked(dns, port, "ana@small.example")
        (second,) = await asked(dns, port, "ana@small.example")

    assert (first.heard, second.heard) == (Heard.LATER, Heard.ACCEPTED)


REPLIES = [
    ("452 4.2.2 mailbox full", Heard.FULL, Reason.FULL),
    ("552 5.2.2 mailbox full", Heard.FULL, Reason.MAILBOX_FULL),
    ("550 5.4.1 Recipient address rejected: Access denied", Heard.NO_MAILBOX, Reason.NO_MAILBOX),
    ("550-5.7.1 Client host\r\n550 5.7.1 blocked using Spamhaus", Heard.BLOCKED, Reason.BLOCKED),
    ("421 4.7.0 Try again later, closing connection.", Heard.LATER, Reason.LATER),
]


@pytest.mark.parametrize(("reply", "heard", "reason"), REPLIES, ids=[row[0][:9] for row in REPLIES])
async def test_what_a_host_answers(dns, reply, heard, reason):
    async with mail_host(Mailboxes({"ana": reply})) as port:
        (answer,) = await asked(dns, port, "ana@small.example")

    assert (answer.heard, rule(await dns.mail_hosts("small.example"), answer).reason) == (heard, reason)


async def test_the_second_host_answers_when_the_first_is_dead(dns):
    boxes, hosts = Mailboxes({"ana": "250 OK"}), ("mx1.acme.example", "mx2.acme.example")
    async with mail_host(boxes) as port:
        (answer,) = await asked(dns, port, "ana@acme.example", hosts=hosts)

    assert answer.heard is Heard.ACCEPTED and answer.said.endswith("(mx2.acme.example)")


async def test_a_private_address_is_never_connected_to(dns):
    boxes = Mailboxes(catch_all={"inside.example"})
    async with mail_host(boxes) as port:
        for host in ("mx.inside.example", "small.example"):
            (answer,) = await asked(dns, port, "ana@inside.example", hosts=(host,), reaches_private=False)
            assert (answer.heard, answer.failure) == (None, Reason.UNSAFE_HOST)

    assert boxes.helos == []


async def test_a_host_without_an_address_fails_at_connecting(dns):
    (answer,) = await asked(dns, 25, "ana@acme.example", hosts=("nowhere.acme.example",))

    assert (answer.heard, answer.stage, answer.failure) == (None, Stage.CONNECT, None)


BROKEN = [
    ("421 banner", {"banner": b"421 4.3.2 too busy\r\n"}, 421),
    ("554 banner", {"banner": b"554 5.7.1 you are listed\r\n"}, 554),
    ("silent", {}, None),
    ("reset", {"reset": True}, None),
]


@pytest.mark.parametrize(("how", "code"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
async def test_a_host_that_does_not_greet_says_nothing_of_the_mailbox(dns, how, code):
    async with odd_host(**how) as port:
        (answer,) = await asked(dns, port, "ana@small.example", connect_seconds=0.3 if not how else 20)

    assert (answer.heard, answer.stage, answer.code) == (None, Stage.CONNECT, code)


async def test_a_line_that_is_cut_loses_no_answer_that_was_given(dns):
    boxes = Mailboxes({"ana": "250 OK", "ben": "250 OK"}, cut={"ana@small.example"})
    async with mail_host(boxes) as port:
        first, second = await asked(dns, port, "ana@small.example", "ben@small.example", is_honest=True)

    assert first.heard is Heard.ACCEPTED and second.heard is None


async def test_the_empty_sender_first_then_the_real_one(dns):
    boxes = Mailboxes({"ana": "250 OK"}, senders={"<>": "550 5.7.1 null sender refused"})
    async with mail_host(boxes) as port:
        (refused,) = await asked(dns, port, "ana@small.example")
        (answer,) = await asked(dns, port, "ana@small.example", sender="verify@sunny.example")

    assert (refused.heard, refused.stage, answer.heard) == (None, Stage.SENDER, Heard.ACCEPTED)


async def test_certificates_need_not_match(dns, certificate):
    boxes = Mailboxes({"ana": "250 OK"})
    async with mail_host(boxes, tls_context=certificate) as port:
        (answer,) = await asked(dns, port, "ana@small.example")

    assert answer.heard is Heard.ACCEPTED and boxes.encrypted[-1] is True


async def test_a_handshake_that_fails_is_followed_by_a_plain_conversation(dns):
    boxes, broken = Mailboxes({"ana": "250 OK"}), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    async with mail_host(boxes, tls_context=broken) as port:
        (answer,) = await asked(dns, port, "ana@small.example")

    assert answer.heard is Heard.ACCEPTED and set(boxes.encrypted) == {False}


async def test_letters_beyond_ascii_need_a_host_that_takes_them(dns):
    boxes = Mailboxes({"josé": "250 OK"})
    async with mail_host(boxes) as port:
        (refused,) = await asked(dns, port, "josé@small.example")
    async with mail_host(boxes, enable_SMTPUTF8=True) as port:
        (answer,) = await asked(dns, port, "josé@small.example")

    assert (refused.failure, answer.heard) == (Reason.NEEDS_SMTPUTF8, Heard.ACCEPTED)


async def test_whether_port_25_is_open(dns):
    async with mail_host(Mailboxes()) as port:
        assert await probe_at(dns, port).can_connect(["mx1.acme.example", "small.example"])
        assert not await probe_at(dns, port).can_connect(["mx1.acme.example", "gone.example"])
    async with odd_host(banner=b"554 5.7.1 you are listed\r\n") as port:
        assert await probe_at(dns, port).can_connect(["small.example"])


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificate")
    key, chain = folder / "key.pem", folder / "chain.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=wrong.example", "-days", "2"]
    subprocess.run([*made, "-keyout", key, "-out", chain], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    return context
