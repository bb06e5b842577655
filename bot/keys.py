"""The process's own secrets: from ENCRYPTION_KEYS, else from a key file made on first start."""

import hashlib
import hmac
import os
from pathlib import Path

from cryptography.fernet import Fernet

from bot.config import Settings, SettingsError, reveal

KEY_FILE = "outreach.key"


def encryption_keys(settings: Settings) -> list[bytes]:
    """Fernet keys, newest first. Without the setting: the key file beside the SQLite database, made when missing.

    Several machines share no file, so with PostgreSQL give them all the same ENCRYPTION_KEYS.
    """
    given = [key.strip() for key in reveal(settings.encryption_keys).split(",") if key.strip()]
    keys = [key.encode() for key in given] or [_kept(_folder(settings) / KEY_FILE)]
    for key in keys:
        try:
            Fernet(key)
        except ValueError as error:
            raise SettingsError("ENCRYPTION_KEYS: give Fernet keys (44 characters each), newest first.") from error
    return keys


def derived(keys: list[bytes], purpose: str) -> list[bytes]:
    """A secret of its own for each key and purpose, in the same order."""
    return [hmac.digest(key, purpose.encode(), hashlib.sha256) for key in keys]


def _folder(settings: Settings) -> Path:
    kind, _, path = settings.database_url.partition(":///")
    return Path(path).parent if kind.startswith("sqlite") and path else Path()


def _kept(file: Path) -> bytes:
    """The file's key; written once, readable by this user alone, also when two processes start at once."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_bytes().strip()
    except OSError as error:
        raise SettingsError(f"{file} cannot be written ({error.strerror}). Set ENCRYPTION_KEYS.") from error
    with os.fdopen(descriptor, "wb") as opened:
        key = Fernet.generate_key()
        opened.write(key)
    return key
