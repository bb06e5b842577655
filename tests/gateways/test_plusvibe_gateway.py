"""What the gateway asks of PlusVibe and what it makes of the answers."""

from contextlib import AsyncExitStack

import pytest

from bot.gateways.http import Patience
from bot.gateways.plusvibe import AddedLeads, BadAddress, EnrolLead, PlusVibe, TooLarge
from bot.outreach.errors import Invalid, NotFound, Unavailable
from bot.sandbox.plusvibe import seed
from bot.sandbox.plusvibe.world import API_KEY, WORKSPACE_ID, PlusVibeWorld


def people(how_many: int, domain: str = "acme.example") -> list[EnrolLead]:
    return [EnrolLead(f"person{number}@{domain}") for number in range(how_many)]


async def test_check_tells_the_workspaces_name(plusvibe: PlusVibe) -> None:
    assert await plusvibe.check() == "Sunny Audits"


@pytest.mark.parametrize(
    ("key", "workspace_id", "setting"),
    [
        pytest.param("wrong", WORKSPACE_ID, "PLUSVIBE_API_KEY", id="wrong key"),
        pytest.param(API_KEY, "66a1f0000000000000000000", "PLUSVIBE_WORKSPACE_ID", id="workspace not among the key's"),
        pytest.param(f" {API_KEY}\n", "none", "PLUSVIBE_WORKSPACE_ID", id="blanks around a key do no harm"),
    ],
)
@pytest.mark.parametrize("refusal", [401, 403])
async def test_check_names_the_setting_to_mend(
    world: PlusVibeWorld,
    api_url: str,
    hasty: Patience,
    closing: AsyncExitStack,
    key: str,
    workspace_id: str,
    setting: str,
    refusal: int,
) -> None:
    world.unknowns.wrong_key_status = refusal
    plusvibe = PlusVibe(api_url, key, workspace_id, patience=hasty)
    closing.push_async_callback(plusvibe.aclose)

    with pytest.raises(Unavailable, match=setting) as caught:
        await plusvibe.check()

    assert not caught.value.transient
    assert key.strip() not in str(caught.value)


async def test_check_of_a_wrong_address_names_it(api_url: str, hasty: Patience, closing: AsyncExitStack) -> None:
    plusvibe = PlusVibe(api_url.removesuffix("/v1"), API_KEY, WORKSPACE_ID, patience=hasty)
    closing.push_async_callback(plusvibe.aclose)

    with pytest.raises(Unavailable, match="PLUSVIBE_API_URL") as caught:
        await plusvibe.check()

    assert not caught.value.transient


def test_a_key_with_a_letter_no_key_has_is_refused_without_showing_it() -> None:
    with pytest.raises(Invalid, match="PLUSVIBE_API_KEY") as caught:
        PlusVibe("http://127.0.0.1:1", "geheimer Schlüßel", WORKSPACE_ID)

    assert "geheim" not in repr(caught.value)


@pytest.mark.parametrize("index_keyed", [False, True], ids=["array", "index-keyed object"])
@pytest.mark.parametrize("page", [1, 2, 5, 100])
async def test_campaigns_are_read_over_all_pages(
    world: PlusVibeWorld, plusvibe: PlusVibe, page: int, index_keyed: bool
) -> None:
    world.unknowns.largest_page = page
    world.unknowns.index_keyed_campaigns = index_keyed

    campaigns = {campaign.provider_id: campaign for campaign in await plusvibe.campaigns()}

    assert list(campaigns) == [seed.AUDIT_LETTER, seed.AUDIT_SEQUENCE, seed.QUICK_WINS, seed.AUTUMN, seed.SPRING]
    assert campaigns[seed.AUDIT_SEQUENCE].steps == 3
    assert campaigns[seed.AUDIT_LETTER].merge_fields == (
        "custom_email_subject", "custom_email_body", "custom_email_cta",
    )  # fmt: skip
    assert campaigns[seed.SPRING].status == "ARCHIVED"


async def test_campaigns_of_an_empty_workspace_are_none(world: PlusVibeWorld, plusvibe: PlusVibe) -> None:
    world.campaigns.clear()

    assert await plusvibe.campaigns() == []


async def test_follow_up_campaigns_come_only_when_asked_for(plusvibe: PlusVibe) -> None:
    usual = {campaign.provider_id for campaign in await plusvibe.campaigns()}
    every = {campaign.provider_id for campaign in await plusvibe.campaigns(subsequences=True)}

    assert every - usual == {seed.INTERESTED_FOLLOW_UP}


