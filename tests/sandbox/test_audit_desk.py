"""The audit service's stand-in: what it reports, and how it can misbehave."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from bot.outreach.audits import DIMENSIONS, grade_of
from bot.outreach.completions import finished_audit, weighted_mean
from bot.outreach.errors import Invalid
from bot.sandbox.audits.desk import AuditDesk, AuditFault, audit_app
from bot.sandbox.audits.findings import audit_of
from bot.sandbox.serving import serving

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


class Callbacks:
    """Where reports arrive. answers: the next statuses, then 200."""

    def __init__(self) -> None:
        self.app = FastAPI()
        self.bodies: list[dict[str, object]] = []
        self.tokens: list[str] = []
        self.answers: list[int] = []
        self.app.add_api_route("/api/audits/complete", self.take, methods=["POST"], response_model=None)

    async def take(self, request: Request) -> Response:
        self.bodies.append(await request.json())
        self.tokens.append(request.headers["authorization"])
        return Response(status_code=self.answers.pop(0) if self.answers else 200)


@pytest.fixture
def callbacks() -> Callbacks:
    return Callbacks()


@pytest.fixture
async def callback_url(callbacks: Callbacks) -> AsyncIterator[str]:
    async with serving(callbacks.app) as url:
        yield f"{url}/api/audits/complete"


@pytest.fixture
async def desk() -> AsyncIterator[AuditDesk]:
    desk = AuditDesk(after=timedelta(milliseconds=1), spread=timedelta(milliseconds=1),
                     retry_after=timedelta(milliseconds=1), callback_token="out_token")  # fmt: skip
    yield desk
    await desk.aclose()


def test_an_audit_is_the_same_for_the_same_domain_and_holds_together() -> None:
    for number in range(200):
        domain = f"company-{number}.example"
        audit = audit_of(domain, "run", NOW)

        assert audit == audit_of(domain.upper(), "run", NOW)
        assert audit.scores is not None
        assert set(audit.scores) == set(DIMENSIONS)
        assert audit.score == weighted_mean(audit.scores)
        assert audit.score is not None
        assert audit.grade == grade_of(audit.score)
        assert audit.top_issue in {issue.title for issue in audit.issues}
        assert audit.summary.count(". ") == 1
        assert audit.pages is not None
        assert all(0 <= issue.pages <= audit.pages and issue.fix for issue in audit.issues)


def test_grades_differ() -> None:
    grades = Counter(audit_of(f"company-{number}.example", "run", NOW).grade for number in range(200))

    assert set(grades) == set("ABCDF")


async def test_a_report_arrives_with_the_bots_own_token(
    desk: AuditDesk, callbacks: Callbacks, callback_url: str
) -> None:
    run = desk.order("audit-1", "lead-1", "acme.example", callback_url)

    await desk.settled()

    assert run is not None
    (body,) = callbacks.bodies
    assert callbacks.tokens == ["Bearer out_token"]
    assert (body["leadId"], body["domain"], body["auditRunId"]) == ("lead-1", "acme.example", run.id)
    assert set(body) >= {"score", "scores", "grade", "topIssue", "issues", "summary", "completedAt", "auditUrl"}


async def test_a_report_is_sent_again_until_it_is_taken(
    desk: AuditDesk, callbacks: Callbacks, callback_url: str
) -> None:
    callbacks.answers = [503, 429, 200]
    desk.order("audit-1", "lead-1", "acme.example", callback_url)

    await desk.settled()

    assert [report.status for report in desk.reports] == [503, 429, 200]


@pytest.mark.parametrize(
    ("fault", "reports"), [(AuditFault.NEVER_COMPLETES, 0), (AuditFault.COMPLETES_TWICE, 2), (None, 1)]
)
async def test_an_audit_completes_as_often_as_the_fault_says(
    desk: AuditDesk, callbacks: Callbacks, callback_url: str, fault: AuditFault | None, reports: int
) -> None:
    if fault:
        desk.fail_next(fault)
    desk.order("audit-1", "lead-1", "acme.example", callback_url)

    await desk.settled()

    assert len(callbacks.bodies) == reports
    assert callbacks.bodies[1:] == callbacks.bodies[:-1]


async def test_wrong_figures_are_figures_our_rules_refuse(
    desk: AuditDesk, callbacks: Callbacks, callback_url: str
) -> None:
    desk.fail_next(AuditFault.WRONG_FIGURES)
    desk.order("audit-1", "lead-1", "acme.example", callback_url)

    await desk.settled()

    (body,) = callbacks.bodies
    with pytest.raises(Invalid):
        finished_audit(run_id="run", completed_at=NOW, scores=body["scores"])  # type: ignore[arg-type]


def test_an_audit_takes_its_time_and_always_the_same() -> None:
    desk = AuditDesk()

    times = {domain: desk.takes(domain) for domain in ("a.example", "b.example", "c.example")}

    assert times == {domain: desk.takes(domain) for domain in times}
    assert len(set(times.values())) == 3
    assert all(desk.after <= time <= desk.after + desk.spread for time in times.values())


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"{}"])
async def test_an_order_that_says_nothing_is_refused(desk: AuditDesk, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {desk.api_key}", "Idempotency-Key": "k"}
    async with serving(audit_app(desk)) as url, httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(f"{url}/audits", content=body, headers=headers)
        unsigned = await client.post(f"{url}/audits", content=body)

    assert (answer.status_code, unsigned.status_code) == (400, 401)


async def test_the_report_has_a_page(desk: AuditDesk) -> None:
    async with serving(audit_app(desk)) as url, httpx.AsyncClient(trust_env=False) as client:
        pages = await asyncio.gather(client.get(f"{url}/reports/acme.example"), client.get(f"{url}/reports/<b>"))

    assert audit_of("acme.example", "run", NOW).issues[0].title in pages[0].text
    assert "<b>&lt;" not in pages[1].text
    assert "No such domain" in pages[1].text
