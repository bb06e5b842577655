"""The JSON API of imports: a file of leads as the request's body, of any size, and what became of it."""

import asyncio
import hashlib
import tempfile
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, BinaryIO, Self, cast

from fastapi import Query, Request
from fastapi.responses import StreamingResponse

from bot.outreach.access import Permission, require
from bot.outreach.errors import Invalid
from bot.outreach.import_sheets import sheet_of
from bot.outreach.importing import Import, ImportState, Kept, Reject
from bot.services.imports import File
from handlers.api_models import Wire
from handlers.house import House
from handlers.web import Caller, InHouse, api_router

imports = api_router(prefix="/api/imports", tags=["imports"])
_CSV = {"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}}
LONGEST_BODY_BYTES = 2**40  # any file: it goes to the disk as it comes, and never into memory as a whole


class ImportAnswer(Wire):
    """An import as the API shows it: rows = added + joined + the sum of `rejected`, by reason.

    `campaignId` is PlusVibe's id. `removed`, `withdrawn` and `kept`: what undoing it did.
    """

    id: str
    name: str
    state: ImportState
    campaign_id: str | None
    rows: int
    added: int
    joined: int
    rejected: Mapping[Reject, int]
    removed: int
    withdrawn: int
    kept: Mapping[Kept, int]
    created_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, one: Import, campaigns: Mapping[str, str]) -> Self:
        """The answer for an import. campaigns: PlusVibe's ids by ours."""
        names = ("id", "name", "state", "removed", "withdrawn", "kept", "created_at", "ended_at")
        told = {name: getattr(one, name) for name in names}
        told |= {name: getattr(one.breakdown, name) for name in ("rows", "added", "joined", "rejected")}
        return cls(**told, campaign_id=campaigns.get(one.campaign_id or ""))


@imports.post("/leads", max_body_size=LONGEST_BODY_BYTES, openapi_extra=_CSV)
async def take(
    house: InHouse,
    request: Request,
    actor: Caller,
    name: Annotated[str, Query(max_length=200)] = "",
    campaign_id: Annotated[str, Query(max_length=200, alias="campaignId")] = "",
    column: Annotated[list[str], Query(alias="map", max_length=50)] = [],  # noqa: B006  (FastAPI copies it)
) -> ImportAnswer:
    """Take a CSV file in, and answer when its last row was looked at. map: `email=Work mail` where the guess is
    wrong. The same file again after an interruption goes on where it stood.
    """
    require(actor, Permission.IMPORT_LEADS)
    with tempfile.TemporaryFile() as spool:
        stream = cast(BinaryIO, spool)
        digest = await _spooled(request, stream)
        sheet = (await asyncio.to_thread(sheet_of, stream)).with_columns(column)
        file = File(name or "leads.csv", digest, sheet.header.names)
        begun = await house.services.imports.begin(house.workspace.id, actor, file, sheet.mapping, campaign_id or None)
        steps = [begun]
        async for step in house.services.imports.run(house.workspace.id, actor, begun, sheet.rows(stream)):
            steps[0] = step
        return await _answer(house, steps[0])


@imports.get("/{import_id}")
async def look(house: InHouse, actor: Caller, import_id: str) -> ImportAnswer:
    """One import."""
    return await _answer(house, await house.services.imports.get(house.workspace.id, actor, import_id))


@imports.get("/{import_id}/rejects.csv", response_class=StreamingResponse)
async def rejects(house: InHouse, actor: Caller, import_id: str) -> StreamingResponse:
    """The rows that became no lead, with reason and line. No cell is one a spreadsheet would compute."""
    one = await house.services.imports.get(house.workspace.id, actor, import_id)
    headers = {"Content-Disposition": 'attachment; filename="rejects.csv"'}
    lines = house.services.imports.rejects_csv(house.workspace.id, actor, one.id)
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


@imports.post("/{import_id}/undo")
async def undo(house: InHouse, actor: Caller, import_id: str) -> ImportAnswer:
    """Remove the leads it added to which nothing happened since; within 24 hours."""
    steps = [await house.services.imports.get(house.workspace.id, actor, import_id)]
    async for step in house.services.imports.undo(house.workspace.id, actor, import_id):
        steps[0] = step
    return await _answer(house, steps[0])


async def _answer(house: House, one: Import) -> ImportAnswer:
    return ImportAnswer.of(one, await house.services.campaigns.provider_ids(house.workspace.id))


async def _spooled(request: Request, stream: BinaryIO) -> str:
    """The body on the disk; its digest. Raises `Invalid` when there is none."""
    digest = hashlib.sha256()
    async for part in request.stream():
        digest.update(part)
        await asyncio.to_thread(stream.write, part)
    if not stream.tell():
        raise Invalid("Send the file as the request's body, as text/csv.")
    return digest.hexdigest()
