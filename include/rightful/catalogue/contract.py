"""A contract file: a signed licence, with its term, territory, uses and quota."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from rightful.catalogue.block import Block, Identifier


class Party(Block):
    """A side of a contract."""

    name: str
    role: Literal["licensor", "licensee"]


class Contract(Block):
    """A signed licence: ``include/contracts/<id>.yaml``. It exists only while this file says so."""

    id: Identifier
    title: str
    sources: tuple[Identifier, ...] = Field(min_length=1, description="sources it covers")
    parties: tuple[Party, ...] = ()
    valid_from: date
    valid_until: date | None = Field(None, description="last day, inclusive")
    territory: tuple[str, ...] = ()
    permitted_uses: tuple[str, ...] = Field(min_length=1, description="must contain `training` for a document to load")
    duties: tuple[str, ...] = ()
    quota_documents: int | None = Field(None, ge=0, description="most documents that it gives, over all sources")
    quota_tokens: int | None = Field(None, ge=0, description="most tokens that it gives, over all sources")
    quota_hours: float | None = Field(
        None, ge=0, allow_inf_nan=False, description="most hours of sound or video that it gives, over all sources"
    )
    on_end: Literal["keep", "withdraw"] = Field(
        "withdraw",
        description="after the last day: `withdraw` takes the documents out of the corpus; `keep` leaves them in, "
        "usable as before. Write `keep` only when the paper grants use beyond its term",
    )
    evidence: str = Field(
        min_length=1,
        description="where the signed document lies: a file beside this one (it must be there), a URL, or words",
    )
    evidence_sha256: str | None = Field(
        None, pattern=r"^[0-9a-f]{64}$", description="of the signed document; another file there is no contract"
    )

    @field_validator("valid_from", "valid_until", mode="before")
    @classmethod
    def _plain_day(cls, value: object) -> object:
        if isinstance(value, datetime) or (isinstance(value, str) and not re.fullmatch(r"\d{4}-\d\d-\d\d", value)):
            raise ValueError("must be a plain day (2026-12-31): a time of day or a zone would be dropped")
        return value

    @field_validator("quota_documents", "quota_tokens", "quota_hours", mode="before")
    @classmethod
    def _number(cls, value: object) -> object:
        if isinstance(value, bool):
            raise ValueError("must be a number")
        return value

    @property
    def expression(self) -> str:
        """``LicenseRef-contract-<id>`` with the characters SPDX allows."""
        return f"LicenseRef-contract-{self.id.replace('_', '-')}"


def contract_files(folder: Path) -> list[Path]:
    """All files in ``folder`` that look like a contract, also those that are none for their :func:`misnamed` name."""
    return sorted(
        path for path in folder.iterdir() if path.suffix.lower() in (".yaml", ".yml") and not path.name.startswith(".")
    )


def misnamed(path: Path) -> str | None:
    """Why a file is no contract: a source finds its contract by name, and the name ends in ``.yaml``."""
    return None if path.suffix == ".yaml" else f"the name of a contract ends in .yaml, not in {path.suffix}"


__all__ = ["Contract", "Party", "contract_files", "misnamed"]
