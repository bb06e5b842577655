"""What a reader of the list waits for: a page, a search, the counts; and the guard over a selection."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from blocks.lead_list import list_view
from blocks.list_state import ListState
from bot.clock import utc_now
from bot.config import Settings
from bot.connections import Gateways
from bot.outreach.access import Role, person
from bot.outreach.leads import BADGES, PAGE_LEADS, Lead, LeadQuery, LeadStatus
from bot.services.all import Services
from bot.use_cases import services
from storage.database import Database
from storage.lead_cursors import Position, written
from storage.lead_tables import FIELDS
from storage.types import to_micros
from tests.bench.measuring import Figure, in_turns
from tests.bench.million import EPOCH, HERE, Stock, ready_ids

ANA = person("U0BENCH", "Ana", Role.ADMIN)
COLUMNS = ", ".join(f"leads.{name}" for name in FIELDS)
JSON_COLUMN = FIELDS.index("plusvibe_lead_data")
ENOUGH_LEADS = 1_000_000  # below, what a page costs at least outweighs the search
WORDS = ("bakery1", "northern dental", "novak@optics", "petr.silva", "harbour legal 77", "s.r.o.")


@asynccontextmanager
async def services_over(stock: Stock) -> AsyncIterator[Services]:
    """Our use cases over a database."""
    database = Database(stock.url)
    settings = Settings(_env_file=None, database_url=stock.url)  # type: ignore[call-arg]
    try:
        yield services(settings, database, Gateways(), utc_now)
    finally:
        await database.close()


async def shown_page(asked: Services, state: ListState) -> str:
    """One page of the list as it goes to Slack."""
    page = await asked.leads.page(HERE.id, ANA, state.query(), state.cursor)
    campaigns = await asked.campaigns.all(HERE.id, ANA)
    return json.dumps(list_view(page, state, campaigns, may=ANA.permissions))


def middle(stock: Stock) -> ListState:
    """The state of a reader deep in the middle of the list."""
    halfway = EPOCH + timedelta(seconds=stock.leads // 2)
    return ListState(cursor=written(LeadQuery(), Position((halfway, 0))), number=stock.leads // 2 // PAGE_LEADS)


async def list_pages(stock: Stock, small: Stock, *, rounds: int) -> list[Figure]:
    """The first page, one deep in the middle, and the first of a small table."""
    raw = stock.raw()
    mark, at = ("?", to_micros) if stock.file else ("%s", lambda moment: moment)
    keyset = (
        f"SELECT {COLUMNS} FROM leads WHERE workspace_id = {mark} AND removed_at IS NULL "
        f"AND (updated_at, seq) < ({mark}, {mark}) ORDER BY updated_at DESC, seq DESC LIMIT {PAGE_LEADS + 1}"
    )

    async def floor() -> None:
        halfway = at(EPOCH + timedelta(seconds=stock.leads // 2))
        assert len(raw.execute(keyset, (HERE.id, halfway, 0)).fetchall()) == PAGE_LEADS + 1

    async with services_over(stock) as asked, services_over(small) as asked_small:
        first, deep, few, bare = await in_turns(
            lambda: shown_page(asked, ListState()),
            lambda: shown_page(asked, middle(stock)),
            lambda: shown_page(asked_small, ListState()),
            floor,
            rounds=rounds,
            times=10,
        )
    raw.close()
    name, against = f"{stock.kind}, {stock.leads:,} leads", {"floor": bare, "floor_name": "bare keyset query"}
    return [
        Figure(f"first page, {name}", first, "ms", "≤ 5 ms", first <= 5, **against),
        Figure(f"page in the middle, {name}", deep, "ms", "≤ 1.2 × first", deep <= 1.2 * first, first, "first page"),
        Figure(
            f"first page, {name}",
            first,
            "ms",
            f"≤ 1.3 × {small.leads:,}",
            first <= 1.3 * few,
            few,
            f"first page of {small.leads:,}",
        ),
    ]


async def search(stock: Stock, *, rounds: int) -> list[Figure]:
    """Every keystroke of some common words, then words few leads have; against the trigram index and all its hits.

    All of them, because the newest of the hits are wanted and the index has no order. Without trigrams no floor.
    """
    if not await _has_trigrams(stock):
        slow = "pg_trgm is not available on this server: words are looked for one row after another"
        async with services_over(stock) as asked:
            (ours,) = await in_turns(lambda: _typed(asked, ["bakery1"]), rounds=3)
        return [Figure("search as you type, without trigrams", ours, "ms", note=slow)]
    common = [word[:end] for word in WORDS for end in range(3, len(word) + 1) if not word[:end].endswith(" ")]
    rare = [f"{word}{number % stock.leads}" for word in ("bakery", "dental") for number in range(7_001, 10**6, 99_999)]
    return [
        await _searched(stock, "search as you type, common words", common, rounds=rounds),
        await _searched(stock, "search for one company", rare, rounds=rounds),
    ]


async def _searched(stock: Stock, name: str, typed: Sequence[str], *, rounds: int) -> Figure:
    raw = stock.raw()
    query = "SELECT rowid FROM leads_search WHERE leads_search MATCH ?"
    if not stock.file:
        query = "SELECT seq FROM leads WHERE removed_at IS NULL AND search_text LIKE ALL(%s)"

    async def floor() -> None:
        for text in typed:
            raw.execute(query, _bare_words(stock, text)).fetchall()

    async with services_over(stock) as asked:
        ours, bare = await in_turns(lambda: _typed(asked, typed), floor, rounds=rounds)
    raw.close()
    ours, bare = ours / len(typed), bare / len(typed)
    reached = ours <= 10 * bare if stock.leads >= ENOUGH_LEADS else None
    floor_name, note = "trigram index, all hits", f"{len(typed)} texts"
    return Figure(name, ours, "ms", "≤ 10 × at a million leads", reached, bare, floor_name, note)


async def _has_trigrams(stock: Stock) -> bool:
    if stock.file:
        return True
    raw = stock.raw()
    known = raw.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'").fetchone()
    raw.close()
    return known is not None


async def _typed(asked: Services, typed: Sequence[str]) -> None:
    for text in typed:
        await asked.leads.page(HERE.id, ANA, LeadQuery(text=text))


def _bare_words(stock: Stock, text: str) -> tuple[Any, ...]:
    """Words of three characters or more, on SQLite as the trigrams side by side that cover them."""
    words = [word for word in text.split() if len(word) >= 3]
    if not stock.file:
        return ([f"%{word}%" for word in words],)
    starts = {word: sorted({*range(0, len(word) - 2, 3), len(word) - 3}) for word in words}
    return (" ".join(f'"{word[start : start + 3]}"' for word in words for start in starts[word]),)


async def counts(stock: Stock, *, rounds: int) -> list[Figure]:
    """How many leads stand at each stage, against reading one counter; and whether a recount says the same."""
    raw = stock.raw()
    mark = "?" if stock.file else "%s"
    one = f"SELECT leads FROM lead_counters WHERE workspace_id = {mark} AND status = {mark}"

    async def floor() -> None:
        raw.execute(one, (HERE.id, LeadStatus.NEW.value)).fetchone()

    async with services_over(stock) as asked:
        ours, bare = await in_turns(lambda: asked.leads.counts(HERE.id, ANA), floor, rounds=rounds, times=20)
        kept = await asked.leads.counts(HERE.id, ANA)
    database = Database(stock.url)
    async with database.read(HERE.id) as uow:
        recounted = await uow.leads.recount()
    await database.close()
    raw.close()
    same = kept == recounted
    return [
        Figure(
            f"stage counts, {stock.kind}, {stock.leads:,} leads",
            ours,
            "ms",
            "≤ 2 ms, exact",
            ours <= 2 and same,
            bare,
            "one counter's row",
            "equal to a recount" if same else "NOT equal to a recount",
        )
    ]


async def guard(stock: Stock, *, rounds: int, chosen: int = 10_000) -> list[Figure]:
    """The guard over a selection, against one read of its rows."""
    wanted = ready_ids(stock.leads, chosen)
    raw = stock.raw()
    among = "id IN (SELECT value FROM json_each(?))" if stock.file else "id = ANY(%s)"
    mark, these = ("?", json.dumps(wanted)) if stock.file else ("%s", wanted)

    async def floor() -> None:
        query = f"SELECT {COLUMNS} FROM leads WHERE workspace_id = {mark} AND removed_at IS NULL AND {among}"
        rows = raw.execute(query, (HERE.id, these)).fetchall()
        assert len(rows) == len(wanted)
        if stock.file:  # PostgreSQL's driver reads JSON by itself
            assert all(json.loads(row[JSON_COLUMN]) for row in rows)

    async with services_over(stock) as asked:
        campaign = (await asked.campaigns.all(HERE.id, ANA))[0]
        ours, bare = await in_turns(lambda: asked.pushes.check(HERE.id, ANA, campaign.id, wanted), floor, rounds=rounds)
    raw.close()
    name = f"guard over {len(wanted):,} leads, {stock.kind}"
    return [Figure(name, ours, "ms", "≤ 2 ×", ours <= 2 * bare, bare, "one set read of their rows, JSON read")]


async def blocks(stock: Stock, *, rounds: int) -> list[Figure]:
    """A page's blocks as JSON, against the same view written as plain dicts."""
    async with services_over(stock) as asked:
        page = await asked.leads.page(HERE.id, ANA, LeadQuery())
        campaigns = await asked.campaigns.all(HERE.id, ANA)
    state, may = ListState(), ANA.permissions
    frame = list_view(page, state, campaigns, may=may)

    async def ours() -> str:
        return json.dumps(list_view(page, state, campaigns, may=may))

    async def floor() -> str:
        return json.dumps(_plain(frame, page.leads))

    taken, bare = await in_turns(ours, floor, rounds=rounds, times=20)
    size = f"{len(await ours()):,} bytes, the floor {len(await floor()):,}"
    reached = taken <= 2.5 * bare
    return [Figure("list page to JSON blocks", taken, "ms", "≤ 2.5 ×", reached, bare, "plain dicts, json.dumps", size)]


