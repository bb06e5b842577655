"""A person's hands on files: choosing one in a form, dropping one into a channel, deleting it."""

from collections.abc import Sequence

from bot.sandbox.slack.backstage import Backstage
from bot.sandbox.slack.minting import new_id
from bot.sandbox.slack.refusals import NotPossible
from bot.sandbox.slack.state import Channel, File

LARGEST_FILE_BYTES = 10_000_000
LARGEST_SHARED_BYTES = 100_000_000


class FileHands(Backstage):
    """What a person does with files. `LocalSlack` adds the rest."""

    async def attach(self, user_id: str, name: str, content: bytes, mimetype: str = "text/csv") -> File:
        """Choose a file in a file input; its id is the value to set there."""
        if len(content) > LARGEST_FILE_BYTES:
            raise NotPossible(f"{name} is over 10 MB, the most Slack takes in a form.")
        return await self.upload(user_id, name, content, mimetype)

    async def upload(self, user_id: str, name: str, content: bytes, mimetype: str = "text/csv") -> File:
        """Put a file beside a message that is being written; its id goes into `type_message`."""
        if len(content) > LARGEST_SHARED_BYTES:
            raise NotPossible(f"{name} is over {LARGEST_SHARED_BYTES // 1_000_000} MB.")
        file = File(new_id("F"), name, name, mimetype, content, self.person(user_id).id)
        self.workspace.files[file.id] = file
        return file

    async def delete_file(self, user_id: str, file_id: str) -> None:
        """Delete one's own file, wherever it was shared."""
        file = self._own_file(user_id, file_id)
        file.deleted, file.content = True, b""
        self.workspace.changed()

    def _shared(self, user_id: str, channel: Channel, file_ids: Sequence[str]) -> list[str]:
        """The files as shared in this channel from now on."""
        for file_id in file_ids:
            self._own_file(user_id, file_id).channels.append(channel.id)
        return list(file_ids)

    def _own_file(self, user_id: str, file_id: str) -> File:
        file = self.workspace.files.get(file_id)
        if file is None or file.deleted or file.user != user_id:
            raise NotPossible(f"{user_id} has no file {file_id!r}.")
        return file
