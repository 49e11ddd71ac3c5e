"""Passwords and keys of one stack: made once, kept in a file that only its owner can read."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

import msgspec

from embedded.damaged import Damaged


class Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """Random values of one stack."""

    jwt: str = msgspec.field(default_factory=lambda: secrets.token_urlsafe(64))
    fernet: str = msgspec.field(default_factory=lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
    api: str = msgspec.field(default_factory=lambda: secrets.token_urlsafe(32))
    admin_password: str = msgspec.field(default_factory=lambda: secrets.token_urlsafe(9))
    store_key: str = msgspec.field(default_factory=lambda: secrets.token_urlsafe(24))


def load(folder: Path) -> Secrets:
    """The secrets of the stack in ``folder``; made now when it has none yet."""
    file = folder / "secrets.json"
    try:
        return msgspec.json.decode(file.read_bytes(), type=Secrets)
    except FileNotFoundError:
        made = Secrets()
    except msgspec.MsgspecError as error:
        raise Damaged(file, error, remedy="`make clean` starts over") from error
    write_private(file, msgspec.json.format(msgspec.json.encode(made)))
    return made


def write_private(file: Path, content: bytes) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(file.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)
    draft.replace(file)
