"""An import before it begins: the form for a file, the columns with a preview and a forecast."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from blocks import ids
from blocks.campaign_choice import campaign_option, campaign_options
from blocks.elements import MOST_OPTIONS, Block, plain_text
from blocks.message import (
    bold,
    clean,
    context,
    count,
    divider,
    esc,
    field_input,
    modal,
    option,
    plain,
    section,
    select,
)
from bot.outreach.campaigns import Campaign
from bot.outreach.import_files import ENDINGS, ChosenFile
from bot.outreach.import_rows import Candidate
from bot.outreach.importing import TARGETS, WHOLE_NAME, Breakdown, Reject, Rejected

TITLE = "Import leads"
FILE_BLOCK, CAMPAIGN_BLOCK, COLUMN_BLOCK = "file", "campaign", "column"
NONE = "-"
_ABOUT = (
    "A CSV file with one row a lead, up to 10 MB. Email is required; first name and company name make emails personal. "
    "Every address is checked in the background before anything is sent to it."
)
_LABELS: Mapping[str, str] = {
    **{target: target.replace("_", " ").capitalize() for target in TARGETS},
    WHOLE_NAME: "First and last name in one",
}
_ORDER = ("email", WHOLE_NAME, *(target for target in TARGETS if target not in {"email", WHOLE_NAME}))
_SHOWN = ("company_name", "domain", "phone", "website", "city", "country", "industry", "company_size", "revenue")
_LONGEST_CELL = 60


@dataclass(frozen=True, slots=True)
class ImportState:
    """What the columns' modal remembers. seen: what the forecast in it was made for; rows, gain: what it said."""

    file_id: str
    channel: str
    seen: str = ""
    rows: int = 0
    gain: int = 0

    def packed(self) -> str:
        """For `private_metadata`."""
        return json.dumps([self.file_id, self.channel, self.seen, self.rows, self.gain], separators=(",", ":"))

    @classmethod
    def unpacked(cls, metadata: str) -> "ImportState":
        """As `packed` wrote it."""
        return cls(*json.loads(metadata))


def choice_key(mapping: Mapping[str, int], campaign_id: str | None) -> str:
    """What a forecast was made for, in short."""
    return ",".join(f"{TARGETS.index(target)}:{at}" for target, at in sorted(mapping.items())) + f"|{campaign_id or ''}"


def form_view(
    channel: str,
    campaigns: Sequence[Campaign],
    *,
    files: Sequence[tuple[str, str]] = (),
    campaign_id: str | None = None,
) -> Block:
    """Which file, and perhaps a campaign. files: id and name of those to choose among, in place of one's own."""
    if files:
        offered = [option(plain(name, 75) or "Unnamed file", file_id) for file_id, name in files]
        box = select(ids.IMPORT_FILE, "Choose a file", offered, files[0][0])
    else:
        kinds = [ending.removeprefix(".") for ending in ENDINGS]
        box = {"type": "file_input", "action_id": ids.IMPORT_FILE, "filetypes": kinds, "max_files": 1}
    blocks = [
        field_input("CSV file", FILE_BLOCK, box),
        *_campaign(campaigns, campaign_id, dispatch=False),
        context(_ABOUT),
    ]
    return modal(ids.IMPORT_FORM, TITLE, blocks, metadata=channel[:100], submit="Next", close="Cancel")


def mapping_view(
    chosen: ChosenFile,
    state: ImportState,
    mapping: Mapping[str, int],
    preview: Sequence[Candidate | Rejected],
    campaigns: Sequence[Campaign],
    *,
    campaign_id: str | None = None,
    forecast: Breakdown | None = None,
    problem: str = "",
) -> Block:
    """Which column is what, the first rows as they would come in, and what the import would come to.

    forecast: None while it is being made. problem: what stands in the way of making one.
    """
    header = chosen.sheet.header
    known = "" if header.has_names else " · no column names, the first row is a lead"
    blocks = [
        section(f"{bold(chosen.name, 200)} · {count(len(header.names), 'column')}{known}"),
        *_forecast(forecast, problem, campaign_id=campaign_id),
        section("*Preview*\n" + "\n".join(map(_row, preview))) if preview else context("No preview yet."),
        divider(),
        *(_column(target, header.names, mapping.get(target)) for target in _ORDER),
        *_campaign(campaigns, campaign_id, dispatch=True),
    ]
    gain = forecast.added + forecast.joined if forecast else 0
    submit = "Import" if forecast is None else f"Import {count(gain, 'lead')}"
    return modal(ids.IMPORT_MAPPING, TITLE, blocks, metadata=state.packed(), submit=submit, close="Cancel")


