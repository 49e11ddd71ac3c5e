"""JSON Schemas of source and contract files, so that an editor completes and checks them while a person types."""

from __future__ import annotations

import json
from pathlib import Path

from rightful.catalogue.models import Contract, Source
from rightful.settings import PROJECT_ROOT

SCHEMAS: dict[str, type[Source] | type[Contract]] = {
    "include/sources/source.schema.json": Source,
    "include/contracts/contract.schema.json": Contract,
}
"""Where each schema lies, below the project's folder, and the model it is made from."""


def schema_text(model: type[Source] | type[Contract]) -> str:
    """The JSON Schema (draft 2020-12) of ``model`` as it lies in the file."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema(by_alias=True)}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def drifted(root: Path = PROJECT_ROOT) -> list[Path]:
    """Schema files that no longer say what the models say."""
    return [
        root / name
        for name, model in SCHEMAS.items()
        if not (root / name).is_file() or (root / name).read_text("utf-8") != schema_text(model)
    ]


def write_schemas(root: Path = PROJECT_ROOT) -> list[Path]:
    """Write the schema files anew; returns those that changed."""
    changed = drifted(root)
    for name, model in SCHEMAS.items():
        if root / name in changed:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(schema_text(model), "utf-8")
    return changed
