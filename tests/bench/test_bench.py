"""The bench runs: every figure once, at a tiny size. What it reads here says nothing of speed."""

import os

import pytest
from rich.console import Console

from tests.bench.__main__ import TINY, measured, printed


@pytest.mark.slow
@pytest.mark.skipif("CI" in os.environ, reason="takes three minutes of the gate's twenty; `make test` runs it")
async def test_every_figure_is_measured_beside_its_floor(tmp_path, postgres_server):
    figures = await printed(measured(TINY, tmp_path, postgres_server), Console(quiet=True))

    names = " ".join(figure.name for figure in figures)
    assert all(
        topic in names
        for topic in ("to ack", "32 connections", "first page", "middle", "search", "stage counts", "guard", "blocks")
    )
    assert all(topic in names for topic in ("memory", "events in", "events applied", "to its modal", "push of"))
    assert all(topic in names for topic in ("/drafts", "/unibox", "/pipeline", "Home", "at once"))
    assert all(topic in names for topic in ("their outcomes", "mails sent", "SendGrid's events in", "events applied"))
    assert all(topic in names for topic in ("due steps to their mails", "beside the client alone"))
    assert all(topic in names for topic in ("link board", "column's middle", "board searched"))
    assert all(topic in names for topic in ("addresses of", "segment preview", "import of 200 rows", "write meanwhile"))
    assert "campaign opened" in names and "one badge" in names and "sites audited" in names and "links checked" in names
    assert all(figure.ours > 0 for figure in figures)
    assert all(figure.note == "equal to a recount" for figure in figures if figure.name.startswith("stage counts"))
