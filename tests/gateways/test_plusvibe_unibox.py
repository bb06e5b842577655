"""What the gateway makes of PlusVibe's Unibox: tiny pages, shapes that change, replies never sent twice."""

import pytest

from bot.gateways.plusvibe import PlusVibe
from bot.gateways.plusvibe_unibox import mail_in
from bot.outreach.errors import Invalid, NotFound, Unavailable
from bot.outreach.unibox import Direction, Mail
from bot.sandbox.plusvibe import happenings, seed
from bot.sandbox.plusvibe.world import PlusVibeWorld

MAILBOX = "lena@sunnyaudits.example"
JANE = "jane@acme.example"
REPLY = {"mailbox": MAILBOX, "to_email": JANE, "subject": "Re: Hi", "html": "<p>Yes</p>"}


@pytest.fixture
async def replied(world: PlusVibeWorld) -> PlusVibeWorld:
    """Jane wrote six times, Ben once in between."""
    jane, ben = world.enrol(seed.QUICK_WINS, JANE), world.enrol(seed.QUICK_WINS, "ben@beta.example")
    await happenings.send_email(world, jane)
    for number in range(6):
        await happenings.reply(world, ben if number == 3 else jane, f"Number {number}", label="")
    return world


async def _all(plusvibe: PlusVibe, **asked: str) -> list[Mail]:
    return [mail async for page in plusvibe.unibox.mails(**asked) for mail in page]


async def test_every_page_is_read_newest_first_and_no_empty_cursor_is_sent(plusvibe, replied):
    mails = await _all(plusvibe)

    assert [mail.told.text for mail in mails] == [f"Number {number}" for number in reversed(range(6))]
    assert all(call.query.get("page_trail") != "" for call in replied.calls)


async def test_one_persons_mail_only(plusvibe, replied):
    assert [mail.told.text for mail in await _all(plusvibe, lead="ben@beta.example")] == ["Number 3"]
    assert await _all(plusvibe, lead="nobody@gamma.example") == [], "a filter nobody matches is ignored there"


async def test_a_cursor_that_repeats_ends_the_reading(plusvibe, replied, monkeypatch):
    from bot.sandbox.plusvibe import unibox_routes

    monkeypatch.setattr(unibox_routes, "_page", lambda world, asked, rows: (rows[:2], "pt_same"))

    assert len(await _all(plusvibe)) == 4


async def test_what_campaigns_sent_and_the_connected_mailboxes(plusvibe, replied):
    (sent,) = await plusvibe.unibox.campaign_mails(JANE)

    assert (sent.direction, sent.told.from_email, sent.to_email) == (Direction.OUT, MAILBOX, JANE)
    assert "we looked at" in sent.told.text
    assert MAILBOX in await plusvibe.unibox.mailboxes()


async def test_a_reply_goes_out_in_the_thread(plusvibe, replied):
    answered = replied.messages[0]

    email_id = await plusvibe.unibox.reply(reply_to=answered["id"], **REPLY)

    row = replied.messages[-1]
    assert (row["id"], row["direction"], row["thread_id"]) == (email_id, "OUT", answered["thread_id"])
    await plusvibe.unibox.mark_read(answered["thread_id"])
    assert replied.messages[0]["is_unread"] == 0


@pytest.mark.parametrize(
    ("fault", "answered", "sent"),
    [
        pytest.param({"status": 503}, False, 0, id="a fault of theirs"),
        pytest.param({"drop_after_effect": True}, False, 1, id="the answer lost on its way"),
        pytest.param({"garbage": True}, False, 1, id="an answer nobody can read"),
        pytest.param({"status": 401}, True, 0, id="our key refused"),
    ],
)
async def test_a_reply_is_never_repeated_and_says_whether_it_can_have_gone_out(
    plusvibe, replied, fault, answered, sent
):
    replied.fail_next("/unibox/emails/reply", **fault)

    with pytest.raises(Unavailable) as caught:
        await plusvibe.unibox.reply(reply_to=replied.messages[0]["id"], **REPLY)

    assert caught.value.answered is answered
    assert sum(call.path == "/unibox/emails/reply" for call in replied.calls) == 1
    assert sum(row["direction"] == "OUT" for row in replied.messages) == sent


async def test_refusals_in_words(plusvibe, replied):
    with pytest.raises(Invalid, match="no longer has this mailbox") as caught:
        await plusvibe.unibox.reply(reply_to=replied.messages[0]["id"], **{**REPLY, "mailbox": "gone@x.example"})
    assert caught.value.field == "mailbox"
    with pytest.raises(Invalid, match="refused the request"):
        await plusvibe.unibox.reply(reply_to="nobody", **REPLY)
    with pytest.raises(NotFound):
        await plusvibe.unibox.mark_read("thread-nobody")
    with pytest.raises(Invalid):
        await plusvibe.unibox.mark_read("../delete")


@pytest.mark.parametrize(
    ("row", "read"),
    [
        pytest.param({"body": {"text": "Hi", "html": "<p>Hi</p>"}}, ("Hi", JANE, MAILBOX), id="as documented"),
        pytest.param({"body": "<p>Hi</p>"}, ("Hi", JANE, MAILBOX), id="a bare body is HTML"),
        pytest.param({"body": None, "content_preview": "Hi"}, ("Hi", JANE, MAILBOX), id="a preview only"),
        pytest.param({"lead": {"email": JANE}, "body": "Hi"}, ("Hi", JANE, MAILBOX), id="the lead an object"),
        pytest.param({"lead": "", "body": "Hi"}, ("Hi", JANE, MAILBOX), id="no lead: who wrote"),
        pytest.param(
            {"eaccount": "", "to_address_email_list": f"Lena <{MAILBOX}>", "body": "Hi"},
            ("Hi", JANE, MAILBOX),
            id="the mailbox from a text with a name",
        ),
    ],
)
def test_fields_come_in_several_shapes(row, read):
    whole = {
        "id": "e1",
        "lead": JANE,
        "from_address_email": JANE,
        "to_address_email_list": [MAILBOX],
        "direction": "IN",
    }
    mail = mail_in({**whole, "eaccount": MAILBOX, "timestamp_created": "2026-03-02T09:00:00Z", **row})

    assert mail is not None
    assert (mail.told.text, mail.told.lead_email, mail.told.mailbox) == read


@pytest.mark.parametrize("row", [{}, {"id": "e1"}, {"lead": JANE}, {"id": "e1", "lead": 7, "body": []}])
def test_what_names_no_message_or_nobody_is_left_out(row):
    assert mail_in(row) is None
