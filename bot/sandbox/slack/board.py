"""Messages: where they may be posted, how they change, and how the Web API shows them."""

from typing import Any

from bot.sandbox.slack.limits import MOST_TEXT, with_ids
from bot.sandbox.slack.minting import Stamps, new_id
from bot.sandbox.slack.refusals import SlackError
from bot.sandbox.slack.state import Channel, File, Message, User, Workspace

DELETED_TEXT = "This message was deleted."


class Board:
    """The messages of the workspace. Errors are `SlackError` under the Web API's names."""

    def __init__(self, workspace: Workspace, stamps: Stamps) -> None:
        self._workspace = workspace
        self._stamps = stamps

    def channel(self, channel_id: str) -> Channel:
        """The channel with this id, or the direct message with this user."""
        if channel_id in self._workspace.users:
            return self.direct_message(channel_id)
        channel = self._workspace.channels.get(channel_id)
        if channel is None:
            raise SlackError("channel_not_found")
        return channel

    def direct_message(self, user_id: str) -> Channel:
        """The bot's conversation with one person, made on first use."""
        user = self._workspace.users.get(user_id)
        if user is None:
            raise SlackError("user_not_found")
        if user.is_bot:
            raise SlackError("cannot_dm_bot")
        for channel in self._workspace.channels.values():
            if channel.is_im and channel.user == user_id:
                return channel
        members = {user_id, self._workspace.bot_user_id}
        channel = Channel(new_id("D"), user.name, is_im=True, user=user_id, members=members)
        self._workspace.channels[channel.id] = channel
        return channel

    def writable(self, channel: Channel, *, public: bool = False) -> Channel:
        """The channel, when the bot may post there; `public`: the app has chat:write.public."""
        if channel.is_archived:
            raise SlackError("is_archived")
        if self._workspace.bot_user_id not in channel.members and not public:
            raise SlackError("not_in_channel")
        return channel

    def thread_root(self, channel: Channel, thread_ts: str | None) -> str | None:
        """The thread to reply in. A reply's own ts is refused, as it names no thread."""
        if not thread_ts:
            return None
        parent = self.find(channel.id, thread_ts)
        if parent is None or parent.ephemeral_to:
            raise SlackError("thread_not_found")
        if parent.thread_ts not in (None, parent.ts):
            raise SlackError("cannot_reply_to_message")
        return thread_ts

    def post(
        self, channel: Channel, payload: dict[str, Any], *, user: str | None = None, ephemeral_to: str | None = None
    ) -> Message:
        """Add a message; `payload` holds chat.postMessage's arguments and has passed `message_errors`."""
        message = Message(
            channel.id,
            self._stamps.next(),
            user or self._workspace.bot_user_id,
            thread_ts=self.thread_root(channel, payload.get("thread_ts")),
            metadata=payload.get("metadata") or None,
            ephemeral_to=ephemeral_to,
            command=payload.get("command"),
            file_ids=list(payload.get("file_ids") or []),
            broadcast=bool(payload.get("reply_broadcast")),
        )
        self._fill(message, payload)
        self._workspace.messages.setdefault(channel.id, []).append(message)
        self._workspace.changed()
        return message

    def _fill(self, message: Message, payload: dict[str, Any]) -> None:
        markdown = payload.get("markdown_text")
        blocks = [{"type": "markdown", "text": markdown}] if markdown else payload.get("blocks") or []
        message.text = str(markdown or payload.get("text") or "")[:MOST_TEXT]
        message.blocks = with_ids(blocks)
        message.attachments = list(payload.get("attachments") or [])

    def rewrite(self, message: Message, payload: dict[str, Any]) -> None:
        """Replace what a message says. Text without blocks removes the blocks; metadata stays unless given."""
        message.earlier.append(message.blocks)
        self._fill(message, payload)
        message.values = {}
        if payload.get("metadata") is not None:
            message.metadata = payload["metadata"] or None
        message.edited = not message.blocks and not message.ephemeral_to
        self._workspace.changed()

    def remove(self, message: Message) -> None:
        """Delete a message; a parent with replies stays as a placeholder."""
        if any(reply.thread_ts == message.ts and reply.ts != message.ts for reply in self.all_in(message.channel)):
            message.text, message.blocks, message.metadata = DELETED_TEXT, [], None
            message.file_ids, message.deleted = [], True
        else:
            self._workspace.messages[message.channel].remove(message)
        self._workspace.changed()

    def all_in(self, channel_id: str) -> list[Message]:
        return self._workspace.messages.get(channel_id, [])

    def find(self, channel_id: str, ts: str) -> Message | None:
        return next((message for message in self.all_in(channel_id) if message.ts == ts), None)

    def own(self, channel_id: str, ts: str, *, refusal: str) -> Message:
        """The bot's own, not ephemeral message; `refusal` is the error for somebody else's."""
        message = self.find(channel_id, ts)
        if message is None or message.ephemeral_to or message.deleted:
            raise SlackError("message_not_found")
        if message.user != self._workspace.bot_user_id:
            raise SlackError(refusal)
        return message

    def shown(self, channel_id: str) -> list[Message]:
        """What conversations.* sees of a channel: no ephemeral messages, no slash command lines; oldest first."""
        return [m for m in self.all_in(channel_id) if m.ephemeral_to is None and m.command is None]

    def replies(self, message: Message) -> list[Message]:
        return [m for m in self.shown(message.channel) if m.thread_ts == message.ts and m.ts != message.ts]

    def as_json(self, message: Message, *, metadata: bool = True) -> dict[str, Any]:
        """A message as the Web API and the payloads show it."""
        shown: dict[str, Any] = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text}
        shown |= {"team": self._workspace.team_id, "blocks": message.blocks}
        if message.user == self._workspace.bot_user_id:
            shown |= {"bot_id": self._workspace.bot_id, "app_id": self._workspace.app_id}
        if message.deleted:
            shown["subtype"] = "tombstone"
        if message.edited:
            shown["edited"] = {"user": message.user, "ts": message.ts}
        if message.metadata and metadata:
            shown["metadata"] = message.metadata
        if message.attachments:
            shown["attachments"] = message.attachments
        if message.file_ids:
            shown["files"] = [_file_stub(self._workspace.files[file_id]) for file_id in message.file_ids]
        return shown | self._thread_json(message) | self._reactions_json(message)

    def _thread_json(self, message: Message) -> dict[str, Any]:
        replies = self.replies(message)
        if replies:
            latest = {"reply_count": len(replies), "latest_reply": replies[-1].ts}
            users = sorted({reply.user for reply in replies})
            return {"thread_ts": message.ts, "reply_users": users, "reply_users_count": len(users), **latest}
        return {"thread_ts": message.thread_ts} if message.thread_ts else {}

    def _reactions_json(self, message: Message) -> dict[str, Any]:
        if not message.reactions:
            return {}
        return {"reactions": [{"name": n, "users": u, "count": len(u)} for n, u in message.reactions.items()]}