def _forecast(forecast: Breakdown | None, problem: str, *, campaign_id: str | None) -> list[Block]:
    if problem:
        return [section(f"⚠️ {esc(problem, 1_000)}")]
    if forecast is None:
        return [section("⏳ *Forecast*: looking at every row…")]
    new = f"*{count(forecast.added, 'new lead')}*"
    joined = f", *{forecast.joined:,}* already a lead and new to the campaign" if campaign_id else ""
    left = [f"• {word}: {number:,}" for word, number in left_out(forecast)]
    said = f"📊 *Forecast* for {count(forecast.rows, 'row')}: {new}{joined}"
    notes = [*([] if left else ["No row is left out."]), *without_consent(forecast)]
    return [section("\n".join([said, *left])), *(context(note) for note in notes)]


def without_consent(breakdown: Breakdown) -> list[str]:
    """Of those who come into the campaign."""
    if not breakdown.unpermitted:
        return []
    of = f"{breakdown.unpermitted:,} of them {'has' if breakdown.unpermitted == 1 else 'have'}"
    return [
        f"⚠️ {of} no consent on record: a push holds them back until it is recorded on the lead (policy: permission)."
    ]


def left_out(breakdown: Breakdown) -> list[tuple[str, int]]:
    """Why rows become no lead, with how many."""
    return [
        (reason.value.capitalize(), number)
        for reason, number in sorted(breakdown.rejected.items(), key=_place)
        if number
    ]


def _place(pair: tuple[Reject, int]) -> int:
    return list(Reject).index(pair[0])


def _row(row: Candidate | Rejected) -> str:
    if isinstance(row, Rejected):
        cells = " · ".join(esc(cell, _LONGEST_CELL) for cell in row.cells[:4] if clean(cell))
        return f"{row.line}. ⚠️ _{row.reason.value}_{f': {cells}' if cells else ''}"
    draft = row.draft
    name = " ".join(filter(None, (clean(draft.first_name), clean(draft.last_name))))
    told = dict.fromkeys([name, *(getattr(draft, field) for field in _SHOWN)])  # a website is often its domain alone
    return " · ".join(
        [f"{row.line}. {bold(draft.email or '', 80)}", *(esc(cell, _LONGEST_CELL) for cell in told if cell)]
    )


def _column(target: str, names: Sequence[str], at: int | None) -> Block:
    """A select of the first columns and of the one chosen."""
    shown = list(range(min(len(names), MOST_OPTIONS - 1)))
    if at is not None and at not in shown:
        shown[-1] = at
    options = [
        option("Not imported", NONE),
        *(option(plain(names[each], 75) or _nameless(each), str(each)) for each in shown),
    ]
    chosen = select(f"{ids.IMPORT_COLUMN}|{target}", "Choose a column", options, NONE if at is None else str(at))
    return field_input(_LABELS[target], f"{COLUMN_BLOCK}:{target}", chosen, optional=target != "email", dispatch=True)


def _nameless(at: int) -> str:
    return f"Column {at + 1}"


def _campaign(campaigns: Sequence[Campaign], campaign_id: str | None, *, dispatch: bool) -> list[Block]:
    """No block where there is no campaign."""
    if not campaigns:
        return []
    if len(campaigns) < MOST_OPTIONS:
        options = [option("No campaign", NONE), *campaign_options(campaigns)]
        box = select(ids.IMPORT_CAMPAIGN, "Choose a campaign", options, campaign_id or NONE)
    else:
        box = {"type": "external_select", "action_id": ids.IMPORT_CAMPAIGN, "min_query_length": 0}
        box["placeholder"] = plain_text("No campaign; type to search", 150)
        if chosen := next((each for each in campaigns if each.id == campaign_id), None):
            box["initial_option"] = campaign_option(chosen)
    hint = "Leads of the file join it. Those who are leads already join it, too."
    return [field_input("Campaign", CAMPAIGN_BLOCK, box, optional=True, hint=hint, dispatch=dispatch)]


def problem_view(problem: str) -> Block:
    """Why a file cannot be imported."""
    return modal(ids.NOTICE, TITLE, [section(f"⚠️ {esc(problem, 2_500)}")])
