"""What a mail's facts say together, whatever their order."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.outreach.mail_facts import Delivery, Engagement, FactKind, MailFact, MailStanding, standing_of
from tests.outreach.given_mails import NOON, after

BROWSER = "Mozilla/5.0 (Macintosh) Safari/605"


def fact(kind, seconds=0.0, **values):
    return MailFact(FactKind(kind), after(seconds=seconds), **({"useragent": BROWSER} | values))


@pytest.mark.parametrize(
    ("facts", "delivery", "engagement"),
    [
        ([], Delivery.NONE, Engagement.NONE),
        ([fact("processed")], Delivery.PROCESSED, Engagement.NONE),
        ([fact("processed"), fact("deferred", 5)], Delivery.DEFERRED, Engagement.NONE),
        ([fact("deferred"), fact("delivered", 5)], Delivery.DELIVERED, Engagement.NONE),
        ([fact("delivered"), fact("processed", 5)], Delivery.DELIVERED, Engagement.NONE),
        ([fact("delivered"), fact("bounced", 5)], Delivery.BOUNCED, Engagement.NONE),
        ([fact("bounced"), fact("delivered", 5)], Delivery.BOUNCED, Engagement.NONE),
        ([fact("deferred"), fact("blocked", 5)], Delivery.BLOCKED, Engagement.NONE),
        ([fact("dropped")], Delivery.DROPPED, Engagement.NONE),
        ([fact("opened", 60)], Delivery.DELIVERED, Engagement.OPENED),
        ([fact("delivered"), fact("opened", 60), fact("clicked", 70)], Delivery.DELIVERED, Engagement.CLICKED),
        ([fact("blocked"), fact("opened", 60)], Delivery.DELIVERED, Engagement.OPENED),
        ([fact("delivered"), fact("replied", 60)], Delivery.DELIVERED, Engagement.REPLIED),
        ([fact("complained", 60)], Delivery.DELIVERED, Engagement.NONE),
        ([fact("other")], Delivery.NONE, Engagement.NONE),
    ],
)
def test_the_standing_of_a_mail(facts, delivery, engagement):
    standing = standing_of(facts)

    assert (standing.delivery, standing.engagement) == (delivery, engagement)


@pytest.mark.parametrize(
    ("facts", "opens", "machine_opens", "clicked", "machine_clicks"),
    [
        ([fact("opened", 9)], 1, 0, False, 0),
        ([fact("opened", 9, is_machine=True)], 0, 1, False, 0),
        ([fact("opened", 9, useragent="Barracuda Sentinel")], 0, 1, False, 0),
        ([fact("opened", 9, useragent="Mozilla (via ggpht.com GoogleImageProxy)")], 1, 0, False, 0),
        ([fact("opened", 9), fact("opened", 9)], 1, 0, False, 0),
        ([fact("delivered"), fact("clicked", 3)], 0, 0, False, 1),
        ([fact("delivered"), fact("clicked", 30)], 0, 0, True, 0),
        ([fact("clicked", 3)], 0, 0, True, 0),
        ([fact("delivered"), *(fact("clicked", 99, url=f"https://x/{page}") for page in range(3))], 0, 0, False, 3),
        ([fact("delivered"), *(fact("clicked", 99 + page, url="https://x") for page in range(3))], 0, 0, True, 0),
        ([fact("delivered"), fact("clicked", 99, useragent="python-requests/2")], 0, 0, False, 1),
    ],
)
def test_machines_are_counted_apart(facts, opens, machine_opens, clicked, machine_clicks):
    standing = standing_of(facts)

    assert (standing.opens, standing.machine_opens) == (opens, machine_opens)
    assert (standing.clicked_at is not None, standing.machine_clicks) == (clicked, machine_clicks)


facts = st.builds(
    MailFact,
    kind=st.sampled_from(FactKind),
    at=st.integers(0, 40).map(lambda seconds: NOON + timedelta(seconds=seconds)),
    is_machine=st.booleans(),
    url=st.sampled_from(("", "https://a", "https://b", "https://c")),
    useragent=st.sampled_from(("", BROWSER, "Mimecast")),
    why=st.sampled_from(("", "550")),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(facts, max_size=12), st.randoms(use_true_random=False), st.integers(1, 3))
def test_order_and_repetition_change_nothing(heard, random, times):
    again = heard * times
    random.shuffle(again)

    assert standing_of(again) == standing_of(heard)


@settings(max_examples=100, deadline=None)
@given(st.lists(facts, max_size=12), facts)
def test_what_is_terminal_stays(heard, more):
    before, after_it = standing_of(heard), standing_of([*heard, more])

    assert after_it.is_complained >= before.is_complained
    assert after_it.is_unsubscribed >= before.is_unsubscribed
    assert before.delivery is not Delivery.BOUNCED or after_it.delivery is Delivery.BOUNCED
    assert MailStanding() == standing_of([])
