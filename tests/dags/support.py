"""Source files for tests, and a way to look at a fresh interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]


def source_dict(source_id: str, **changed: Any) -> dict[str, Any]:
    """The smallest complete source; ``changed`` replaces whole blocks."""
    return {
        "id": source_id,
        "title": f"Source {source_id}",
        "kind": "rest",
        "channel": "public_dataset",
        "owner": "data@example.org",
        "homepage": "https://example.org",
        "schedule": "0 0 * * *",
        "start_date": "2026-01-01",
        "license": {
            "scope": "record",
            "claims": [{"from": "record.license"}],
            "basis": "each page names its licence",
            "evidence": "https://example.org/terms",
        },
        "pace": {"requests_per_second": 50, "max_connections": 2},
        "fetch": {
            "base_url": "https://api.example.org/v1",
            "paginate": {"style": "none"},
            "records": "items",
            "fields": {"id": "id", "url": "url", "text": "text"},
        },
        "tags": ["example"],
        **changed,
    }


def source_yaml(source_id: str, **changed: Any) -> str:
    """:func:`source_dict` as YAML."""
    text: str = yaml.safe_dump(source_dict(source_id, **changed), sort_keys=False)
    # A date must stand unquoted, as people write it.
    return text.replace("'2026-01-01'", "2026-01-01")


def fresh_python(code: str, **environment: str) -> str:
    """What ``code`` prints in a new interpreter with the environment of these tests."""
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]
