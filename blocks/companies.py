"""The company directory as a modal: five traits to choose by, how many match, and the way into a campaign."""

import json
from collections.abc import Mapping, Sequence

from blocks import campaign_ids
from blocks.campaign_choice import campaign_select
from blocks.elements import Block, plain_text
from blocks.message import actions, button, context, count, esc, field_input, modal, option, plain, section
from bot.outreach.campaigns import Campaign
from bot.outreach.companies import CompanyFilter, Trait

CAMPAIGN_BLOCK = "intake_campaign"
ANY = "any"
NO_COMPANIES = (
    "*The directory is empty.* `python -m bot import companies FILE` fills it from a CSV file: name, domain, website, "
    "email addresses, phone, city, country, industry, size and revenue, under any usual column names."
)
TRAIT_WORDS: Mapping[Trait, str] = {
    Trait.COUNTRY: "Country",
    Trait.CITY: "City",
    Trait.INDUSTRY: "Industry",
    Trait.SIZE: "Company size",
    Trait.REVENUE: "Revenue",
}
LONGEST_VALUE = 140


def companies_view(
    total: int, matching: int, wanted: CompanyFilter, *, channel: str, may_add: bool, problem: str = ""
) -> Block:
    """The directory; metadata `{"filter", "channel"}`. total, matching: companies, of all and under the filter."""
    metadata = json.dumps({"filter": wanted.stored(), "channel": channel[:64]}, ensure_ascii=False)
    said = [section(f"⚠️ {esc(problem)}")] if problem else []
    if not total:
        return modal(campaign_ids.COMPANIES, "Companies", [*said, section(NO_COMPANIES)], metadata=metadata)
    blocks = [
        *said,
        section(f"*{count(matching, 'company matches', 'companies match')}* of {total:,} in the directory"),
        *(_trait(trait, wanted) for trait in Trait),
        *actions(
            button("Add to Campaign", campaign_ids.COMPANIES_ADD, style="primary") if may_add and matching else None,
            button("Clear filters", campaign_ids.COMPANIES_CLEAR) if wanted.given else None,
        ),
        context("Each value says how many companies have it under the other filters."),
    ]
    return modal(campaign_ids.COMPANIES, "Companies", blocks, metadata=metadata)


def _trait(trait: Trait, wanted: CompanyFilter) -> Block:
    """Its id follows the value, for Slack applies an initial option to a new id only."""
    chosen = wanted.given.get(trait, "")
    element: Block = {
        "type": "external_select",
        "action_id": f"{campaign_ids.COMPANY_TRAIT}|{trait.value}",
        "min_query_length": 0,
        "placeholder": plain_text(f"Any {TRAIT_WORDS[trait].lower()}", 150),
    }
    if chosen:
        element["initial_option"] = option(plain(chosen, 70) or "–", chosen)
    return section(f"*{TRAIT_WORDS[trait]}*", element, block_id=f"trait:{trait.value}:{_mark(chosen)}")


def _mark(chosen: str) -> str:
    return f"{len(chosen)}:{sum(map(ord, chosen)) % 9_973}"


def trait_options(trait: Trait, values: Sequence[tuple[str, int]], *, typed: str) -> list[Block]:
    """What a trait's select offers: any at first, then each value with its companies."""
    everything = [] if typed.strip() else [option(f"Any {TRAIT_WORDS[trait].lower()}", ANY)]
    return [*everything, *(option(f"{plain(value, 50) or '–'} ({number:,})", value) for value, number in values)]


def intake_form(campaigns: Sequence[Campaign], matching: int, wanted: CompanyFilter, channel: str) -> Block:
    """Which campaign they join; metadata as of the directory."""
    asked = ", ".join(f"{TRAIT_WORDS[trait].lower()} {esc(text, 60)}" for trait, text in wanted.given.items())
    metadata = json.dumps({"filter": wanted.stored(), "channel": channel[:64]}, ensure_ascii=False)
    if not campaigns:
        said = "*There is no campaign yet.* Create one at PlusVibe, then `/outreach sync`."
        return modal(campaign_ids.INTAKE_FORM, "Add to Campaign", [section(said)], metadata=metadata)
    return modal(
        campaign_ids.INTAKE_FORM,
        "Add to Campaign",
        [
            section(f"*{count(matching, 'company', 'companies')}*{f' with {asked}' if asked else ', all of them'}"),
            field_input("Campaign", CAMPAIGN_BLOCK, campaign_select(campaign_ids.INTAKE_CAMPAIGN, campaigns, None)),
            context(
                "Each company with an email address becomes a lead of the campaign; whoever is in it already is left "
                "out. Nothing is sent: they wait for a push. One message in the channel says how far it is."
            ),
        ],
        metadata=metadata,
        submit="Add to Campaign",
        close="Cancel",
    )
