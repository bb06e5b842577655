"""Sites in Slack: whom mail comes from, and what each has left today."""

import json
from dataclasses import replace
from datetime import UTC, datetime, time

import hostile
import hostile_mails
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import assert_fit_view, element, labels, words

from blocks import ids
from blocks.sites import left_today, site_form, sites_view
from bot.outreach.limits import Budget
from bot.outreach.sites import Site

MIDNIGHT = datetime(2026, 3, 2, 23, tzinfo=UTC)
ACME = Site("s1", "Acme", "sales@acme.com", "Lena", "Main 1, Brno", "Europe/Prague", 100, time(20), time(8))
TODAY = Budget(ACME, used=37, held=3, resets_at=MIDNIGHT)


def box(view, block_id):
    return next(block["element"] for block in view["blocks"] if block.get("block_id") == block_id)


@hostile.quick
@given(hostile_mails.many_budgets(), hostile.texts, st.booleans())
def test_the_list_fits(budgets, refused, connected):
    assert_fit_view(sites_view(budgets, refused=refused, connected=connected))


@hostile.quick
@given(hostile_mails.sites)
def test_the_form_fits(site):
    assert_fit_view(site_form(site))
    assert_fit_view(site_form(None))


def test_a_site_says_who_writes_and_what_was_sent():
    view = sites_view([TODAY], connected=True)
    said = words(view)

    assert "*Acme*\nfrom Lena &lt;sales@acme.com&gt;" in said
    assert "37 of 100 sent today, 3 queued to send, resets <!date^1772492400^" in said
    assert "Main 1, Brno · Europe/Prague · quiet from 20:00 to 08:00" in said
    assert element(view, ids.SITE_EDIT)["value"] == "s1" and labels(view) == ["New site", "Edit"]


def test_a_stopped_site_says_why_and_how_it_goes_on():
    stopped = replace(TODAY, site=replace(ACME, stopped="SendGrid closed the account."))

    said = words(sites_view([stopped], connected=True))

    assert "⛔ Stopped: SendGrid closed the account. Save it again to let it send." in said
    assert "⛔ Stopped" in left_today(stopped)


def test_who_may_not_set_up_sites_only_looks():
    view = sites_view([TODAY], refused="Ben <b> may.", connected=True)

    assert labels(view) == [] and "Ben &lt;b&gt; may." in words(view)


def test_without_sites_it_says_what_one_is():
    assert "*No site yet.*" in words(sites_view([], connected=True))


def test_without_sendgrid_it_says_so():
    assert "SendGrid is not connected" in words(sites_view([TODAY], connected=False))
    assert "SendGrid" not in words(sites_view([TODAY], connected=True))


@pytest.mark.parametrize(
    ("used", "held", "left"),
    [(37, 3, "60 of 100 left"), (90, 20, "0 of 100 left"), (0, 0, "100 of 100 left")],
    ids=["some", "none", "all"],
)
def test_what_is_left_counts_what_waits(used, held, left):
    assert left_today(replace(TODAY, used=used, held=held)).startswith(f"{left} today from *Acme*, resets <!date^")


def test_the_form_has_a_box_called_as_each_field():
    view = site_form(ACME)

    assert box(view, "daily_cap")["initial_value"] == "100"
    assert box(view, "from_email")["initial_value"] == "sales@acme.com"
    assert box(view, "quiet_from")["initial_time"] == "20:00"
    assert json.loads(view["private_metadata"]) == {"id": "s1"}
    assert {"name", "from_name", "address", "timezone", "quiet_to"} <= {each["block_id"] for each in view["blocks"]}


def test_a_site_that_is_never_quiet_has_no_times():
    never = site_form(replace(ACME, quiet_from=time(0), quiet_to=time(0)))

    assert "initial_time" not in box(never, "quiet_from") and "initial_time" not in box(never, "quiet_to")
    assert "no quiet hours" in words(
        sites_view([replace(TODAY, site=replace(ACME, quiet_to=time(20)))], connected=True)
    )
