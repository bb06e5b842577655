"""The outside audit service: asked here, answers at `/api/audits/complete`. Contract: docs/audit-service.md."""

from typing import Any

import httpx

from bot.gateways.http import PATIENT, Patience, secret_header, vendor_client
from bot.gateways.vendor import Vendor
from bot.outreach.errors import Invalid, Unavailable

LONGEST_RUN_ID = 200


class AuditService:
    """Asks for audits. Asking twice with one audit id starts one run, so passing failures are tried again."""

    def __init__(
        self, base_url: str, api_key: str, client: httpx.AsyncClient | None = None, *, patience: Patience = PATIENT
    ) -> None:
        key = secret_header(api_key, "AUDIT_API_KEY")
        headers = {"Authorization": f"Bearer {key}"}
        self._vendor = Vendor(
            "The audit service",
            client or vendor_client(base_url, headers, patience=patience),
            key_setting="AUDIT_API_KEY",
            patience=patience,
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._vendor.aclose()

    async def request(self, audit_id: str, lead_id: str, domain: str, callback_url: str) -> str:
        """Ask for one audit; returns the service's run id. Raises `Invalid` when it will not audit this domain."""
        body = {"leadId": lead_id, "domain": domain, "callbackUrl": callback_url}
        answer = await self._vendor.call(
            "POST", "/audits", repeatable=True, body=body, headers={"Idempotency-Key": audit_id}
        )
        if answer.status in (404, 405, 413):
            raise Unavailable("The audit service does not answer as it should. Check AUDIT_API_URL.", transient=False)
        if answer.status >= 400:
            raise Invalid("The audit service cannot audit this domain.", field="domain")
        run_id = _run_id(answer.json())
        if not run_id:
            raise answer.unexpected()
        return run_id


def _run_id(payload: Any) -> str:
    run_id = payload.get("auditRunId") if isinstance(payload, dict) else None
    return run_id.strip() if isinstance(run_id, str) and len(run_id) <= LONGEST_RUN_ID else ""