def channel_json(channel: Channel, workspace: Workspace) -> dict[str, Any]:
    """A channel as conversations.info shows it."""
    shown: dict[str, Any] = {
        "id": channel.id,
        "is_im": channel.is_im,
        "is_archived": channel.is_archived,
        "is_org_shared": False,
        "context_team_id": workspace.team_id,
    }
    if channel.is_im:
        return shown | {"user": channel.user, "is_open": True}
    is_member = workspace.bot_user_id in channel.members
    return shown | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": True,
        "is_private": False,
        "is_general": channel.name == "general",
        "is_member": is_member,
        "num_members": len(channel.members),
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def user_json(user: User, workspace: Workspace) -> dict[str, Any]:
    """A user as users.info shows it."""
    return {
        "id": user.id,
        "team_id": workspace.team_id,
        "name": user.name,
        "real_name": user.real_name,
        "deleted": user.deleted,
        "color": user.colour.lstrip("#"),
        "tz": user.tz,
        "is_admin": user.is_admin or user.is_owner,
        "is_owner": user.is_owner,
        "is_primary_owner": user.is_primary_owner,
        "is_restricted": user.is_restricted,
        "is_ultra_restricted": False,
        "is_bot": user.is_bot,
        "profile": {
            "real_name": user.real_name,
            "display_name": user.real_name or user.name,
            "team": workspace.team_id,
        },
    }


def _file_stub(file: File) -> dict[str, Any]:
    return (
        {"id": file.id, "mode": "tombstone"}
        if file.deleted
        else {
            "id": file.id,
            "name": file.name,
            "mimetype": file.mimetype,
        }
    )


def file_json(file: File, workspace: Workspace, base_url: str) -> dict[str, Any]:
    """A file as files.info shows it; `shares` tells the messages it hangs on. Of a deleted one little is left."""
    if file.deleted:
        return {"id": file.id, "mode": "tombstone"}
    url = f"{base_url}/files/{file.id}/{file.name}"
    shares: dict[str, list[dict[str, str]]] = {}
    for channel_id, messages in workspace.messages.items():
        stamps = [{"ts": message.ts} for message in messages if file.id in message.file_ids]
        if stamps:
            shares[channel_id] = stamps
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title,
        "mimetype": file.mimetype,
        "filetype": file.name.rpartition(".")[2].lower(),
        "size": len(file.content),
        "user": file.user,
        "mode": "hosted",
        "url_private": url,
        "url_private_download": url,
        "permalink": url,
        "channels": file.channels,
        "shares": {"public": shares} if shares else {},
    }
