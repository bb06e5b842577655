"""The calendar as a message and as a file, with the longest and the worst texts."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from blocks.calendar import calendar_message, is_long, looking_ahead, on_its_way
from blocks.calendar_file import calendar_csv
from bot.outreach.calendars import Calendar, Deferral, Ending, Foreseen, Place, Waiting, Waits
from bot.outreach.limits import Limit
from bot.outreach.sites import Site
from tests.blocks.reading import assert_fit_message, words

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
WORST = "<!channel> & `*_~" + "🎉" * 200 + "\u202eevil\nline"


def a_site(number=0, *, name="Sunny", **values):
    given = {"daily_cap": 2, "timezone": "Europe/Prague"} | values
    return Site(f"s{number}", name, "lena@sunny.test", "Lena", "1 Sunny St", **given)


def a_place(number=0, *, lead="Acme", site="s0", **values):
    return Place(f"l{number}", lead, site, **({"sequence": "Spring", "step": 1, "steps": 3} | values))


def a_calendar(**values):
    return Calendar(NOON, NOON + 14 * DAY, **({"reached": NOON + 14 * DAY, "sites": (a_site(),)} | values))


def mails(number, **place):
    return tuple(
        Foreseen(a_place(each, **place), f"m{each}", NOON + each * DAY / 2, "A question") for each in range(number)
    )


def said(calendar, *, has_file=False):
    message = calendar_message(calendar, has_file=has_file)
    assert_fit_message(message)
    return words(message.blocks)


def test_each_site_has_a_bar_a_day_against_its_cap():
    text = said(a_calendar(mails=mails(3)))

    assert "*3 emails from 1 site*" in text and "*Sunny* · at most 2 a day · Europe/Prague" in text
    assert "`Mon  2 Mar █████░░░░░` 1" in text and "`Tue  3 Mar ██████████` 2 · full" in text
    assert "Times are" not in text and "file" not in text


def test_what_is_put_off_stands_by_its_cause_and_a_mail_counts_once():
    twice = [Deferral(a_place(), "m0", NOON, Limit.CAP, NOON + each * DAY) for each in (1, 2)]
    rested = Deferral(a_place(1, lead="Bolt"), "m1", NOON, Limit.COOLDOWN, NOON + DAY)
    stopped = Deferral(a_place(2, lead="Coda"), "m2", NOON, None, None, "SendGrid closed the account.")

    text = said(a_calendar(mails=mails(2), deferrals=(*twice, rested, stopped)))

    assert "2 emails from 1 site, 3 put off" in text
    assert "1 email waits for the daily cap: Acme" in text
    assert "1 email waits for 24 hours since the last email to them: Bolt" in text
    assert "1 email waits for a site that is stopped (SendGrid closed the account.): Coda" in text


def test_what_waits_for_a_person_and_what_ends_is_named():
    waiting = tuple(Waiting(a_place(step=2), waits, "first_name is missing") for waits in Waits)
    endings = (
        Ending(a_place(), NOON, "Completed (no reply)", completed=True),
        Ending(a_place(1, lead="Bolt"), NOON, "They replied"),
    )

    text = said(a_calendar(waiting=waiting, endings=endings))

    assert "*Nothing would be sent*" in text
    assert "1 value nobody knows: Acme (step 2 of 3) · first_name is missing" in text
    assert "✅ 1 sequence completed: Acme" in text and "⏹️ They replied: Bolt" in text


def test_what_is_missing_from_it_is_said():
    text = said(a_calendar(mails=mails(1), reached=NOON + DAY, left_out=7, every=timedelta(minutes=30)), has_file=True)

    assert "it got as far as" in text and "7 newer sequences or emails left out" in text
    assert "Times are to the half hour." in text and "the file in the thread" in text


def test_an_obstacle_is_all_there_is_to_say():
    assert said(a_calendar(obstacle="No site is set up.")).splitlines()[1:] == [
        "*Nothing would be sent*",
        "No site is set up.",
    ]


@pytest.mark.parametrize("lead", [WORST, "", "عربي"], ids=["worst", "empty", "right-to-left"])
def test_the_longest_one_fits_and_nothing_in_it_speaks_for_itself(lead):
    sites = tuple(a_site(number, name=WORST, timezone="America/Argentina/ComodRivadavia") for number in range(20))
    places = [a_place(each, lead=lead, site=f"s{each % 20}", sequence=WORST) for each in range(500)]
    calendar = a_calendar(
        sites=sites,
        mails=tuple(Foreseen(place, f"m{n}", NOON + n * DAY / 9, WORST) for n, place in enumerate(places)),
        deferrals=tuple(Deferral(place, f"m{n}", NOON, list(Limit)[n % 3], NOON) for n, place in enumerate(places)),
        endings=tuple(Ending(place, NOON, f"{n}{WORST}") for n, place in enumerate(places)),
        waiting=tuple(Waiting(place, list(Waits)[n % 4], WORST) for n, place in enumerate(places)),
        left_out=12_345,
    )

    assert is_long(calendar)
    said(calendar, has_file=True)


def test_the_file_holds_everything_in_order_of_time_and_no_formula():
    deferral = Deferral(a_place(lead="=1+1"), "m9", NOON - DAY, Limit.CAP, NOON)
    calendar = a_calendar(mails=mails(2), deferrals=(deferral,), waiting=(Waiting(a_place(), Waits.NEXT_STEP),))

    rows = list(csv.DictReader(io.StringIO(calendar_csv(calendar))))

    assert [row["what"] for row in rows] == ["put off", "sent", "sent", "waits for a person"]
    assert (rows[0]["lead"], rows[0]["why"], rows[0]["until"]) == ("'=1+1", "the daily cap", "2026-03-02T12:00+00:00")
    assert (rows[1]["local"], rows[1]["site"], rows[1]["subject"]) == ("2026-03-02T13:00+01:00", "Sunny", "A question")


@pytest.mark.parametrize("done", [timedelta(), 3 * DAY, 14 * DAY])
def test_the_line_before_it_says_how_far_it_is(done):
    message = looking_ahead(14 * DAY, done)
    assert_fit_message(message)

    assert f"day {min(done.days + 1, 14)} of 14" in message.text
    assert_fit_message(on_its_way(14 * DAY))
