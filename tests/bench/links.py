"""The link board over many pages: opened, searched, one column deep in its middle; against the bare keyset query."""

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert

from blocks.link_board import board_view, column_view
from blocks.link_state import LinkState
from bot.outreach.mail_facts import Delivery, Engagement
from bot.outreach.mails import MailState
from bot.outreach.opportunities import BOARD_CARDS, COLUMN_CARDS, BoardColumn, Opportunity
from bot.services.all import Services
from storage.database import Database
from storage.ids import new_id
from storage.mail_tables import mails
from storage.opportunity_tables import NAMES, opportunities, searched, values_of
from storage.types import to_micros
from tests.bench.mails import a_site, mail_row
from tests.bench.measuring import Figure, in_turns
from tests.bench.million import EPOCH, HERE, Stock, lead_id
from tests.bench.pages import ANA, services_over

WITHIN_MS = 200
_CHUNK = 1_000
_ANCHORS = ("website audit", "what slow pages cost", "first website checklist", "audit for hotels", "our guide")
_TYPED = ("aud", "audit", "blog77", "hotels guide", "ask again")


async def link_board(stock: Stock, *, rounds: int, count: int) -> list[Figure]:
    """What a reader of the board waits for, as JSON on its way to Slack. Leaves the pages in the database."""
    database = Database(stock.url)
    await _stocked(database, stock.leads, count)
    await database.close()
    raw = stock.raw()

    async def floor() -> None:
        for column in BoardColumn:
            raw.execute(_keyset(stock, BOARD_CARDS), (HERE.id, column.value, _moment(stock, count))).fetchall()

    async def one() -> None:
        halfway = (HERE.id, BoardColumn.NEW.value, _moment(stock, count // 2))
        assert raw.execute(_keyset(stock, COLUMN_CARDS + 1), halfway).fetchall()

    async with services_over(stock) as asked:
        opened, bare = await in_turns(lambda: _opened(asked), floor, rounds=rounds, times=5)
        middle = f"{to_micros(EPOCH + timedelta(minutes=count // 2))}.0"
        deep, bare_one = await in_turns(lambda: _column(asked, middle), one, rounds=rounds, times=5)
        (typed,) = await in_turns(lambda: _searched(asked), rounds=rounds)
    raw.close()
    name, reach, per_text = f"{stock.kind}, {count:,} pages", f"≤ {WITHIN_MS} ms", typed / len(_TYPED)
    return [
        Figure(f"link board, {name}", opened, "ms", reach, opened <= WITHIN_MS, bare, "bare keyset query a column"),
        Figure(f"a column's middle, {name}", deep, "ms", reach, deep <= WITHIN_MS, bare_one, "bare keyset query"),
        Figure(f"board searched, {name}", per_text, "ms", reach, per_text <= WITHIN_MS, note=f"{len(_TYPED)} texts"),
    ]


async def _opened(asked: Services) -> str:
    board = await asked.opportunities.board(HERE.id, ANA)
    return json.dumps(board_view(board, LinkState(), names={}, may=ANA.permissions))


async def _column(asked: Services, cursor: str) -> str:
    page = await asked.opportunities.column(HERE.id, ANA, BoardColumn.NEW, cursor=cursor)
    assert page.cards
    state = LinkState(column=page.column, cursor=cursor)
    return json.dumps(column_view(page, state, names={}, may=ANA.permissions))


async def _searched(asked: Services) -> None:
    for text in _TYPED:
        board = await asked.opportunities.board(HERE.id, ANA, text)
        json.dumps(board_view(board, LinkState(text), names={}, may=ANA.permissions))


def _keyset(stock: Stock, limit: int) -> str:
    mark, names = "?" if stock.file else "%s", ", ".join(f'"{name}"' for name in NAMES)
    return (
        f'SELECT {names} FROM opportunities WHERE workspace_id = {mark} AND deleted_at IS NULL AND "column" = {mark} '
        f"AND moved_at < {mark} ORDER BY moved_at DESC, seq DESC LIMIT {limit}"
    )


def _moment(stock: Stock, minutes: int) -> Any:
    moment = EPOCH + timedelta(minutes=minutes)
    return to_micros(moment) if stock.file else moment


async def _stocked(database: Database, leads: int, count: int) -> None:
    """So many pages a minute apart, in turn in the four columns; all but the new ones with an email."""
    async with database.begin(HERE.id) as uow:
        tenant = uow.opportunities._tenant
        await tenant.change(delete(opportunities))
        site_id = await a_site(uow, 10_000)
        for start in range(0, count, _CHUNK):
            pages = [_page(number, leads) for number in range(start, min(count, start + _CHUNK))]
            sent = [_mail(number, page, leads, site_id) for number, page in enumerate(pages, start) if page.mail_id]
            await tenant.many(insert(mails), [tenant.row(**row) for row in sent])
            await tenant.many(insert(opportunities), [tenant.row(**_row(page)) for page in pages])
        await uow.opportunities.repair()


def _row(page: Opportunity) -> dict[str, Any]:
    found = {"link_key": page.link_key, "search_text": searched(page)}
    return values_of(page) | found


def _page(number: int, leads: int) -> Opportunity:
    column, at = tuple(BoardColumn)[number % len(BoardColumn)], EPOCH + timedelta(minutes=number)
    domain = f"blog{number}.example"
    is_new = column is BoardColumn.NEW
    return Opportunity(
        new_id(),
        lead_id(number % leads),
        f"https://{domain}/guides/{number % 97}",
        domain,
        "U0BENCH",
        at,
        at,
        anchor_text=_ANCHORS[number % len(_ANCHORS)],
        target_url=f"https://ours.example/{number % 13}",
        column=column,
        by_hand=BoardColumn.WON if column is BoardColumn.WON else None,
        notes="Ask again in spring." if number % 10 == 0 else "",
        waiting=int(column is BoardColumn.QUEUED),
        sent=int(column in {BoardColumn.REACHED, BoardColumn.WON}),
        mail_id="" if is_new else new_id(),
    )


def _mail(number: int, page: Opportunity, leads: int, site_id: str) -> dict[str, Any]:
    heard = {"state": MailState.ACCEPTED, "delivery": Delivery.DELIVERED, "engagement": Engagement.OPENED}
    known = {"id": page.mail_id, "key": f"bench-link-{number}", "opportunity_id": page.id}
    return mail_row(number % leads, number, site_id) | known | (heard if page.sent else {})
