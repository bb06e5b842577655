"""The link board in Slack: whatever the texts, everything fits, and a card says where its page stands."""

from dataclasses import replace
from datetime import timedelta

import hostile
import hostile_mails
import pytest
from given_leads import ACME
from hypothesis import given
from hypothesis import strategies as st
from reading import assert_fit_message, assert_fit_view, labels, words
from test_blocks_sequences import runs, sequences

from blocks import link_ids
from blocks.card_links import links_part
from blocks.lead_card import card_view
from blocks.link_board import NO_OPPORTUNITIES, board_view, column_view
from blocks.link_card import link_card
from blocks.link_checks import links_news
from blocks.link_forms import Addressing, add_form, aim_form, move_form, notes_form, removal_form
from blocks.link_history import history_view
from blocks.link_state import LinkState
from blocks.mail_form import mail_form
from blocks.runs import run_form
from bot.outreach.access import Permission
from bot.outreach.cards import LeadCard
from bot.outreach.link_board import LinkBoard, LinkCard, LinkHistory, LinkPage
from bot.outreach.link_checks import LinkCheck, LinkMatch, LinkStanding, Presence, Sight
from bot.outreach.mail_facts import Delivery, Engagement, FactKind, MailFact
from bot.outreach.mails import MailState
from bot.outreach.opportunities import BoardColumn, Opportunity
from bot.outreach.readiness import trace
from bot.outreach.sequences import Mode, Run, RunState
from tests.outreach.given_mails import NOON, a_mail

NEW, QUEUED, REACHED, WON = BoardColumn
ALL = frozenset(Permission)
PAGE = Opportunity("o1", "l1", "https://www.blog.example/best-tools/", "blog.example", "U1", NOON, NOON)
standings = st.builds(
    LinkStanding,
    match=st.sampled_from(LinkMatch),
    state=st.sampled_from(Presence),
    missed_at=hostile_mails.maybe_times,
    trouble=hostile.texts,
    checked_at=hostile_mails.maybe_times,
    seen_at=hostile_mails.maybe_times,
    anchor=hostile.texts,
    rel=hostile.texts,
    next_at=hostile_mails.maybe_times,
)
checks = st.builds(
    LinkCheck,
    id=hostile.uuids,
    opportunity_id=hostile.uuids,
    at=hostile.times,
    actor=st.sampled_from(["clock", "U1"]),
    sight=st.sampled_from(Sight),
    state=st.sampled_from(Presence),
    is_turn=st.booleans(),
    url=hostile.urls,
    anchor=hostile.texts,
    rel=hostile.texts,
    why=hostile.texts,
)
opportunities = st.builds(
    Opportunity,
    id=hostile.uuids,
    lead_id=hostile.uuids,
    source_url=hostile.urls,
    domain=hostile.texts,
    author=hostile.texts,
    created_at=hostile.times,
    moved_at=hostile.times,
    anchor_text=hostile.texts,
    target_url=hostile.urls,
    column=st.sampled_from(BoardColumn),
    by_hand=st.one_of(st.none(), st.sampled_from(BoardColumn)),
    set_by=hostile.texts,
    set_at=hostile_mails.maybe_times,
    notes=hostile_mails.bodies,
    noted_by=hostile.texts,
    noted_at=hostile_mails.maybe_times,
    lost_at=hostile_mails.maybe_times,
    link=standings,
)
cards = st.builds(
    LinkCard,
    opportunity=opportunities,
    lead=st.one_of(st.none(), hostile.leads),
    mail=st.one_of(st.none(), hostile_mails.mails),
    run=st.one_of(st.none(), runs),
    steps=st.integers(0, 10),
)
states = st.builds(
    LinkState,
    text=hostile.texts,
    column=st.one_of(st.none(), st.sampled_from(BoardColumn)),
    cursor=hostile.texts,
    emptied=st.integers(0, 10**6),
)
facts = st.builds(
    MailFact,
    kind=st.sampled_from(FactKind),
    at=hostile.times,
    is_machine=st.booleans(),
    url=hostile.urls,
    useragent=hostile.texts,
    why=hostile.texts,
)


