import csv
import io

import pytest

from bot.outreach.leads import LeadStatus
from bot.outreach.reachability import AddressFact
from bot.outreach.readiness import guard
from bot.outreach.reports import (
    MAX_LINES,
    Remedy,
    headline,
    needs_csv,
    neutralised,
    report_csv,
    report_groups,
)

from .given import a_lead


def test_the_headline_is_exact():
    assert headline(9, 3) == "Push blocked (409): 9 ready, 3 not ready, nothing pushed"


GROUPS = [
    (
        "Lead has not been audited yet, run an audit first",
        Remedy.START_AUDIT,
        (Remedy.START_AUDIT, Remedy.REMOVE),
        ["a", "b"],
    ),
    ("Audit not completed yet", Remedy.RECHECK, (Remedy.RECHECK, Remedy.REMOVE), ["c"]),
    (
        "Audit completed but writeback hasn't run, re-audit the lead",
        Remedy.RE_AUDIT,
        (Remedy.RE_AUDIT, Remedy.REMOVE),
        ["d", "e"],
    ),
    ("Lead bounced, re-audit or remove", Remedy.RE_AUDIT, (Remedy.RE_AUDIT, Remedy.REMOVE), ["f"]),
    ("Legacy status, normalise it first", Remedy.NORMALISE, (Remedy.NORMALISE, Remedy.REMOVE), ["g"]),
    ("No contact email", Remedy.REMOVE, (Remedy.REMOVE,), ["h"]),
    ("Recipient unsubscribed", Remedy.REMOVE, (Remedy.REMOVE,), ["i"]),
]


def test_leads_are_grouped_by_reason_each_with_its_remedy():
    ready = LeadStatus.EMAIL_GENERATED
    report = guard(
        [
            a_lead(ready, written=True, id="i"),
            a_lead(ready, written=True, id="h", email=None),
            a_lead(LeadStatus.SENT, id="g"),
            a_lead(LeadStatus.BOUNCED, id="f"),
            a_lead(LeadStatus.AUDIT_COMPLETE, id="d"),
            a_lead(LeadStatus.AUDIT_QUEUED, id="c"),
            a_lead(LeadStatus.NEW, id="a"),
            a_lead(ready, id="e"),
            a_lead(None, id="b"),
            a_lead(ready, written=True, id="ready"),
        ],
        {"i": AddressFact.UNSUBSCRIBED},
    )

    told = [(group.reason, group.remedy, group.remedies, [it.lead.id for it in group.refusals])
            for group in report_groups(report)]  # fmt: skip

    assert told == GROUPS
    assert [group.unreachable for group in report_groups(report)] == [False] * 5 + [True] * 2


def test_nothing_refused_is_no_group():
    assert report_groups(guard([], {})) == ()


@pytest.mark.parametrize(("leads", "hidden"), [(MAX_LINES, 0), (MAX_LINES + 5, 5)])
def test_a_long_group_shows_its_beginning_and_leaves_the_rest_to_the_csv(leads, hidden):
    report = guard([a_lead(id=str(number)) for number in range(leads)], {})

    (group,) = report_groups(report)

    assert (len(group.shown), group.hidden, needs_csv(report)) == (MAX_LINES, hidden, hidden > 0)


def test_the_csv_names_every_refused_lead_with_its_reason():
    unreachable = a_lead(LeadStatus.EMAIL_SENT, written=True, id="2", email=None, company_name='Acme, "the" one')
    report = guard([unreachable, a_lead(None, id="1")], {})

    rows = list(csv.reader(io.StringIO(report_csv(report))))

    assert rows == [
        ["lead id", "company", "domain", "email", "status", "reason"],
        ["1", "Acme", "acme.com", "jana@acme.com", "", "Lead has not been audited yet, run an audit first"],
        ["2", 'Acme, "the" one', "acme.com", "", "email_sent", "No contact email"],
    ]


CELLS = [
    ("=1+1", "'=1+1"),
    ("+420", "'+420"),
    ("-1", "'-1"),
    ("@cmd", "'@cmd"),
    ("\tx", "'\tx"),
    ("\rx", "'\rx"),
    ("\0x", "'\0x"),
    ("Acme", "Acme"),
    ("a=b", "a=b"),
    ("", ""),
    ("Acme \ud800", "Acme ?"),
]


@pytest.mark.parametrize(("cell", "safe"), CELLS, ids=[repr(row[0]) for row in CELLS])
def test_a_spreadsheet_reads_text_and_never_a_formula(cell, safe):
    assert neutralised(cell) == safe


def test_every_cell_of_the_csv_is_neutralised():
    report = guard([a_lead(id="1", company_name="=HYPERLINK(1)", domain="@acme", email="+j@acme.com")], {})

    (_, row) = csv.reader(io.StringIO(report_csv(report)))

    assert row[1:4] == ["'=HYPERLINK(1)", "'@acme", "'+j@acme.com"]
