"""Imports of files that lie in Slack: what is seen of a file before it is imported, and who hears how it goes."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.outreach.import_sheets import Sheet
from bot.outreach.importing import Import, ImportState

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
    """How an import stands, for its message. by, undoing: names of who began and who undoes it. campaign: its name."""

    one: Import
    file: ImportFile
    by: str
    campaign: str = ""
    undoing: str = ""

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
        changed = self.one.breakdown.added + self.one.breakdown.joined
        return self.stage in {Stage.DONE, Stage.CANCELLED, Stage.STOPPED} and changed > 0


class Stage(StrEnum):
    """Of an import's message."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    STOPPED = "stopped"
    UNDOING = "undoing"
    UNDONE = "undone"


_STAGES: Mapping[ImportState, Stage] = {
    ImportState.RUNNING: Stage.RUNNING,
    ImportState.UNDOING: Stage.UNDOING,
    ImportState.UNDONE: Stage.UNDONE,
}


def is_sheet(name: str, mimetype: str = "") -> bool:
    """Whether a file's name or kind is one that leads are read from."""
    return name.lower().endswith(ENDINGS) or mimetype in {"text/csv", "text/tab-separated-values"}
