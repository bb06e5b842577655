"""`GET /api/pipeline`: the figures, by the names the contract has, for those who may read leads."""

import pytest

from bot.outreach.leads import LeadStatus
from tests.handlers.api_given import bearing


async def test_the_figures(either_world):
    await either_world.has_lead("Acme", status=LeadStatus.OPENED)
    await either_world.has_lead("Bolt")
    await either_world.has_lead("Cask")

    answer = (await either_world.api.get("/api/pipeline")).json()

    assert answer["funnel"] == {"total": 3, "audited": 1, "emailSent": 1, "opened": 1, "replied": 0, "converted": 0}
    assert answer["percentages"] == {"audited": 33.3, "emailSent": 33.3, "opened": 33.3, "replied": 0, "converted": 0}
    assert answer["emails"] == {"total": 0, "sent": 0, "sendRate": 0, "byStatus": {}}
    assert answer["stages"][0] == {"status": "new", "label": "New", "count": 2}
    assert len(answer["stages"]) == 10


@pytest.mark.parametrize(("scope", "status"), [("leads:read", 200), ("pushes:write", 200), ("audits:write", 403)])
async def test_who_may_read_leads_may_read_the_figures(world, scope, status):
    headers = await bearing(world, scope)

    assert (await world.api.get("/api/pipeline", headers=headers)).status_code == status


async def test_nobody_else(world):
    answer = await world.api.get("/api/pipeline", headers={"Authorization": "Bearer wrong"})

    assert answer.status_code == 401
