"""The JSON Schemas beside the catalogue say what the models say."""

from __future__ import annotations

import json
from pathlib import Path

from rightful.catalogue.models import Source
from rightful.catalogue.schema import SCHEMAS, drifted, schema_text, write_schemas
from rightful.settings import PROJECT_ROOT


def test_the_schemas_are_up_to_date() -> None:
    remedy = "run `make docs`"
    assert drifted(PROJECT_ROOT) == [], remedy


def test_drift_is_seen_and_mended(tmp_path: Path) -> None:
    assert write_schemas(tmp_path) == [tmp_path / name for name in SCHEMAS]
    assert drifted(tmp_path) == []
    stale = tmp_path / "include/sources/source.schema.json"
    stale.write_text(stale.read_text("utf-8").replace("pace", "peace"), "utf-8")
    assert drifted(tmp_path) == [stale]
    assert write_schemas(tmp_path) == [stale]
    assert drifted(tmp_path) == []


def test_the_schema_uses_the_names_of_the_file_and_refuses_unknown_keys() -> None:
    schema = json.loads(schema_text(Source))
    assert schema["additionalProperties"] is False
    assert "from" in schema["$defs"]["ClaimRule"]["properties"]
    assert "from_" not in schema["$defs"]["ClaimRule"]["properties"]