async def test_enrolling_sends_fields_flags_and_bare_keys_in_one_call(world: PlusVibeWorld, plusvibe: PlusVibe) -> None:
    lead = EnrolLead("Jane@acme.example", "Jane", company_name="Acme", custom_variables={
        "custom_audit_grade": "B", "email_subject": "Hello"})  # fmt: skip

    added = await plusvibe.add_leads(seed.AUDIT_LETTER, [lead])

    assert added == AddedLeads(total_sent=1, leads_uploaded=1, remaining_in_plan=49_999)
    (call,) = world.calls
    assert call.body == {
        "workspace_id": WORKSPACE_ID,
        "campaign_id": seed.AUDIT_LETTER,
        "leads": [{"email": "Jane@acme.example", "first_name": "Jane", "company_name": "Acme",
                   "custom_variables": {"audit_grade": "B", "email_subject": "Hello"}}],
        "is_overwrite": True,
        "resume_camp_if_completed": False,
        "skip_if_in_workspace": False,
        "skip_lead_in_active_pause_camp": False,
        "skip_lead_for_active_only_camp": False,
    }  # fmt: skip
    stored = world.lead(seed.AUDIT_LETTER, "jane@acme.example")
    assert stored is not None
    assert stored.custom == {"custom_audit_grade": "B", "custom_email_subject": "Hello"}


async def test_enrolling_again_overwrites_what_is_sent_and_keeps_the_rest(
    world: PlusVibeWorld, plusvibe: PlusVibe
) -> None:
    stored = world.enrol(seed.AUDIT_LETTER, "jane@acme.example", {"first_name": "Jane"}, {"grade": "F", "note": "old"})

    added = await plusvibe.add_leads(
        seed.AUDIT_LETTER, [EnrolLead("jane@acme.example", custom_variables={"grade": "A"})]
    )

    assert (added.overwritten, added.leads_uploaded) == (1, 0)
    assert stored.native == {"first_name": "Jane"}
    assert stored.custom == {"custom_grade": "A", "custom_note": "old"}


async def test_no_leads_are_no_call(world: PlusVibeWorld, plusvibe: PlusVibe) -> None:
    assert await plusvibe.add_leads(seed.AUDIT_LETTER, []) == AddedLeads()
    assert world.calls == []


async def test_counters_written_as_text_are_read(world: PlusVibeWorld, plusvibe: PlusVibe) -> None:
    world.unknowns.counters_as_text = True

    added = await plusvibe.add_leads(seed.AUDIT_LETTER, people(3))

    assert (added.total_sent, added.leads_uploaded, added.remaining_in_plan) == (3, 3, 49_997)


@pytest.mark.parametrize("shape", ["message", "errors", "error"])
@pytest.mark.parametrize("bad", ["jane+news@acme.example", "ünal@acme.example", "a@b", "a b@acme.example"])
async def test_a_bad_address_is_named_by_its_place(
    world: PlusVibeWorld, plusvibe: PlusVibe, bad: str, shape: str
) -> None:
    world.unknowns.error_shape = shape  # type: ignore[assignment]
    batch = [*people(60), EnrolLead(bad), *people(5, "other.example")]

    with pytest.raises(BadAddress) as caught:
        await plusvibe.add_leads(seed.AUDIT_LETTER, batch)

    assert caught.value.index == 60
    assert bad not in str(caught.value)
    assert world.leads == {}


@pytest.mark.parametrize("status", [400, 413])
async def test_too_large_a_batch_is_told_apart(world: PlusVibeWorld, plusvibe: PlusVibe, status: int) -> None:
    world.unknowns.max_leads_per_add, world.unknowns.too_many_status = 50, status

    with pytest.raises(TooLarge):
        await plusvibe.add_leads(seed.AUDIT_LETTER, people(51))

    assert (await plusvibe.add_leads(seed.AUDIT_LETTER, people(50))).leads_uploaded == 50


async def test_an_unknown_campaign_is_not_found(plusvibe: PlusVibe) -> None:
    with pytest.raises(NotFound):
        await plusvibe.add_leads("66c0de0000000000000000ff", people(1))


@pytest.mark.parametrize("how_many", [3, 10, 11, 120])
async def test_the_enrolled_are_told_from_strangers(world: PlusVibeWorld, plusvibe: PlusVibe, how_many: int) -> None:
    await plusvibe.add_leads(seed.AUDIT_LETTER, people(how_many, "Early.example"))
    await plusvibe.add_leads(seed.AUDIT_LETTER, people(250, "later.example"))
    await plusvibe.add_leads(seed.AUTUMN, [EnrolLead("elsewhere@acme.example")])
    asked = [lead.email for lead in people(how_many, "Early.example")]

    enrolled = await plusvibe.enrolled_emails(seed.AUDIT_LETTER, [*asked, "elsewhere@acme.example", "a+b@acme.example"])

    assert enrolled == {email.lower() for email in asked}