def _plain(frame: dict[str, Any], leads: Sequence[Lead]) -> dict[str, Any]:
    """The same view with its rows and options as one would write them without a care: nothing escaped, nothing cut."""
    rows = [
        {
            "type": "section",
            "text": {
                "type": "mrkdwn",
                "text": f"*{lead.company_name}* · {lead.domain}\n"
                f"⚪ {BADGES[lead.status or LeadStatus.NEW]} · {lead.first_name} {lead.last_name} · ready to push\n"
                f"Grade {lead.grade} · {lead.opens} opens · {lead.top_issue}",
                "verbatim": True,
            },
            "accessory": {
                "type": "overflow",
                "action_id": "leads_row",
                "options": [
                    {"text": {"type": "plain_text", "text": "View details"}, "value": f"open:{lead.id}"},
                    {"text": {"type": "plain_text", "text": "Start audit"}, "value": f"audit:{lead.id}"},
                    {"text": {"type": "plain_text", "text": "Push to a campaign"}, "value": f"push:{lead.id}"},
                ],
            },
        }
        for lead in leads
    ]
    options = [
        {
            "text": {"type": "plain_text", "text": lead.company_name},
            "description": {"type": "plain_text", "text": f"{lead.first_name} {lead.last_name}"},
            "value": lead.id,
        }
        for lead in leads
    ]
    blocks = []
    for block in frame["blocks"]:
        if block["type"] == "section" and "accessory" in block:
            continue
        if block.get("element", {}).get("type") == "multi_static_select":
            block = {**block, "element": {**block["element"], "options": options}}
        blocks.append(block)
    return {**frame, "blocks": [*blocks, *rows]}
