"""The audit service's door and its workers: the order is taken at once, the report comes seconds later."""

import asyncio
import json
import random
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import httpx
from fastapi import APIRouter, FastAPI, Request
from jinja2 import Environment, FileSystemLoader
from starlette.responses import HTMLResponse, JSONResponse, Response

from bot.clock import Clock, utc_now
from bot.sandbox.audits.findings import REPORTS, audit_of, completion
from bot.sandbox.calls import local_client

API_KEY = "audit-sandbox-key"
_DOMAIN = re.compile(r"(?=.{4,253}\Z)([a-z0-9-]{1,63}\.)+[a-z-][a-z0-9-]{1,62}", re.IGNORECASE)
_PAGES = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
_RUNS = UUID("5b0c8f0e-6b0f-4c53-8a5e-6b8f5d1f0a01")


class AuditFault(StrEnum):
    """How the next order goes wrong. `down`: answered 503, nothing started."""

    NEVER_COMPLETES = "never completes"
    COMPLETES_TWICE = "completes twice"
    WRONG_FIGURES = "wrong figures"
    DOWN = "down"


@dataclass(frozen=True)
class Run:
    """One audit ordered. key: the idempotency key."""

    id: str
    key: str
    lead_id: str
    domain: str
    callback_url: str


@dataclass(frozen=True)
class Report:
    """One try to report a run. status None: nobody answered."""

    run_id: str
    body: dict[str, Any]
    status: int | None


class AuditDesk:
    """One audit service.

    callback_token: the bot's own token, sent with reports. reports_url: a report's page is at this address
    and the domain. after, spread: an audit takes `after` and up to `spread` more, always the same for one domain.
    """

    def __init__(
        self,
        *,
        api_key: str = API_KEY,
        callback_token: str = "",
        reports_url: str = REPORTS,
        after: timedelta = timedelta(seconds=3),
        spread: timedelta = timedelta(seconds=4),
        report_attempts: int = 5,
        retry_after: timedelta = timedelta(seconds=2),
        clock: Clock = utc_now,
    ) -> None:
        self.api_key = api_key
        self.callback_token = callback_token
        self.reports_url = reports_url
        self.after = after
        self.spread = spread
        self.report_attempts = report_attempts
        self.retry_after = retry_after
        self.clock = clock
        self.runs: dict[str, Run] = {}
        self.orders = 0
        self.reports: list[Report] = []
        self._faults: list[AuditFault] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._client: httpx.AsyncClient | None = None

    def fail_next(self, fault: AuditFault, times: int = 1) -> None:
        """Spoil the next orders."""
        self._faults += [fault] * times

    def takes(self, domain: str) -> timedelta:
        """How long the audit of this domain takes."""
        return self.after + self.spread * random.Random(f"time of {domain.lower()}").random()

    def order(self, key: str, lead_id: str, domain: str, callback_url: str) -> Run | None:
        """The run for this key, started unless the key is known; None when the service is down."""
        self.orders += 1
        fault = self._faults.pop(0) if self._faults else None
        if fault is AuditFault.DOWN:
            return None
        if key not in self.runs:
            run = Run(f"run_{uuid5(_RUNS, key).hex[:16]}", key, lead_id, domain, callback_url)
            self.runs[key] = run
            if fault is not AuditFault.NEVER_COMPLETES:
                task = asyncio.ensure_future(self._complete(run, fault))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        return self.runs[key]

    async def settled(self) -> None:
        """Wait until every audit under way is reported."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def aclose(self) -> None:
        """Stop what is under way and close the connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _complete(self, run: Run, fault: AuditFault | None) -> None:
        await asyncio.sleep(self.takes(run.domain).total_seconds())
        audit = audit_of(run.domain, run.id, self.clock(), self.reports_url)
        body = completion(audit, lead_id=run.lead_id, domain=run.domain)
        if fault is AuditFault.WRONG_FIGURES:
            body |= {"score": 4711, "scores": {"seo": -5}, "grade": "excellent"}
        for _ in range(2 if fault is AuditFault.COMPLETES_TWICE else 1):
            await self._report(run, body)

    async def _report(self, run: Run, body: dict[str, Any]) -> None:
        """Until a 2xx, or a 4xx that says the report itself is wrong."""
        self._client = self._client or local_client(seconds=10)
        headers = {"Authorization": f"Bearer {self.callback_token}", "User-Agent": "audit-sandbox"}
        for wait in self._waits():
            await asyncio.sleep(wait)
            status: int | None = None
            with suppress(httpx.HTTPError):
                status = (await self._client.post(run.callback_url, json=body, headers=headers)).status_code
            self.reports.append(Report(run.id, body, status))
            if status is not None and status < 500 and status != 429:
                return

    def _waits(self) -> Iterator[float]:
        yield 0
        for _ in range(self.report_attempts - 1):
            yield self.retry_after.total_seconds()


def audit_router(desk: AuditDesk) -> APIRouter:
    """`POST /audits`, and the page of a report at `/reports/<domain>`."""
    router = APIRouter(include_in_schema=False)

    @router.post("/audits", response_model=None)
    async def order(request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {desk.api_key}":
            return JSONResponse({"error": "unauthorized"}, 401)
        key = request.headers.get("idempotency-key", "")
        body = _object(await request.body())
        told = [str(body.get(name) or "") for name in ("leadId", "domain", "callbackUrl")]
        if not key or not all(told):
            return JSONResponse({"error": "leadId, domain, callbackUrl and Idempotency-Key are required"}, 400)
        if not _DOMAIN.fullmatch(told[1]):
            return JSONResponse({"error": "not a domain"}, 422)
        run = desk.order(key, *told)
        return JSONResponse({"auditRunId": run.id}, 202) if run else JSONResponse({"error": "down"}, 503)

    @router.get("/reports/{domain}", response_model=None)
    async def report(domain: str) -> Response:
        audit = audit_of(domain, "report", desk.clock(), desk.reports_url) if _DOMAIN.fullmatch(domain) else None
        return HTMLResponse(_PAGES.get_template("report.html").render(domain=domain, audit=audit))

    return router


def _object(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def audit_app(desk: AuditDesk) -> FastAPI:
    """The service as an app of its own."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(audit_router(desk))
    return app
