"""The link to an audit's report: whoever has it may read, nobody can guess it, and nothing of it is stored."""

import base64
import hmac
from collections.abc import Sequence
from urllib.parse import quote

_SIGNATURE_BYTES = 16


def report_link(address: str, workspace_id: str, run_id: str, secret: bytes) -> str:
    """Where the report of this run is read. address: ours, without a final slash."""
    return f"{address}/audits/{quote(run_id, safe='')}?token={report_token(workspace_id, run_id, secret)}"


def report_token(workspace_id: str, run_id: str, secret: bytes) -> str:
    """22 letters that nobody without the secret can make."""
    told = f"audit report\0{workspace_id}\0{run_id}".encode()
    return base64.urlsafe_b64encode(hmac.digest(secret, told, "sha256")[:_SIGNATURE_BYTES]).decode().rstrip("=")


def opens(token: str, workspace_id: str, run_id: str, secrets: Sequence[bytes]) -> bool:
    """Whether the token is ours for this run. secrets: the present one and those it replaced."""
    given = token.encode("utf-8", "replace")
    return any(hmac.compare_digest(report_token(workspace_id, run_id, each).encode(), given) for each in secrets)
