"""Caps, rests and quiet hours, and which due mails leave."""

from datetime import UTC, date, datetime, time

import pytest

from bot.outreach.dispatching import LEAD_GONE, LOOK_AGAIN, SITE_GONE, UNCHECKED, Known, planned
from bot.outreach.errors import Invalid
from bot.outreach.limits import Budget, Limit, Wait, after_quiet, next_free, next_midnight, wait_of
from bot.outreach.mail_types import DraftType
from bot.outreach.reachability import REASONS, AddressFact
from bot.outreach.sites import checked_site
from tests.outreach.given_mails import NOON, a_mail, a_site, after

PRAGUE = "Europe/Prague"


@pytest.mark.parametrize(
    ("used", "last_sent", "quiet", "wait"),
    [
        (0, None, (0, 0), None),
        (99, None, (0, 0), None),
        (100, None, (0, 0), Wait(Limit.CAP, after(hours=12))),
        (0, after(hours=-24), (0, 0), None),
        (0, after(hours=-23), (0, 0), Wait(Limit.COOLDOWN, after(hours=1))),
        (0, None, (11, 14), Wait(Limit.QUIET, after(hours=2))),
        (0, None, (22, 13), Wait(Limit.QUIET, after(hours=1))),
        (0, None, (13, 22), None),
        (100, after(hours=-1), (0, 0), Wait(Limit.COOLDOWN, after(hours=23))),
        (100, after(hours=-20), (0, 0), Wait(Limit.CAP, after(hours=12))),
    ],
)
def test_the_limit_that_holds_longest_is_told(used, last_sent, quiet, wait):
    site = a_site(quiet_from=time(quiet[0]), quiet_to=time(quiet[1]))

    assert wait_of(site, NOON, used=used, last_sent=last_sent) == wait


def test_a_reply_in_their_thread_waits_for_nothing():
    site = a_site(quiet_from=time(11), quiet_to=time(14))

    assert wait_of(site, NOON, used=100, last_sent=NOON, is_exempt=True) is None


@pytest.mark.parametrize(
    ("now", "midnight"),
    [
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)),  # the day of 23 hours
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC)),  # the day of 25 hours
        (datetime(2026, 3, 2, 22, 59, tzinfo=UTC), datetime(2026, 3, 2, 23, tzinfo=UTC)),
    ],
)
def test_a_day_ends_at_the_sites_own_midnight(now, midnight):
    assert next_midnight(now, PRAGUE) == midnight


def test_quiet_hours_over_a_clock_change_end_at_the_local_time():
    site = a_site(timezone=PRAGUE, quiet_from=time(22), quiet_to=time(7))

    assert after_quiet(site, datetime(2026, 3, 28, 22, tzinfo=UTC)) == datetime(2026, 3, 29, 5, tzinfo=UTC)
    assert after_quiet(site, datetime(2026, 10, 24, 22, tzinfo=UTC)) == datetime(2026, 10, 25, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("used", "held", "last_sent", "free"),
    [
        (0, 0, None, NOON),
        (60, 40, None, after(hours=12)),
        (0, 0, after(hours=-3), after(hours=21)),
        (100, 0, after(hours=-3), after(hours=21)),
        (100, 0, after(hours=-23), after(hours=12)),
    ],
)
def test_the_next_free_slot(used, held, last_sent, free):
    assert next_free(a_site(), NOON, used=used, held=held, last_sent=last_sent) == free


def test_the_budget_counts_what_is_on_its_way():
    assert Budget(a_site(), 90, 7, NOON).left == 3
    assert Budget(a_site(daily_cap=10), 9, 7, NOON).left == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("name", "x" * 81),
        ("address", ""),
        ("daily_cap", 0),
        ("daily_cap", 101),
        ("timezone", "Prague"),
        ("timezone", "../etc"),
        ("from_name", "Lena, Sales"),
    ],
)
def test_a_site_that_cannot_be_kept_names_its_field(field, value):
    values = {"name": "Sunny"} | {field: value}
    site = a_site(**{name: given for name, given in values.items() if name != "name"})

    with pytest.raises(Invalid) as refused:
        checked_site(type(site)(**{**_values(site), "name": values["name"]}))

    assert refused.value.field == field


def _values(site):
    return {name: getattr(site, name) for name in site.__dataclass_fields__}


def known(**values):
    given = {"sites": {"site": a_site()}, "leads": {"lead"}, "standing": {}, "used": {}, "last_sent": {}}
    return Known(**(given | values))


def due(count, **values):
    return [(a_mail(number, **values), f"p{number}@acme.test") for number in range(count)]


def test_no_more_leave_than_the_day_has_slots():
    plan = planned(due(5), known(used={("site", date(2026, 3, 2)): 98}), NOON)

    assert [mail.id for mail, _ in plan.go] == ["mail-0", "mail-1"]
    assert plan.spent == {("site", date(2026, 3, 2)): 2}
    assert plan.waits == [(f"mail-{number}", after(hours=12), Limit.CAP, "") for number in (2, 3, 4)]


def test_one_prospect_gets_one_mail_of_a_batch():
    mails = [(a_mail(number), "jane@acme.test") for number in range(3)]
    plan = planned(mails, known(), NOON)

    assert ([mail.id for mail, _ in plan.go], plan.resting) == (["mail-0"], {"jane@acme.test": "mail-0"})
    assert [wait[1:3] for wait in plan.waits] == [(after(hours=24), Limit.COOLDOWN)] * 2


def test_a_reply_takes_a_slot_and_no_rest():
    plan = planned(due(1, type=DraftType.REPLY), known(last_sent={"p0@acme.test": NOON}), NOON)

    assert (len(plan.go), plan.resting, sum(plan.spent.values())) == (1, {}, 1)


def test_an_unchecked_address_makes_a_new_mail_wait_for_ten_minutes_at_most():
    mails = due(1, created_at=NOON)
    unchecked = known(unchecked={"p0@acme.test"})

    for seconds in (0, 599):
        plan = planned(mails, unchecked, after(seconds=seconds))
        assert plan.waits == [("mail-0", after(seconds=seconds + 15), None, UNCHECKED)] and not plan.spent
    assert [mail.id for mail, _ in planned(mails, unchecked, after(minutes=10)).go] == ["mail-0"]
    assert [mail.id for mail, _ in planned(mails, known(unchecked={"q@acme.test"}), NOON).go] == ["mail-0"]


@pytest.mark.parametrize("fact", [fact for fact in AddressFact if fact is not AddressFact.CLEARED])
def test_what_stands_against_an_address_refuses_at_the_last_moment(fact):
    plan = planned(due(2), known(standing={"p0@acme.test": fact}), NOON)

    assert [(mail.id, why) for mail, why in plan.refused] == [("mail-0", REASONS[fact])]
    assert [mail.id for mail, _ in plan.go] == ["mail-1"]


def test_a_stopped_site_waits_with_its_reason_and_a_lost_one_refuses():
    stopped = planned(due(1), known(sites={"site": a_site(stopped="Plan used up")}), NOON)
    gone = planned(due(1), known(sites={}), NOON)
    removed = planned(due(1), known(leads=set()), NOON)

    assert stopped.waits == [("mail-0", NOON + LOOK_AGAIN, None, "Plan used up")]
    assert ([why for _, why in gone.refused], [why for _, why in removed.refused]) == ([SITE_GONE], [LEAD_GONE])
