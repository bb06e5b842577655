"""SQLite answers what runs often from the index made for it, and sorts no more than ties."""

import pytest

from bot.outreach.leads import LeadQuery, LeadSort, LeadStatus
from bot.outreach.pipeline import Milestone
from bot.outreach.routes import Topic
from storage.database import Database
from storage.ids import new_id
from tests.storage.given import AT, HERE, LEASE, add_leads, every_page


@pytest.fixture
async def sqlite(sqlite_url):
    database = Database(sqlite_url)
    yield database
    await database.close()


async def plan(database, statement):
    """How SQLite would run it; it decides before it sees the values."""
    places = tuple([HERE] * statement.count("?"))
    async with database._reading.connect() as connection:
        rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", places)
        return " | ".join(row[3] for row in rows)


CLAIMS = {
    "ix_audits_requested": lambda uow: uow.audits.claim_requested(AT, limit=5, lease=LEASE),
    "ix_writebacks_pending": lambda uow: uow.writebacks.claim_remote(AT, 5, LEASE),
    "ix_notices_waiting": lambda uow: uow.notices.due("C1", Topic.REPLIES, AT, 5),
    "ix_drafts_workspace_id_state_seq": lambda uow: uow.drafts.oldest_waiting(5),
    "ix_drafts_workspace_id_seq": lambda uow: uow.drafts.page(None, limit=5),
    "ix_drafts_workspace_id_lead_id_seq": lambda uow: uow.drafts.of_lead("lead"),
    "ix_drafts_alike": lambda uow: uow.drafts.alike("direct", 5),
    "ix_drafts_under_way": lambda uow: uow.drafts.claim_under_way(AT, AT, 5, LEASE),
    "ix_drafts_to_show": lambda uow: uow.drafts.unshown(5),
    "ix_drafts_mailed": lambda uow: uow.drafts.outrun(5),
    "ix_mails_smtp_id": lambda uow: uow.mails.of_smtp_ids(["<1@a.com>"]),
    "ix_mails_left": lambda uow: uow.mail_figures.standings(AT),
    "ix_mails_unclear": lambda uow: uow.mails.count_unclear(),
    "ix_posts_due": lambda uow: uow.posts.claim_due(AT, 5, LEASE, "token"),
    "ix_inbox_waiting": lambda uow: uow.inbox.claim_due("plusvibe", AT, 5, LEASE),
    "ix_inbox_aside": lambda uow: uow.inbox.aside_ids("sendgrid_inbound", "error", 5),
    "ix_mails_held": lambda uow: uow.mails.hold_due(AT, 5),
    "ix_mails_sending": lambda uow: uow.mails.claim_lost(AT, 5, LEASE),
    "ix_mails_workspace_id_lead_id_seq": lambda uow: uow.mails.of_lead("lead"),
    "ix_mails_workspace_id_address_key_seq": lambda uow: uow.mails.latest_to("a@b.com"),
    "ix_mails_workspace_id_run_id": lambda uow: uow.mails.of_runs(["run"]),
    "ix_runs_due": lambda uow: uow.runs.hold_due(AT, 5),
    "uq_runs_open": lambda uow: uow.runs.open_of(["lead"]),
    "ix_runs_workspace_id_lead_id_seq": lambda uow: uow.runs.newest_of("lead"),
    "ix_mails_opportunity": lambda uow: uow.mails.of_opportunity("opportunity"),
    "ix_runs_opportunity": lambda uow: uow.runs.open_for(["opportunity"]),
    "ix_opportunities_workspace_id_column_moved_at_seq": lambda uow: uow.opportunities.newest_of_each(5),
    "ix_opportunities_workspace_id_lead_id_seq": lambda uow: uow.opportunities.of_lead("lead"),
    "uq_opportunities_link": lambda uow: uow.opportunities.same("key"),
    "ix_opportunities_link_due": lambda uow: uow.link_checks.claim_due(AT, limit=5, lease=LEASE, each=2),
    "ix_link_checks_workspace_id_opportunity_id_seq": lambda uow: uow.link_checks.of_opportunity("opportunity", 5),
    "ix_pushes_unreported": lambda uow: uow.pushes.stale(AT, AT, 5),
    "ix_blocked_pushes_open": lambda uow: uow.blocked.open(AT),
    "ix_events_workspace_id_seq": lambda uow: uow.events.log(5),
    "ix_events_workspace_id_lead_id_seq": lambda uow: uow.events.of_lead("lead"),
    "sqlite_autoindex_leads": lambda uow: uow.leads.get_many([new_id()]),
    "ix_leads_workspace_id_domain_key_seq": lambda uow: uow.leads.by_domain("a.com"),
    "ix_leads_workspace_id_furthest_seq": lambda uow: uow.leads.seqs_reached(Milestone.REPLIED),
    "ix_leads_workspace_id_email_key": lambda uow: uow.leads.by_keys(["a@a.com"]),
}


@pytest.mark.parametrize("index", CLAIMS)
async def test_what_is_asked_often_has_its_index(sqlite, index):
    with sqlite.count_statements() as sent:
        async with sqlite.begin(HERE) as uow:
            await CLAIMS[index](uow)

    assert index in await plan(sqlite, sent.texts[0])


async def test_every_sort_walks_its_index(sqlite):
    await add_leads(sqlite, 50)

    for sort in LeadSort:
        with sqlite.count_statements() as sent:
            assert len(await every_page(sqlite, LeadQuery(sort=sort, limit=20))) == 50
        second_page = await plan(sqlite, sent.texts[1])
        assert "USING INDEX ix_leads_workspace_id_" in second_page
        assert "TEMP B-TREE" not in second_page


async def test_a_status_sorted_by_status_begins_at_its_place(sqlite):
    await add_leads(sqlite, 50)

    with sqlite.count_statements() as sent:
        await every_page(sqlite, LeadQuery(status=LeadStatus.NEW, sort=LeadSort.STATUS, limit=20))

    first_page = await plan(sqlite, sent.texts[0])
    assert "ix_leads_workspace_id_status_rank_seq (workspace_id=? AND status_rank=?)" in first_page
    assert "TEMP B-TREE" not in first_page


async def test_few_hits_are_read_by_their_number(sqlite):
    await add_leads(sqlite, 50)

    for query in (LeadQuery(text="c7.com"), LeadQuery(status=LeadStatus.NEW, sort=LeadSort.COMPANY)):
        with sqlite.count_statements() as sent:
            await every_page(sqlite, query)
        assert "SEARCH leads USING INTEGER PRIMARY KEY (rowid=?)" in await plan(sqlite, sent.texts[1])


async def test_a_change_finds_its_rows_by_their_number(sqlite):
    ids = await add_leads(sqlite, 5)

    with sqlite.count_statements() as sent:
        async with sqlite.begin(HERE) as uow:
            await uow.leads.link(ids, None, AT)

    assert "SEARCH leads USING INTEGER PRIMARY KEY" in await plan(sqlite, sent.texts[1])
