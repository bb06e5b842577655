"""Asking an outside audit service, and taking its report."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI, Request

from bot.gateways.audits import AuditService
from bot.gateways.http import Patience
from bot.outreach.errors import Invalid, Unavailable
from bot.sandbox.audits.desk import API_KEY, AuditDesk, AuditFault, audit_app
from bot.sandbox.serving import serving

CALLBACK = "http://127.0.0.1:9/api/audits/complete"


@pytest.fixture
async def desk() -> AsyncIterator[AuditDesk]:
    desk = AuditDesk(after=timedelta(milliseconds=5), spread=timedelta(milliseconds=5),
                     retry_after=timedelta(milliseconds=5), callback_token="out_token")  # fmt: skip
    yield desk
    await desk.aclose()


@pytest.fixture
async def audits(desk: AuditDesk, hasty: Patience) -> AsyncIterator[AuditService]:
    async with serving(audit_app(desk)) as url, aclosing(AuditService(url, API_KEY, patience=hasty)) as service:
        yield service


async def test_an_audit_is_ordered_once_however_often_it_is_asked_for(desk: AuditDesk, audits: AuditService) -> None:
    first = await audits.request("audit-1", "lead-1", "acme.example", CALLBACK)
    again = await audits.request("audit-1", "lead-1", "acme.example", CALLBACK)
    other = await audits.request("audit-2", "lead-1", "acme.example", CALLBACK)

    assert first == again != other
    assert len(desk.runs) == 2


async def test_a_service_that_is_down_for_a_moment_is_asked_again(desk: AuditDesk, audits: AuditService) -> None:
    desk.fail_next(AuditFault.DOWN, times=2)

    assert await audits.request("audit-1", "lead-1", "acme.example", CALLBACK)
    assert desk.orders == 3


async def test_a_service_that_stays_down_is_unavailable(desk: AuditDesk, audits: AuditService) -> None:
    desk.fail_next(AuditFault.DOWN, times=99)

    with pytest.raises(Unavailable, match="audit service") as caught:
        await audits.request("audit-1", "lead-1", "acme.example", CALLBACK)

    assert caught.value.transient


@pytest.mark.parametrize("domain", ["localhost", "not a domain", "127.0.0.1", "a..b"])
async def test_a_domain_it_will_not_audit_is_invalid(audits: AuditService, domain: str) -> None:
    with pytest.raises(Invalid) as caught:
        await audits.request("audit-1", "lead-1", domain, CALLBACK)

    assert caught.value.field == "domain"


async def test_a_refused_key_names_its_setting(desk: AuditDesk, hasty: Patience) -> None:
    async with serving(audit_app(desk)) as url, aclosing(AuditService(url, "wrong", patience=hasty)) as service:
        with pytest.raises(Unavailable, match="AUDIT_API_KEY") as caught:
            await service.request("audit-1", "lead-1", "acme.example", CALLBACK)

        assert not caught.value.transient


@pytest.mark.parametrize("answer", [{}, [], {"auditRunId": 7}, {"auditRunId": " "}, {"auditRunId": "r" * 201}, "text"])
async def test_an_answer_without_a_run_is_unavailable(hasty: Patience, answer: Any) -> None:
    app = FastAPI()

    @app.post("/v2/audits")
    async def order(request: Request) -> Any:
        return answer

    async with serving(app) as url, aclosing(AuditService(f"{url}/v2/", API_KEY, patience=hasty)) as service:
        with pytest.raises(Unavailable):
            await service.request("audit-1", "lead-1", "acme.example", CALLBACK)


async def test_a_wrong_address_is_told_apart_from_a_bad_domain(desk: AuditDesk, hasty: Patience) -> None:
    async with (
        serving(audit_app(desk)) as url,
        aclosing(AuditService(f"{url}/elsewhere", API_KEY, patience=hasty)) as service,
    ):
        with pytest.raises(Unavailable, match="AUDIT_API_URL"):
            await service.request("audit-1", "lead-1", "acme.example", CALLBACK)
