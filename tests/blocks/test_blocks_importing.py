"""Imports in Slack: the form, the columns with their forecast, the message from beginning to end."""

from dataclasses import replace
from datetime import UTC, datetime

import hostile
import hostile_imports
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import assert_fit_message, assert_fit_view, labels, offered, words

from blocks import ids
from blocks.import_news import import_message, sum_message
from blocks.importing import ImportState, choice_key, form_view, mapping_view, problem_view
from bot.outreach.csv_text import Form
from bot.outreach.import_files import ChosenFile, ImportFile, ImportNews, Stage, is_sheet
from bot.outreach.import_rows import Candidate
from bot.outreach.import_sheets import Sheet
from bot.outreach.importing import Breakdown, Header, Import, Kept, Reject
from bot.outreach.importing import ImportState as State
from bot.outreach.leads import LeadDraft
from bot.outreach.validation import Verdict

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
WIDE = ChosenFile(
    "F1",
    "fair.csv",
    "d",
    Sheet(Form("utf-8", ","), Header(tuple(f"C{at}" for at in range(150)), has_names=True), {}, ()),
)
BEGUN = Import("i1", "fair.csv", "U1", "d", {"email": 0}, NOW, NOW)
SUM = Breakdown(10, 6, 0, {Reject.IN_FILE: 3, Reject.NO_ADDRESS: 1})
STANDING = ImportNews(BEGUN, ImportFile("i1", "F1", "C1", 40), "Ana", "Spring")


@hostile.quick
@given(hostile_imports.chosen, hostile_imports.previews, hostile.many_campaigns(), hostile_imports.mappings, st.data())
def test_the_columns_fit(chosen, preview, campaigns, mapping, data):
    width = len(chosen.sheet.header.names)
    mapping = {target: at for target, at in mapping.items() if at < width}
    forecast = data.draw(st.one_of(st.none(), hostile_imports.breakdowns))
    campaign_id = data.draw(st.sampled_from([None, *(each.id for each in campaigns)]))
    state = ImportState(chosen.id, "C1", choice_key(mapping, campaign_id), 10**7, 10**7)

    view = mapping_view(
        chosen,
        state,
        mapping,
        preview,
        campaigns,
        campaign_id=campaign_id,
        forecast=forecast,
        problem=data.draw(hostile.texts),
    )

    assert_fit_view(view)
    assert ImportState.unpacked(view["private_metadata"]) == state


def test_a_previewed_row_says_each_thing_once():
    draft = LeadDraft("jana@acme.cz", "Jana", "Nová", "Acme", "acme.cz", website="acme.cz", city="Brno")
    row = Candidate(2, "jana@acme.cz", draft, [])

    view = mapping_view(WIDE, ImportState(WIDE.id, "C1", "", 1, 1), {"email": 0}, [row], [])

    assert "2. *jana@acme.cz* · Jana Nová · Acme · acme.cz · Brno" in words(view).splitlines()


@hostile.quick
@given(hostile.many_campaigns(), st.lists(hostile.texts, max_size=10), hostile.texts)
def test_the_form_and_its_refusal_fit(campaigns, names, text):
    assert_fit_view(form_view("C1", campaigns, files=[(f"F{at}", name) for at, name in enumerate(names)]))
    assert_fit_view(problem_view(text))


@hostile.quick
@given(hostile_imports.news)
def test_the_message_and_the_sum_fit_at_every_stage(news):
    assert_fit_message(import_message(news))
    assert_fit_message(sum_message(news))


def test_a_column_beyond_the_hundredth_stays_chosen():
    view = mapping_view(WIDE, ImportState("F1", "C1"), {"email": 140}, [], [])

    assert len(offered(view, f"{ids.IMPORT_COLUMN}|email")) == 100
    assert offered(view, f"{ids.IMPORT_COLUMN}|email")[-1] == "140"
    assert "140" not in offered(view, f"{ids.IMPORT_COLUMN}|city")


@pytest.mark.parametrize(
    ("state", "file", "stage", "said", "buttons"),
    [
        (State.RUNNING, {}, Stage.RUNNING, "25% · 10 of 40 rows · *6 leads* added · 4 rows left out", ["Cancel"]),
        (State.DONE, {}, Stage.DONE, "✅ Imported *fair.csv* into *Spring* by Ana", ["Open leads", "Undo import"]),
        (State.CANCELLED, {}, Stage.CANCELLED, "10 rows were read · *6 leads* added", ["Open leads", "Undo import"]),
        (
            State.CANCELLED,
            {"problem": "The file is gone."},
            Stage.STOPPED,
            "⚠️ Import stopped: *fair.csv* into *Spring* by Ana\nThe file is gone.",
            ["Open leads", "Undo import"],
        ),
        (State.DONE, {"undoing": "U2"}, Stage.UNDOING, "↩️ Undoing the import of *fair.csv*", []),
        (State.UNDOING, {"undoing": "U2"}, Stage.UNDOING, "5 leads removed so far", []),
        (State.UNDONE, {"undoing": "U2"}, Stage.UNDONE, "5 leads removed\n1 lead stayed: 1 emailed", []),
    ],
    ids=["running", "done", "cancelled", "stopped", "undo asked", "undoing", "undone"],
)
def test_each_stage_says_what_there_is_to_know_and_do(state, file, stage, said, buttons):
    one = replace(BEGUN, state=state, taken=10, breakdown=SUM, removed=5, kept={Kept.MAILED: 1})
    news = replace(STANDING, one=one, file=replace(STANDING.file, **file))

    message = import_message(news)

    assert news.stage is stage
    assert said in words(message.blocks)
    assert labels(message.blocks) == buttons


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        ({None: 3}, "🔎 0 of 3 addresses checked"),
        ({None: 1, Verdict.VALID: 4, Verdict.INVALID: 1}, "🔎 5 of 6 addresses checked: 4 valid · 1 invalid"),
        ({Verdict.UNVERIFIED: 1}, "🔎 1 address checked: 1 unverified"),
    ],
    ids=["none yet", "some", "all"],
)
def test_its_end_counts_the_verdicts_on_its_addresses(checks, said):
    done = replace(STANDING, one=replace(BEGUN, state=State.DONE, breakdown=SUM), checks=checks)

    assert said in words(import_message(done).blocks).splitlines()
    assert said not in words(import_message(replace(done, one=BEGUN)).blocks)


def test_an_import_that_changed_nothing_offers_no_undo():
    one = replace(BEGUN, state=State.DONE, breakdown=Breakdown(3, 0, 0, {Reject.HERE: 3}))

    assert labels(import_message(replace(STANDING, one=one)).blocks) == ["Open leads"]


@pytest.mark.parametrize(
    ("name", "mimetype", "fits"),
    [
        ("leads.csv", "", True),
        ("LEADS.CSV", "", True),
        ("leads.tsv", "", True),
        ("leads.txt", "text/plain", True),
        ("Untitled", "text/csv", True),
        ("leads.xlsx", "application/vnd.ms-excel", False),
        ("leads.csv.exe", "application/octet-stream", False),
        ("", "", False),
    ],
)
def test_which_files_are_read(name, mimetype, fits):
    assert is_sheet(name, mimetype) is fits
