"""Every empty secret gets a value, everything else stays."""

from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
MODULE = runpy.run_path(str(ROOT / "tools" / "make_env.py"))


def values(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))


def test_secrets_are_filled_and_differ() -> None:
    template = (ROOT / ".env.example").read_text()
    one, two = values(MODULE["fill"](template)), values(MODULE["fill"](template))
    before = values(template)
    secret = {name for name, value in one.items() if value != before[name]}
    assert secret == {
        "POSTGRES_PASSWORD", "AIRFLOW_FERNET_KEY", "AIRFLOW_JWT_SECRET", "AIRFLOW_API_SECRET", "AIRFLOW_ADMIN_PASSWORD",
        "S3_SECRET_ACCESS_KEY", "BROKER_PASSWORD",
    }  # fmt: skip
    assert all(one[name] != two[name] for name in secret)
    assert len(one["AIRFLOW_JWT_SECRET"]) >= 64


def test_an_existing_file_stays(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("MINE=1\n")
    assert MODULE["main"]([str(file)]) == 0
    assert file.read_text() == "MINE=1\n"
