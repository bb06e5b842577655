"""The bench runs from end to end with tiny numbers. What it reads here says nothing of speed."""

import os

import pytest
from rich.console import Console

from tests.bench.__main__ import PARTS, TINY, Stocks, printed

TOPICS = {
    "what is read": "to ack, 32 connections, first page, middle, search, stage counts, guard, blocks, memory, "
    "segment preview, link board, column's middle, board searched",
    "at the doors": "events in, events applied, to its modal, push of, /drafts, /unibox, /pipeline, Home, at once",
    "at work": "addresses of, campaign opened, one badge, sites audited, links checked",
    "in processes": "their outcomes, mails sent, SendGrid's events in, events applied, due steps to their mails, "
    "beside the client alone, import of 200 rows, write meanwhile",
}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "part"), list(zip(TOPICS, PARTS, strict=True)), ids=list(TOPICS))
async def test_every_figure_is_measured_beside_its_floor(tmp_path, postgres_server, name, part):
    if name != "at work" and "CI" in os.environ:
        pytest.skip("as much work as a tenth of the gate; `make test` runs it")
    stocks = Stocks(tmp_path, postgres_server)
    figures = await printed(part(TINY, stocks, tmp_path, postgres_server), Console(quiet=True))

    names = " ".join(figure.name for figure in figures)
    assert [topic for topic in TOPICS[name].split(", ") if topic not in names] == []
    assert all(figure.ours > 0 for figure in figures)
    assert all(figure.note == "equal to a recount" for figure in figures if figure.name.startswith("stage counts"))
