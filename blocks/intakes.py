"""Who joins a campaign: one message that says how far it is, the sum in its thread, and the form from the pipeline."""

import json
from collections.abc import Mapping, Sequence

from blocks import campaign_ids
from blocks.campaign_choice import campaign_name
from blocks.companies import ANY, LONGEST_VALUE
from blocks.elements import MOST_OPTIONS, Block, plain_text
from blocks.message import (
    Message,
    actions,
    button,
    confirmation,
    context,
    count,
    field_input,
    modal,
    option,
    plain,
    section,
    select,
    strong,
    who,
)
from bot.outreach.campaigns import Campaign
from bot.outreach.companies import Intake, IntakeSource, IntakeState, Taken, Trait, TraitValues
from bot.outreach.segments import Segment

TAKEN_WORDS: Mapping[Taken, str] = {
    Taken.ADDED: "added as new leads",
    Taken.JOINED: "of your leads joined",
    Taken.ALREADY: "in the campaign already",
    Taken.NO_EMAIL: "without an email address",
    Taken.SUPPRESSED: "suppressed, bounced or unsubscribed",
    Taken.BAD_FORM: "with a malformed address",
}
EVERY, CHOSEN = "every", "chosen"
FILTER_WORDS: Mapping[Trait, str] = {
    Trait.CITY: "City",
    Trait.INDUSTRY: "Industry",
    Trait.SIZE: "Company size",
    Trait.REVENUE: "Revenue",
}
_BAR = 20


def intake_message(campaign: Campaign, intake: Intake, author: str) -> Message:
    """`Adding companies to Spring: 45%`, with `Cancel`; then how it ended."""
    name, source = campaign_name(campaign, 100), intake.source.value
    by = f" · asked for by {who(author)}" if author else ""
    came = intake.tally.get(Taken.ADDED, 0) + intake.tally.get(Taken.JOINED, 0)
    if intake.state is IntakeState.DONE:
        said = f"Added {count(came, 'lead')} to {name}"
        return Message(said, [section(f"✅ *{said.replace('*', '∗')}*"), context(f"{_seen(intake)}{by}")])
    if intake.state is IntakeState.CANCELLED:
        said = f"Cancelled adding {source} to {name} at {intake.percent}%"
        kept = f"{count(came, 'lead')} joined before that and stay"
        return Message(f"{said}: {kept}", [section(f"🚫 *{said.replace('*', '∗')}*"), context(f"{kept}{by}")])
    said = f"Adding {source} to {name}: {intake.percent}%"
    done = round(_BAR * intake.percent / 100)
    stop = button(
        "Cancel",
        f"{campaign_ids.INTAKE_CANCEL}|{intake.id}",
        intake.id,
        confirm=confirmation("Stop here?", "Who joined so far stays in the campaign.", "Stop", deny="Go on"),
    )
    return Message(
        said,
        [
            section(f"⏳ Adding {source} to {strong(name)}\n`{'█' * done}{'░' * (_BAR - done)}` *{intake.percent}%*"),
            context(f"{_seen(intake)} · {count(came, 'lead')} joined{by}"),
            *actions(stop),
        ],
    )


def _seen(intake: Intake) -> str:
    one, many = ("company", "companies") if intake.source is IntakeSource.COMPANIES else ("lead", "leads")
    of = f" of {intake.total:,}" if intake.total is not None else ""
    return f"{count(intake.seen, one, many)}{of} looked at"


def tally_message(campaign: Campaign, tally: Mapping[Taken, int]) -> Message:
    """The sum: how many became what."""
    lines = [f"{tally[taken]:,} {TAKEN_WORDS[taken]}" for taken in Taken if tally.get(taken)]
    said = "\n".join(f"• {line}" for line in lines) or "Nobody matched."
    return Message(f"{campaign_name(campaign)}: {', '.join(lines) or 'nobody matched'}", [section(said)])


def pipeline_import_form(
    campaign: Campaign, state: str, filters: Mapping[str, str], channel: str, segments: Sequence[Segment] = ()
) -> Block:
    """Which of your leads join; metadata `{"campaign", "state", "filter", "channel"}`. state: of the list beneath.

    segments: those in use.
    """
    kept = {"campaign": campaign.id, "state": state, "filter": dict(filters), "channel": channel[:64]}
    return modal(
        campaign_ids.PIPELINE_IMPORT_FORM,
        "Import from Pipeline",
        [
            section(f"Leads of yours join {strong(campaign_name(campaign))}. Nothing is sent: they wait for a push."),
            *_segment(segments, filters.get("segment_id", "")),
            *(_trait(trait, label, filters.get(trait.value, "")) for trait, label in FILTER_WORDS.items()),
            *_who_joins(),
        ],
        metadata=json.dumps(kept, ensure_ascii=False, separators=(",", ":")),
        submit="Add to campaign",
        close="Cancel",
    )


def _trait(trait: Trait, label: str, value: str) -> Block:
    return field_input(label, f"pipeline_{trait.value}", _values(trait, value), optional=True, dispatch=True)


def _who_joins() -> list[Block]:
    scope: Block = {
        "type": "radio_buttons",
        "action_id": campaign_ids.PIPELINE_SCOPE,
        "options": [option("The leads chosen here", CHOSEN), option("All matching the filters", EVERY)],
        "initial_option": option("The leads chosen here", CHOSEN),
    }
    chosen: Block = {
        "type": "multi_external_select",
        "action_id": campaign_ids.PIPELINE_LEADS,
        "min_query_length": 2,
        "placeholder": {"type": "plain_text", "text": "Type a company, domain, name or email"},
    }
    hint = "Offers leads that match the filters above."
    return [
        field_input("Who", "pipeline_scope", scope),
        field_input("Leads", "pipeline_leads", chosen, optional=True, hint=hint),
    ]


def _segment(segments: Sequence[Segment], chosen: str) -> list[Block]:
    """No block where there is no segment in use."""
    if not segments:
        return []
    listed = [each for each in segments if each.id == chosen] + [each for each in segments if each.id != chosen]
    offered = [option(plain(each.name, 70) or "Unnamed segment", each.id) for each in listed[: MOST_OPTIONS - 1]]
    box = select(campaign_ids.PIPELINE_SEGMENT, "Any", [option("Any segment", ANY), *offered], chosen or ANY)
    return [field_input("Segment", "pipeline_segment", box, optional=True, dispatch=True)]


def _values(trait: Trait, value: str) -> Block:
    element: Block = {
        "type": "external_select",
        "action_id": f"{campaign_ids.PIPELINE_TRAIT}|{trait.value}",
        "min_query_length": 0,
        "placeholder": plain_text("Any", 150),
    }
    return element | ({"initial_option": option(plain(value, 70) or "–", value)} if value else {})


def pipeline_options(trait: Trait, values: TraitValues, *, typed: str) -> list[Block]:
    """What a filter offers: any at first, each value with its leads, and at last what was typed, unless it is there.

    A plus says that there may be more: of very many leads only some are looked at.
    """
    more = "" if values.is_whole else "+"
    short = [(value, number) for value, number in values.found if len(value) <= LONGEST_VALUE]
    offered = [option(f"{plain(value, 50) or '–'} ({number:,}{more})", value) for value, number in short]
    typed = " ".join(typed.split())[:LONGEST_VALUE]
    if not typed:
        return [option(f"Any {FILTER_WORDS[trait].lower()}", ANY), *offered]
    is_there = values.is_whole or any(value.casefold() == typed.casefold() for value, _ in short)
    return offered if is_there else [*offered, option(f"{plain(typed, 50) or '–'} (as typed)", typed)]
