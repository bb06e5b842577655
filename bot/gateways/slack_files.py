"""Files people share in Slack, read with the bot's token: `files.info`, then the file's own address.

Contract: https://docs.slack.dev/messaging/working-with-files
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bot.gateways.http import PATIENT, Patience, secret_header, vendor_client
from bot.gateways.vendor import Answer, Vendor
from bot.outreach.errors import Invalid, NotFound, Unavailable

LARGEST_FILE_BYTES = 10 * 1024 * 1024
TOO_LARGE = "This file is over 10 MB. Split it, or import it from the shell: `python -m bot import leads FILE`."
GONE = "This file is not in Slack any more."
UNSEEN = "I cannot see this file. Invite me to its channel with `/invite`, or share the file with me again."
NO_SCOPE = (
    "Slack does not let me read files. Ask an admin to install the app again with the current manifest (files:read)."
)
_REFUSALS: Mapping[str, str] = {"file_deleted": GONE, "file_not_found": UNSEEN}


@dataclass(frozen=True, slots=True)
class SharedFile:
    """A file as it was read. size: in bytes, as Slack tells it."""

    id: str
    name: str
    mimetype: str
    size: int
    url: str


class SlackFiles:
    """Reads files. The token goes to Slack alone: to its files' host, or to the host of an API address of our own."""

    def __init__(self, api_url: str, token: str, *, patience: Patience = PATIENT) -> None:
        key = secret_header(token, "SLACK_BOT_TOKEN")
        self._api = urlsplit(api_url)
        self._vendor = Vendor(
            "Slack",
            vendor_client(api_url, {"Authorization": f"Bearer {key}", "Accept": "*/*"}, patience=patience),
            key_setting="SLACK_BOT_TOKEN",
            patience=patience,
            largest_body_bytes=LARGEST_FILE_BYTES,
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._vendor.aclose()

    async def about(self, file_id: str) -> SharedFile:
        """The file's name and size. Raises `NotFound` for one that is gone or not seen, and `Unavailable`."""
        answer = await self._vendor.call("GET", "files.info", repeatable=True, params={"file": file_id})
        told = answer.json()
        if not isinstance(told, dict):
            raise answer.unexpected()
        if told.get("ok") is not True:
            raise _refusal(answer, str(told.get("error")))
        return self._shared(answer, told.get("file"))

    async def read(self, file: SharedFile) -> bytes:
        """What is in it. Raises `Invalid` when it is too large, `NotFound`, and `Unavailable`."""
        if file.size > LARGEST_FILE_BYTES:
            raise Invalid(TOO_LARGE, field="file")
        if not self._is_slacks(file.url):
            raise Unavailable("This file lies outside Slack, where I do not read.", transient=False)
        answer = await self._vendor.call("GET", file.url, repeatable=True)
        if answer.status >= 400:
            raise NotFound(GONE)
        # Without the scope Slack shows its sign-in page, with status 200.
        if answer.headers.get("content-type", "").startswith("text/html") and not file.name.endswith((".html", ".htm")):
            raise Unavailable(NO_SCOPE, transient=False)
        return answer.body

    def _shared(self, answer: Answer, told: Any) -> SharedFile:
        if not isinstance(told, dict) or told.get("mode") == "tombstone":
            raise NotFound(GONE)
        url = told.get("url_private_download") or told.get("url_private")
        if not isinstance(url, str) or not isinstance(told.get("size"), int):
            raise answer.unexpected()
        name, mimetype = str(told.get("name") or "file"), str(told.get("mimetype") or "")
        return SharedFile(str(told.get("id")), name, mimetype, told["size"], url)

    def _is_slacks(self, url: str) -> bool:
        try:
            there = urlsplit(url)
            port = there.port
        except ValueError:
            return False
        if (there.scheme, there.hostname, port) == (self._api.scheme, self._api.hostname, self._api.port):
            return True
        host = there.hostname or ""
        return there.scheme == "https" and port in (None, 443) and (host == "slack.com" or host.endswith(".slack.com"))


def _refusal(answer: Answer, code: str) -> NotFound | Unavailable:
    if code in _REFUSALS:
        return NotFound(_REFUSALS[code])
    if code in {"missing_scope", "not_allowed_token_type"}:
        return Unavailable(NO_SCOPE, transient=False)
    if code in {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "ratelimited"}:
        return Unavailable("Slack has a fault of its own. Try again in a few minutes.")
    return Unavailable(f"Slack does not give me this file ({code[:40]}).", transient=False)