def many(card, number):
    return [replace(card, opportunity=replace(card.opportunity, id=f"o{place}")) for place in range(number)]


@hostile.quick
@given(cards, states, hostile.rights, st.integers(0, 10**7), hostile.texts, hostile.texts)
def test_the_board_fits(card, state, may, number, done, problem):
    shown = {column: many(card, 5) for column in BoardColumn}
    shown = {
        column: [replace(c, opportunity=replace(c.opportunity, id=f"{column}{c.opportunity.id}")) for c in found]
        for column, found in shown.items()
    }
    counts = dict.fromkeys(BoardColumn, number)
    view = board_view(LinkBoard(shown, counts), state, names={}, may=may, done=done, problem=problem)

    assert_fit_view(view)
    assert len(view["blocks"]) <= 50


@hostile.quick
@given(cards, states, hostile.rights, st.one_of(st.just(""), hostile.uuids))
def test_a_column_fits(card, state, may, cursor):
    page = LinkPage(card.opportunity.column, many(card, 10), cursor, 10**6)
    assert_fit_view(column_view(page, state, names={}, may=may))


@hostile.quick
@given(
    opportunities,
    states,
    hostile.texts,
    hostile.leads,
    hostile_mails.many_budgets(least=1),
    hostile_mails.many_templates(),
    st.lists(sequences, min_size=1),
)
def test_the_forms_fit(opportunity, state, text, lead, budgets, templates, sequences):
    board = state.packed()
    assert_fit_view(add_form(board))
    assert_fit_view(move_form(opportunity, board))
    assert_fit_view(aim_form(opportunity, board))
    assert_fit_view(notes_form(opportunity, board, text, done="Saved."))
    assert_fit_view(removal_form(opportunity, board))
    link = Addressing(opportunity, text, board)
    assert_fit_view(mail_form(lead, budgets, templates, site_id="", last_sent=None, link=link))
    assert_fit_view(run_form(lead, sequences, budgets, back=None, link=link))


@hostile.quick
@given(
    opportunities,
    hostile_mails.many_mails(),
    st.lists(facts, max_size=30),
    st.lists(checks, max_size=12),
    states,
    hostile.rights,
    st.booleans(),
    hostile.texts,
)
def test_the_history_fits(opportunity, mails, heard, looks, state, may, is_on, text):
    history = LinkHistory(opportunity, None, mails, {mail.id: heard for mail in mails}, looks)
    assert_fit_view(history_view(history, state.packed(), may=may, names={"U1": text}, checked=is_on, said=text))


@hostile.quick
@given(st.lists(st.tuples(checks, opportunities), min_size=1, max_size=40))
def test_the_news_of_links_fit(found):
    assert_fit_message(links_news(found))


@hostile.quick
@given(st.lists(opportunities, max_size=6))
def test_the_card_of_a_lead_with_pages_fits(found):
    assert_fit_view(card_view(LeadCard(ACME, trace(ACME, None), opportunities=tuple(found)), None))


@hostile.quick
@given(states)
def test_the_state_survives_its_packing(state):
    packed = state.packed()

    assert len(packed) <= 1_000 and LinkState.unpacked(packed).packed() == packed


def card(may=ALL, **changes):
    values = {
        "mail": None,
        "run": None,
        "steps": 0,
        **{k: changes.pop(k) for k in ("mail", "run", "steps") if k in changes},
    }
    return link_card(LinkCard(replace(PAGE, **changes), ACME, **values), {"U2": "Ben"}, may)


def said(**changes):
    return words([card(**changes)])


def test_a_card_says_the_page_the_words_and_what_is_marked():
    text = said(anchor_text="website audits", lost_at=NOON, notes="Ask\nagain", by_hand=WON, set_by="U2", set_at=NOON)

    assert text.startswith(
        "*<https://www.blog.example/best-tools/|blog.example/best-tools>* · `website audits` · 💔 Lost Link"
    )
    assert "No email yet" in text and "✋ Won by hand, Ben, <!date^" in text and "📝 Ask again" in text


