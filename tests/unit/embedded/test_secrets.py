"""Secrets are made once, long enough, and for their owner only."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest

from embedded import secrets
from rightful.errors import ConfigurationError


def test_made_once_and_private(tmp_path: Path) -> None:
    made = secrets.load(tmp_path / "new")
    assert secrets.load(tmp_path / "new") == made
    assert stat.S_IMODE((tmp_path / "new" / "secrets.json").stat().st_mode) == 0o600
    assert len(made.jwt) >= 64
    assert len(base64.urlsafe_b64decode(made.fernet)) == 32


def test_two_stacks_share_nothing(tmp_path: Path) -> None:
    one, two = secrets.load(tmp_path / "one"), secrets.load(tmp_path / "two")
    assert {one.jwt, one.fernet, one.api, one.store_key}.isdisjoint({two.jwt, two.fernet, two.api, two.store_key})


def test_damaged(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("[]")
    with pytest.raises(ConfigurationError, match="damaged"):
        secrets.load(tmp_path)
