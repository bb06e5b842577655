import pytest

from bot.outreach.campaigns import ProviderLead
from bot.outreach.leads import LeadDraft, LeadStatus
from bot.outreach.reachability import AddressFact
from bot.outreach.syncing import ALREADY_AUDITED, NO_ADDRESS, NO_DOMAIN, SyncChange, from_provider, status_from

from .given import a_lead


def a_row(status: str = "NOT_CONTACTED", **facts) -> ProviderLead:
    known = {"provider_id": "p1", "campaign_provider_id": "c1", "email": "jana@acme.com", "status": status}
    return ProviderLead(**(known | facts))


STATUSES = [  # theirs, opens, ours before, ours after
    ("NOT_CONTACTED", 0, None, "new"),
    ("NOT_CONTACTED", 0, "email_generated", "email_generated"),
    ("PENDING", 0, None, "new"),
    ("CONTACTED", 0, "email_generated", "email_sent"),
    ("CONTACTED", 0, "new", "email_sent"),
    ("CONTACTED", 2, "email_sent", "opened"),
    ("CONTACTED", 0, "replied", "replied"),
    ("COMPLETED", 0, "email_generated", "email_sent"),
    ("RESCHEDULED", 0, "email_generated", "email_sent"),
    ("REPLIED", 5, "opened", "replied"),
    ("REPLIED", 0, "converted", "converted"),
    ("BOUNCED", 0, "email_sent", "bounced"),
    ("BOUNCED", 0, "replied", "replied"),
    ("SKIPPED", 0, "new", "new"),
    ("SKIPPED", 0, None, None),
    ("UNSUBSCRIBED", 0, "email_sent", "email_sent"),
    ("UNSUBSCRIBED", 1, "email_sent", "opened"),
    ("contacted", 0, "new", "new"),
    ("SOMETHING_NEW", 0, "new", "new"),
    ("", 0, "new", "new"),
]


@pytest.mark.parametrize(
    ("theirs", "opens", "before", "after"), STATUSES, ids=[f"{row[0]}+{row[1]} on {row[2]}" for row in STATUSES]
)
def test_a_status_is_moved_up_or_kept(theirs, opens, before, after):
    row = a_row(theirs, opened_count=opens)

    assert status_from(LeadStatus(before) if before else None, row) == after


def test_a_new_row_becomes_a_lead():
    change = from_provider(None, a_row("CONTACTED", first_name="Jana ", company_name="Acme", label="INTERESTED",
                                       company_website="https://www.acme.com/", opened_count=3))  # fmt: skip

    assert change.draft == LeadDraft("jana@acme.com", "Jana", "", "Acme", "acme.com", website="https://www.acme.com/",
                                     status=LeadStatus.OPENED)  # fmt: skip
    assert (change.lead_data, change.opens, change.changes_lead) == ({"label": "INTERESTED"}, 3, True)


NEW_ROWS = [
    ("no website, free mail", {"email": "jana@gmail.com"}, NO_DOMAIN, ""),
    ("an unknown website", {"email": "jana@gmail.com", "company_website": "unknown"}, NO_DOMAIN, ""),
    ("already audited", {"audit_url": "https://audits.example/1"}, ALREADY_AUDITED, ""),
    ("no address", {"email": " ", "company_website": "acme.com"}, NO_ADDRESS, ""),
    ("the work address's domain", {}, None, "acme.com"),
    ("the website's domain first", {"company_website": "beta.io"}, None, "beta.io"),
    ("the address when the website is none", {"company_website": "n/a"}, None, "acme.com"),
]


@pytest.mark.parametrize(("facts", "reason", "domain"), [row[1:] for row in NEW_ROWS], ids=[row[0] for row in NEW_ROWS])
def test_a_new_row_needs_a_domain_and_an_empty_audit_url(facts, reason, domain):
    change = from_provider(None, a_row(**facts))

    assert change.skipped == reason
    assert (change.draft.domain if change.draft else "") == domain


def test_a_skipped_row_still_tells_what_stands_against_its_address():
    change = from_provider(None, a_row("UNSUBSCRIBED", email="jana@gmail.com"))

    assert (change.skipped, change.fact) == (NO_DOMAIN, AddressFact.UNSUBSCRIBED)
    assert not change.changes_lead


def test_only_empty_fields_of_a_known_lead_are_filled():
    lead = a_lead(LeadStatus.EMAIL_SENT, phone="", city=" ", domain="unknown", website="", last_name="Novak")

    change = from_provider(lead, a_row("CONTACTED", first_name="Other", last_name="Other", phone="+420", city="Brno",
                                       company_website="acme.com"))  # fmt: skip

    assert change.filled == {"phone": "+420", "city": "Brno", "website": "acme.com", "domain": "acme.com"}
    assert change.status is None


def test_a_filled_audit_url_does_not_hide_news_of_a_known_lead():
    change = from_provider(a_lead(LeadStatus.EMAIL_GENERATED), a_row("CONTACTED", audit_url="https://a.example/1"))

    assert (change.skipped, change.status) == (None, LeadStatus.EMAIL_SENT)


def test_nothing_new_is_no_change():
    lead = a_lead(LeadStatus.OPENED, opens=4, plusvibe_lead_data={"label": "INTERESTED"})

    change = from_provider(lead, a_row("CONTACTED", label="INTERESTED", opened_count=2, first_name="Other"))

    assert change == SyncChange()
    assert not change.changes_lead


def test_a_new_label_and_more_opens_are_taken():
    lead = a_lead(LeadStatus.OPENED, opens=1, plusvibe_lead_data={"label": "INTERESTED"})

    change = from_provider(lead, a_row("CONTACTED", label="MEETING_BOOKED", opened_count=2))

    assert (change.lead_data, change.opens, change.status) == ({"label": "MEETING_BOOKED"}, 2, None)


@pytest.mark.parametrize(
    ("status", "fact"),
    [("UNSUBSCRIBED", AddressFact.UNSUBSCRIBED), ("BOUNCED", AddressFact.BOUNCED), ("CONTACTED", None)],
)
def test_an_address_fact_has_a_key_to_record_it_once(status, fact):
    change = from_provider(a_lead(LeadStatus.EMAIL_SENT), a_row(status))

    assert (change.fact, change.fact_key) == (fact, f"p1:{status}" if fact else "")
