import pytest

from bot.outreach.leads import BADGES, SELECTABLE, LeadQuery, LeadSort, LeadStatus, moved_up, spelled

from .given import a_lead

LABELS = [  # status, badge in lists, label on the detail card
    ("new", "New", "new"),
    ("audit_queued", "Audit Queued", "audit queued"),
    ("audit_complete", "Audited", "audit complete"),
    ("email_generated", "Email Ready", "email generated"),
    ("email_sent", "Email Sent", "email sent"),
    ("bounced", "Bounced", "bounced"),
    ("opened", "Opened", "opened"),
    ("replied", "Replied", "replied"),
    ("converted", "Converted", "converted"),
    ("retargeted", "Retargeted", "retargeted"),
    ("sent", "Sent (legacy)", "sent"),
]


@pytest.mark.parametrize(("status", "badge", "label"), LABELS, ids=[row[0] for row in LABELS])
def test_each_status_has_two_labels(status, badge, label):
    assert (BADGES[LeadStatus(status)], spelled(LeadStatus(status))) == (badge, label)


def test_there_are_eleven_statuses_and_ten_may_be_chosen():
    assert [status.value for status in LeadStatus] == [row[0] for row in LABELS]
    assert len(SELECTABLE) == 10
    assert LeadStatus.SENT not in SELECTABLE


MOVES = [  # status, news, status after
    (None, "new", "new"),
    ("new", "email_sent", "email_sent"),
    ("email_generated", "email_sent", "email_sent"),
    ("retargeted", "email_sent", "email_sent"),
    ("email_sent", "opened", "opened"),
    ("opened", "email_sent", "opened"),
    ("opened", "bounced", "bounced"),
    ("bounced", "opened", "bounced"),
    ("bounced", "replied", "replied"),
    ("replied", "bounced", "replied"),
    ("replied", "opened", "replied"),
    ("converted", "replied", "converted"),
    ("email_sent", "new", "email_sent"),
    ("sent", "email_sent", "sent"),
    ("sent", "opened", "opened"),
]


@pytest.mark.parametrize(("current", "heard", "after"), MOVES, ids=[f"{row[0]} hears {row[1]}" for row in MOVES])
def test_news_moves_a_lead_up_and_never_back(current, heard, after):
    assert moved_up(LeadStatus(current) if current else None, LeadStatus(heard)) == after


@pytest.mark.parametrize(
    ("blank", "title"),
    [
        ({}, "Acme"),
        ({"company_name": ""}, "acme.com"),
        ({"company_name": "", "domain": ""}, "Jana Novak"),
        ({"company_name": "", "domain": "", "first_name": "", "last_name": ""}, "jana@acme.com"),
        ({"company_name": "", "domain": "", "first_name": "", "last_name": "", "email": None}, "lead-1"),
    ],
    ids=["company", "domain", "person", "address", "id"],
)
def test_a_card_is_called_by_the_best_name_known(blank, title):
    assert a_lead(**blank).title == title


@pytest.mark.parametrize(
    ("sort", "asked", "descending"),
    [
        (LeadSort.UPDATED, None, True),
        (LeadSort.CREATED, None, True),
        (LeadSort.OPENS, None, True),
        (LeadSort.COMPANY, None, False),
        (LeadSort.GRADE, None, False),
        (LeadSort.OPENS, False, False),
        (LeadSort.COMPANY, True, True),
    ],
)
def test_a_column_sorts_its_natural_way_unless_asked(sort, asked, descending):
    assert LeadQuery(sort=sort, descending=asked).is_descending is descending
