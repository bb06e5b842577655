"""Signed tokens in what we send: in unsubscribe and confirmation links, in answer addresses. None is stored."""

import base64
import hmac
import re
from collections.abc import Sequence
from uuid import UUID

UNSUBSCRIBE = "u"
REPLY = "r"
CONFIRM = "c"  # a web form's confirmation; the id is the submission's
_ID_BYTES = 16
_SIGNATURE_BYTES = 16
_UUID = re.compile(r"[0-9A-Fa-f]{32}")


def token_for(kind: str, workspace_id: str, mail_id: str, secret: bytes) -> str:
    """A token that nobody without the secret can make. Both ids are UUIDs; raises `ValueError` for any other text.

    Letters and digits in lower case, so that a server that folds case does no harm. 77 characters; of kind `REPLY`
    52, because `reply+…` must fit a local part of 64 (RFC 5321): it carries the mail's id alone.
    """
    ids = _raw(mail_id) if kind == REPLY else _raw(workspace_id) + _raw(mail_id)
    return _written(ids + _signature(kind, ids, secret))


def read_token(kind: str, token: str, secrets: Sequence[bytes]) -> tuple[str, str] | None:
    """The ids in a token of ours, or None. In any case of letters; never raises.

    secrets: the present one and those it replaced. The workspace's id is empty for kind `REPLY`.
    """
    ids_bytes = _ID_BYTES if kind == REPLY else 2 * _ID_BYTES
    raw = _bytes_of(token, ids_bytes + _SIGNATURE_BYTES)
    if raw is None:
        return None
    ids, signature = raw[:ids_bytes], raw[ids_bytes:]
    matches = [hmac.compare_digest(_signature(kind, ids, secret), signature) for secret in secrets]
    if not any(matches):
        return None
    workspace = "" if kind == REPLY else str(UUID(bytes=ids[:_ID_BYTES]))
    return workspace, str(UUID(bytes=ids[-_ID_BYTES:]))


def _raw(written: str) -> bytes:
    """The bytes of a UUID as it is written, without `UUID`, which takes ten times as long. Raises `ValueError`."""
    bare = written.replace("-", "")
    if not _UUID.fullmatch(bare):
        raise ValueError("This is no UUID.")
    return bytes.fromhex(bare)


def _signature(kind: str, ids: bytes, secret: bytes) -> bytes:
    """The kind is signed with the ids: an answer's token is no unsubscribe link, even under the same secret."""
    return hmac.digest(secret, f"mail token {kind}\0".encode() + ids, "sha256")[:_SIGNATURE_BYTES]


def _written(raw: bytes) -> str:
    return base64.b32encode(raw).decode("ascii").rstrip("=").lower()


def _bytes_of(token: str, count: int) -> bytes | None:
    """The bytes, when the text is the one way to write so many of them."""
    written = token.lower()
    if not token.isascii() or len(token) != -(-count * 8 // 5):
        return None
    try:
        raw = base64.b32decode(written.upper() + "=" * (-len(written) % 8))
    except ValueError:
        return None
    # The last letter has bits to spare; without this, several letters would read the same.
    return raw if _written(raw) == written else None