@pytest.mark.parametrize(
    ("state", "delivery", "engagement", "status"),
    [
        (MailState.HELD, Delivery.NONE, Engagement.NONE, "🕒 Queued to send · leaves <!date^"),
        (MailState.ACCEPTED, Delivery.NONE, Engagement.NONE, "📤 Sent"),
        (MailState.ACCEPTED, Delivery.DELIVERED, Engagement.NONE, "📬 Delivered"),
        (MailState.ACCEPTED, Delivery.DELIVERED, Engagement.OPENED, "🟢 Opened"),
        (MailState.ACCEPTED, Delivery.DELIVERED, Engagement.CLICKED, "🔵 Clicked"),
        (MailState.ACCEPTED, Delivery.DELIVERED, Engagement.REPLIED, "💬 Replied"),
        (MailState.ACCEPTED, Delivery.BOUNCED, Engagement.OPENED, "🔴 Bounced"),
        (MailState.REFUSED, Delivery.NONE, Engagement.NONE, "⚠️ Not sent"),
        (MailState.UNCLEAR, Delivery.NONE, Engagement.NONE, "❓ Unclear"),
    ],
)
def test_a_card_says_how_far_its_newest_email_got(state, delivery, engagement, status):
    assert status in said(mail=a_mail(state=state, delivery=delivery, engagement=engagement))


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"step": 1, "next_at": NOON}, "Sequence: step 2 of 3, next <!date^"),
        ({"step": 1}, "Sequence: step 1 of 3 on its way"),
        ({"step": 1, "next_at": NOON, "state": RunState.PAUSED}, "step 2 of 3, ⏸️ paused"),
        ({"step": 2, "next_at": NOON, "state": RunState.WAITING}, "step 3 of 3, ✋ waits for a person"),
    ],
)
def test_a_card_says_where_its_sequence_stands(changes, text):
    assert text in said(run=Run("r1", "s1", "l1", "site", Mode.AUTO, "U1", NOON, **changes), steps=3)


def test_the_menu_offers_what_the_reader_may():
    def offered(may):
        return [each["text"]["text"] for each in card(may)["accessory"]["options"]]

    assert offered(ALL) == ["Send Email", "Start Sequence", "Move Status", "View History", "Delete"]
    assert offered(frozenset({Permission.READ_LEADS})) == ["View History"]


def test_an_empty_board_says_how_to_begin():
    view = board_view(LinkBoard({}, {}, any=False), LinkState(), names={}, may=ALL)

    assert NO_OPPORTUNITIES in words(view["blocks"]) and labels(view["blocks"])[0] == "Add Opportunity"


def test_the_history_tells_people_from_machines_newest_first():
    mail = a_mail(state=MailState.ACCEPTED, accepted_at=NOON, message_id="m-1", created_at=NOON - timedelta(minutes=1))
    heard = [
        MailFact(FactKind.DELIVERED, NOON + timedelta(minutes=1)),
        MailFact(FactKind.OPENED, NOON + timedelta(minutes=2), is_machine=True),
        MailFact(FactKind.CLICKED, NOON + timedelta(minutes=9), url="https://ours.example/a"),
    ]
    history = LinkHistory(PAGE, ACME, [mail], {mail.id: heard})
    text = words(history_view(history, "", may=ALL)["blocks"])
    text = text[text.index("Message id") :]  # after its badge

    order = [
        "Message id `m-1`",
        "🔵 Clicked `https://ours.example/a`",
        "🟢 Opened by a machine, not counted",
        "📬 Delivered",
        "📤 Sent",
        "🕒 Queued to send",
    ]
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)


def test_the_card_of_a_lead_shows_a_few_of_its_pages():
    lead_card = LeadCard(ACME, trace(ACME, None), opportunities=tuple(replace(PAGE, id=str(n)) for n in range(5)))

    shown = links_part(lead_card)
    assert words(shown).count("blog.example/best-tools") >= 3 and "and 2 more" in words(shown)
    assert shown[1]["elements"][0]["action_id"] == link_ids.OPEN_LINK_BOARD
    assert links_part(replace(lead_card, opportunities=())) == []
