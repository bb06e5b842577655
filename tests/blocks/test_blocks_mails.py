"""Mails sent directly, in Slack: the form, the second look, the list, the message with Undo."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import hostile
import hostile_mails
import pytest
from given_leads import ACME
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import assert_fit_view, element, labels, offered, words

from blocks import ids
from blocks.mail_form import QUEUE, digest, field_id, mail_form, obstacle_view, previewed
from blocks.mails import STATE_WORDS, badge, mail_line, mails_part, mails_view
from blocks.unclear_mails import unclear_view
from bot.outreach.limits import Budget, Limit, Slot, Wait
from bot.outreach.mail_facts import Delivery, Engagement
from bot.outreach.mail_templates import MailTemplate
from bot.outreach.mail_types import DraftType
from bot.outreach.mails import MailState, Outgoing, UnclearMail, UnclearPage
from bot.outreach.sites import Site

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
SITE = Site("s1", "Spring", "sales@acme.com", "Lena", "Main 1, Brno", "Europe/Prague")
TODAY = Budget(SITE, used=60, held=3, resets_at=LATER)
OTHER = Budget(replace(SITE, id="s2", name="Autumn"), used=0, held=0, resets_at=LATER)
HELLO = MailTemplate("t1", "Hello", "S", "B")
MAIL = Outgoing(
    "m1", "l1", "jane@acme.com", "s1", DraftType.MANUAL, "A word", "Hi.", "U1", NOW, NOW + timedelta(minutes=1)
)


def mail(state=MailState.HELD, **changes):
    return replace(MAIL, state=state, **changes)


def form(**changes):
    given = {"site_id": "s1", "last_sent": None, "channel": "C1"} | changes
    view = mail_form(ACME, [TODAY, OTHER], given.pop("templates", [HELLO]), **given)
    assert_fit_view(view)
    return view


def confirm(wait=None, leaves_at=LATER):
    typed = ("A word", "Hi Jane,\n\nshort.")
    return previewed(form(typed=typed), ACME, Slot(TODAY, wait, leaves_at), typed)


@hostile.quick
@given(hostile.leads, hostile_mails.many_budgets(least=1), hostile_mails.many_templates(), hostile.texts, st.data())
def test_the_form_fits(lead, budgets, templates, text, data):
    last_sent, body = data.draw(hostile_mails.maybe_times), data.draw(hostile_mails.bodies)
    kept = {"last_sent": last_sent, "notice": text, "channel": text, "revision": 2}
    kept |= {"site_id": budgets[-1].site.id, "template_id": templates[-1].id if templates else text}

    assert_fit_view(mail_form(lead, budgets, templates, typed=(text, body), **kept))


@hostile.quick
@given(hostile.leads, hostile_mails.budgets, hostile.texts, hostile_mails.bodies, hostile.times, hostile_mails.waits)
def test_the_second_look_fits(lead, budget, text, body, leaves_at, wait):
    form = mail_form(lead, [budget], [], site_id="", typed=(text, body), last_sent=None)
    assert_fit_view(previewed(form, lead, Slot(budget, wait, leaves_at), (text, body)))
    assert_fit_view(obstacle_view(lead, text))


@settings(hostile.quick, max_examples=30)
@given(hostile.leads, hostile_mails.many_mails(), st.booleans(), st.booleans(), hostile.texts)
def test_the_mails_of_a_lead_fit(lead, mails, may, connected, title):
    assert_fit_view(mails_view(lead, mails, may=may))
    for each in mails[:2]:
        assert "\n" not in mail_line(each)
    if part := mails_part(lead.id, mails, may=may, connected=connected):
        assert_fit_view({**mails_view(lead, (), may=may), "blocks": part})


def test_the_form_shows_the_budget_before_the_click():
    said = words(form(last_sent=NOW))

    assert "37 of 100 left today from *Spring*, resets <!date^" in said
    assert "Last written to <!date^1772442000^" in said
    assert "To Jane Doe (jane@acme.com) at Acme" in said
    assert "Not written to from here yet" in words(form())


def test_the_form_chooses_the_site_and_says_what_each_has_left():
    view = form(site_id="s2")

    assert element(view, ids.MAIL_SITE)["initial_option"]["value"] == "s2"
    assert "Spring · 37 left today" in words(view) and "100 of 100 left today from *Autumn*" in words(view)
    assert element(form(site_id="gone"), ids.MAIL_SITE)["initial_option"]["value"] == "s1"


def test_a_template_is_chosen_while_the_form_is_open():
    view = form(template_id="t1")

    assert offered(view, ids.MAIL_TEMPLATE) == ["t1"]
    assert next(block for block in view["blocks"] if block.get("block_id") == "template")["dispatch_action"] is True
    assert element(form(templates=[]), ids.MAIL_TEMPLATE) is None
    assert "`/outreach templates`" in words(form(templates=[]))


def test_another_revision_has_other_boxes():
    boxes = {block["block_id"]: block["element"] for block in form(typed=("S", "B"), revision=3)["blocks"][-2:]}

    assert boxes[field_id("subject", 3)]["initial_value"] == "S" and boxes[field_id("body", 3)]["initial_value"] == "B"
    assert json.loads(form(revision=3)["private_metadata"]) == {"lead": ACME.id, "channel": "C1", "revision": 3}


def test_the_second_look_says_to_whom_from_whom_and_what():
    view = confirm()

    assert "Goes to *jane@acme.com* from Lena &lt;sales@acme.com&gt;" in words(view)
    assert "*A word*\n&gt; Hi Jane,\n&gt;\n&gt; short." in words(view)
    assert "You can take it back for 60 seconds." in words(view) and view["submit"]["text"] == "Send"


@pytest.mark.parametrize(
    ("limit", "submit", "said"),
    [
        (Limit.CAP, QUEUE, "63 of today's 100 emails are sent or queued to send; the cap resets <!date^1772528400^"),
        (Limit.COOLDOWN, QUEUE, "Acme was written to less than 24 hours ago: 1 of 1 email"),
        (Limit.QUIET, "Send", "The site is quiet until <!date^1772528400^"),
    ],
    ids=str,
)
def test_a_limit_says_what_stands_in_the_way_and_offers_the_next_slot(limit, submit, said):
    view = confirm(Wait(limit, LATER), leaves_at=LATER + timedelta(hours=1))

    assert view["submit"]["text"] == submit
    assert said in words(view) and "<!date^1772532000^" in words(view)
    assert "You can take it back for 60 seconds." not in words(view)


def test_an_obstacle_names_the_lead():
    assert "No email to Acme: Not reachable: bounced" in words(obstacle_view(ACME, "Not reachable: bounced"))


@pytest.mark.parametrize(
    ("state", "delivery", "engagement", "said"),
    [
        (MailState.HELD, Delivery.NONE, Engagement.NONE, "Queued to send"),
        (MailState.SENDING, Delivery.NONE, Engagement.NONE, "Sending"),
        (MailState.ACCEPTED, Delivery.NONE, Engagement.NONE, "Sent"),
        (MailState.ACCEPTED, Delivery.PROCESSED, Engagement.NONE, "Sent"),
        (MailState.ACCEPTED, Delivery.DEFERRED, Engagement.NONE, "Sent"),
        (MailState.ACCEPTED, Delivery.DELIVERED, Engagement.NONE, "Delivered"),
        (MailState.ACCEPTED, Delivery.DELIVERED, Engagement.OPENED, "Opened"),
        (MailState.ACCEPTED, Delivery.DELIVERED, Engagement.CLICKED, "Clicked"),
        (MailState.ACCEPTED, Delivery.NONE, Engagement.REPLIED, "Replied"),
        (MailState.ACCEPTED, Delivery.BOUNCED, Engagement.OPENED, "Bounced"),
        (MailState.ACCEPTED, Delivery.BLOCKED, Engagement.NONE, "Blocked"),
        (MailState.ACCEPTED, Delivery.DROPPED, Engagement.NONE, "Dropped"),
        (MailState.UNCLEAR, Delivery.NONE, Engagement.NONE, "Unclear"),
        (MailState.AGAIN, Delivery.NONE, Engagement.NONE, "Unclear, sent again"),
        (MailState.AGAIN, Delivery.DELIVERED, Engagement.NONE, "Delivered"),
        (MailState.REFUSED, Delivery.NONE, Engagement.NONE, "Not sent"),
        (MailState.CANCELLED, Delivery.NONE, Engagement.NONE, "Taken back"),
    ],
)
def test_every_standing_has_a_word(state, delivery, engagement, said):
    assert badge(mail(state, delivery=delivery, engagement=engagement)).partition(" ")[2] == said


def test_every_combination_has_a_mark_and_words():
    assert set(STATE_WORDS) == set(product(MailState, Delivery, Engagement))
    assert all(words.partition(" ")[2][0].isupper() for words in STATE_WORDS.values())


@pytest.mark.parametrize(
    ("given_mail", "said"),
    [
        (mail(), "*A word* · 🕒 Queued to send · leaves <!date^1772442060^"),
        (mail(waits_for=Limit.CAP), "Queued to send · waits for the daily cap until <!date^1772442060^"),
        (mail(waits_for=Limit.QUIET), "waits for the end of the quiet hours until"),
        (mail(waits_for=Limit.COOLDOWN), "waits for 24 hours since the last email to them until"),
        (mail(MailState.ACCEPTED, accepted_at=LATER), "*A word* · 📤 Sent · <!date^1772528400^"),
        (mail(MailState.REFUSED), "⚠️ Not sent · <!date^1772442000^"),
        (mail(MailState.REFUSED, problem="Recipient unsubscribed"), " · Recipient unsubscribed"),
        (mail(MailState.ACCEPTED, machine_opens=3), " · ignored 3 machine opens"),
        (mail(MailState.ACCEPTED, machine_opens=1), " · ignored 1 machine open"),
    ],
)
def test_a_line_says_where_a_mail_stands(given_mail, said):
    assert said in mail_line(given_mail)


def test_what_has_not_left_can_be_undone_by_whoever_may_send():
    assert labels(mails_view(ACME, [mail()], may=True)) == ["Undo"]
    assert element(mails_view(ACME, [mail()], may=True), ids.MAIL_UNDO)["value"] == "m1"
    assert labels(mails_view(ACME, [mail(), mail(MailState.UNCLEAR)], may=False)) == []


def test_an_unclear_one_is_decided_by_a_person_who_reads_what_it_means():
    view = mails_view(ACME, [mail(MailState.UNCLEAR), mail(MailState.ACCEPTED)], may=True)

    assert labels(view) == ["It was sent", "Send again"]
    assert "they get it twice" in words(view)


@settings(hostile.quick, max_examples=30)
@given(st.lists(hostile_mails.mails, max_size=2), st.one_of(st.none(), hostile.leads), hostile.texts, hostile.texts)
def test_a_page_of_unclear_ones_fits(mails, lead, text, refused):
    rows = tuple(UnclearMail(each, lead, text) for each in mails * 5)
    assert_fit_view(unclear_view(UnclearPage(rows, 3, has_next=True), refused=refused))


def test_who_may_not_send_sees_the_unclear_ones_without_deciding():
    page = UnclearPage((UnclearMail(mail(MailState.UNCLEAR), ACME, "Spring"),), 0, has_next=False)

    only_shown = unclear_view(page, refused="Ben <b> may.")
    assert labels(only_shown) == ["Open lead"] and "Ben &lt;b&gt; may." in words(only_shown)
    assert labels(unclear_view(page)) == ["Open lead", "It was sent", "Send again"]


def test_a_lead_without_mails_says_so_and_older_ones_are_counted():
    many = mails_view(ACME, [mail(MailState.UNCLEAR)] * 35, may=True)

    assert_fit_view(many)
    assert "and 5 older ones" in words(many)
    assert "No email sent directly yet." in words(mails_view(ACME, [], may=True))


def test_a_preview_is_bound_to_its_text():
    kept = json.loads(confirm()["private_metadata"])

    assert kept["seen"] == digest("s1", " A word", "Hi Jane,\n\nshort. ")
    assert kept["seen"] != digest("s1", "A word", "Hi Jane,\n\nlonger.")
    assert kept["seen"] != digest("s2", "A word", "Hi Jane,\n\nshort.")


def test_the_lead_card_shows_the_newest_and_what_can_be_done():
    part = mails_part("l1", [mail(), mail(MailState.ACCEPTED)], may=True, connected=True)

    assert "Queued to send" in words(part) and labels(part) == ["Send email", "Emails sent (2)"]
    assert element(part, ids.SEND_MAIL)["value"] == element(part, ids.LEAD_MAILS)["value"] == "l1"
    assert labels(mails_part("l1", [mail()], may=False, connected=True)) == ["Emails sent (1)"]
    assert labels(mails_part("l1", [mail()], may=True, connected=False)) == ["Emails sent (1)"]
    assert labels(mails_part("l1", [], may=True, connected=True)) == ["Send email"]
    assert mails_part("l1", [], may=True, connected=False) == []