@pytest.mark.parametrize("answer", ["empty", "404"])
@pytest.mark.parametrize("lowercases", [True, False])
async def test_evidence_does_not_hang_on_how_strangers_and_capitals_are_treated(
    world: PlusVibeWorld, plusvibe: PlusVibe, answer: str, lowercases: bool
) -> None:
    world.unknowns.lead_not_found = answer  # type: ignore[assignment]
    world.unknowns.lowercases_addresses = lowercases
    await plusvibe.add_leads(seed.AUDIT_LETTER, [EnrolLead("Jane.Doe@Acme.example")])

    enrolled = await plusvibe.enrolled_emails(seed.AUDIT_LETTER, ["Jane.Doe@Acme.example", "nobody@acme.example"])

    assert enrolled == {"jane.doe@acme.example"}


async def test_evidence_for_a_newest_batch_costs_few_calls(world: PlusVibeWorld, plusvibe: PlusVibe) -> None:
    await plusvibe.add_leads(seed.AUDIT_LETTER, people(300, "early.example"))
    await plusvibe.add_leads(seed.AUDIT_LETTER, people(100))
    world.calls.clear()

    enrolled = await plusvibe.enrolled_emails(seed.AUDIT_LETTER, [lead.email for lead in people(100)])

    assert len(enrolled) == 100
    assert len(world.calls) <= 2


@pytest.mark.parametrize("largest_page", [100, 40], ids=["pages as asked for", "pages cut shorter by the vendor"])
async def test_all_leads_come_once_even_when_more_arrive_meanwhile(
    world: PlusVibeWorld, plusvibe: PlusVibe, largest_page: int
) -> None:
    world.unknowns.largest_page = largest_page
    for lead in people(230):
        world.enrol(seed.AUDIT_LETTER, lead.email, {"company_name": "Acme", "industry": "Retail"})
    world.enrol(seed.AUTUMN, "person0@acme.example")
    seen = []

    async for page in plusvibe.leads():
        seen += page
        if len(seen) == largest_page:
            world.enrol(seed.AUDIT_LETTER, "late@acme.example")

    assert len({lead.provider_id for lead in seen}) == len(seen) == 232
    assert (seen[0].company_name, seen[0].industry, seen[0].status) == ("Acme", "Retail", "NOT_CONTACTED")
    assert seen[0].created_at is not None
    assert seen[0].created_at.utcoffset() is not None


async def test_leads_of_one_campaign_only(world: PlusVibeWorld, plusvibe: PlusVibe) -> None:
    world.enrol(seed.AUDIT_LETTER, "a@acme.example")
    world.enrol(seed.AUTUMN, "b@acme.example")

    emails = [lead.email async for page in plusvibe.leads(seed.AUTUMN) for lead in page]

    assert emails == ["b@acme.example"]


async def test_variables_are_updated_in_one_campaign(world: PlusVibeWorld, plusvibe: PlusVibe) -> None:
    here = world.enrol(seed.AUDIT_LETTER, "jane@acme.example", custom={"note": "kept"})
    there = world.enrol(seed.AUTUMN, "jane@acme.example")

    await plusvibe.update_variables(seed.AUDIT_LETTER, "jane@acme.example", {"custom_audit_grade": "A"})

    assert here.custom == {"custom_note": "kept", "custom_audit_grade": "A"}
    assert there.custom == {}


async def test_marking_completed_ends_one_sequence(world: PlusVibeWorld, plusvibe: PlusVibe) -> None:
    here, there = (world.enrol(campaign, "jane@acme.example") for campaign in (seed.AUDIT_LETTER, seed.AUTUMN))

    await plusvibe.mark_completed(seed.AUDIT_LETTER, "jane@acme.example")

    assert (here.status, there.status) == ("COMPLETED", "NOT_CONTACTED")


async def test_strangers_cannot_be_changed(plusvibe: PlusVibe) -> None:
    with pytest.raises(NotFound):
        await plusvibe.mark_completed(seed.AUDIT_LETTER, "nobody@acme.example")
    with pytest.raises(NotFound):
        await plusvibe.update_variables(seed.AUDIT_LETTER, "nobody@acme.example", {"a": "b"})


async def test_removing_touches_no_colleague_and_no_other_campaign(world: PlusVibeWorld, plusvibe: PlusVibe) -> None:
    for campaign in (seed.AUDIT_LETTER, seed.AUTUMN):
        for lead in people(150):
            world.enrol(campaign, lead.email)

    await plusvibe.remove(seed.AUDIT_LETTER, [lead.email for lead in people(149)])

    left = [campaign for campaign, _ in world.leads]
    assert (left.count(seed.AUDIT_LETTER), left.count(seed.AUTUMN)) == (1, 150)
    assert len(world.calls) == 2


async def test_nothing_is_done_to_a_whole_workspace(world: PlusVibeWorld, plusvibe: PlusVibe) -> None:
    world.enrol(seed.AUDIT_LETTER, "jane@acme.example")

    with pytest.raises(Invalid):
        await plusvibe.remove("", ["jane@acme.example"])

    assert world.calls == []
