"""Imports of files that lie in Slack: what is seen of a file before it is imported, and who hears how it goes."""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.outreach.errors import Invalid
from bot.outreach.import_sheets import Sheet, sheet_of
from bot.outreach.importing import Import, ImportState
from bot.outreach.validation import Verdict

ENDINGS = (".csv", ".tsv", ".txt")


@dataclass(frozen=True, slots=True)
class ChosenFile:
    """A file of Slack's that was looked at. digest: of its contents."""

    id: str
    name: str
    digest: str
    sheet: Sheet


@dataclass(frozen=True, slots=True)
class ImportFile:
    """Where the file of an import lies, and where its message stands.

    import_id: the import's. file_id: Slack's. total: the file's rows, as the forecast counted them.
    undoing: who asked to undo it; empty until somebody does. problem: why it stopped before its end, in words.
    """

    import_id: str
    file_id: str
    channel: str
    total: int
    undoing: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ImportNews:
    """How an import stands, for its message. by, undoing: names of who began and who undoes it. campaign: its name.

    checks: how many of the addresses that came in have which verdict; under None those without one.
    """

    one: Import
    file: ImportFile
    by: str
    campaign: str = ""
    undoing: str = ""
    checks: Mapping[Verdict | None, int] = field(default_factory=dict)

    @property
    def stage(self) -> "Stage":
        """What its message says."""
        if self.one.state in _STAGES:
            return _STAGES[self.one.state]
        if self.file.undoing:
            return Stage.UNDOING
        if self.file.problem:
            return Stage.STOPPED
        return Stage.DONE if self.one.state is ImportState.DONE else Stage.CANCELLED

    @property
    def can_be_undone(self) -> bool:
        """Whether it changed anything that undoing would take back."""
        return self.stage in OVER and self.one.breakdown.added + self.one.breakdown.joined > 0


class Stage(StrEnum):
    """Of an import's message."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    STOPPED = "stopped"
    UNDOING = "undoing"
    UNDONE = "undone"


OVER = frozenset({Stage.DONE, Stage.CANCELLED, Stage.STOPPED})
_STAGES: Mapping[ImportState, Stage] = {
    ImportState.RUNNING: Stage.RUNNING,
    ImportState.UNDOING: Stage.UNDOING,
    ImportState.UNDONE: Stage.UNDONE,
}


def chosen_file(file_id: str, name: str, content: bytes) -> ChosenFile:
    """What is in a file. Raises `Invalid` when it holds no lead."""
    if not content.strip():
        raise Invalid(f"{name} is empty, so there is nothing to import.", field="file")
    try:
        sheet = sheet_of(io.BytesIO(content))
    except Invalid as error:
        said = str(error).removeprefix("The file ").rstrip(".")
        raise Invalid(f"{name} {said}, so there is nothing to import.", field="file") from error
    return ChosenFile(file_id, name, hashlib.sha256(content).hexdigest(), sheet)


def is_sheet(name: str, mimetype: str = "") -> bool:
    """Whether a file's name or kind is one that leads are read from."""
    return name.lower().endswith(ENDINGS) or mimetype in {"text/csv", "text/tab-separated-values"}
