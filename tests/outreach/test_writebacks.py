from datetime import timedelta

import pytest

from bot.outreach.leads import LeadStatus
from bot.outreach.reachability import AddressFact
from bot.outreach.writebacks import LONGEST_RETRY, MAX_ATTEMPTS, retry_after, status_after

AFTER = [  # status, status after the writeback
    (None, "email_generated"),
    ("new", "email_generated"),
    ("audit_queued", "email_generated"),
    ("audit_complete", "email_generated"),
    ("email_generated", "email_generated"),
    ("retargeted", "email_generated"),
    ("bounced", "email_generated"),
    ("email_sent", "email_sent"),
    ("opened", "opened"),
    ("replied", "replied"),
    ("converted", "converted"),
    ("sent", "sent"),
]


@pytest.mark.parametrize(("status", "after"), AFTER, ids=[str(row[0]) for row in AFTER])
def test_a_writeback_makes_a_lead_ready_unless_it_is_further_along(status, after):
    assert status_after(LeadStatus(status) if status else None, None) == after


@pytest.mark.parametrize("fact", [fact for fact in AddressFact if fact is not AddressFact.CLEARED])
def test_a_bounced_lead_stays_bounced_while_its_address_is_barred(fact):
    assert status_after(LeadStatus.BOUNCED, fact) is LeadStatus.BOUNCED


def test_a_barred_address_does_not_hold_back_the_variables_of_a_new_lead():
    assert status_after(LeadStatus.NEW, AddressFact.UNSUBSCRIBED) is LeadStatus.EMAIL_GENERATED


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(0, 5), (1, 10), (2, 20), (6, 320), (7, 640), (8, 900), (MAX_ATTEMPTS, 900), (10_000, 900), (-1, 5)],
)
def test_retries_wait_twice_as_long_up_to_a_quarter_of_an_hour(attempts, seconds):
    assert retry_after(attempts) == timedelta(seconds=seconds) <= LONGEST_RETRY
