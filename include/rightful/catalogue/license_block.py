"""``license:`` of a source file: how the licence of its records is known."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from rightful.catalogue.block import Block, FieldPath, Identifier
from rightful.model import Strength


class ClaimRule(Block):
    """Where one licence claim of a record is read."""

    from_: FieldPath = Field(
        alias="from",
        description="path of the verbatim tag: `record.<path>`, `site.<path>` (answer of `fetch.site`); "
        "with `[]` each element is a part of a composite record",
    )
    strength: Strength = Strength.PUBLISHER
    label: FieldPath | None = Field(
        None,
        description="path of the human-readable name beside the tag. It is a claim of its own only when the tag is "
        "absent, or when it is a known licence of another family (then it conflicts)",
    )
    part: str | None = Field(None, description="name of the part of a composite record this tag speaks of")


class DatedAlias(Block):
    """A meaning of a tag that held for a time. Applied to the record's publication date."""

    expression: str
    valid_from: date | None = None
    valid_until: date | None = Field(None, description="last day on which the tag meant this, inclusive")


class LicenseBlock(Block):
    """How the licence of this source's records is known."""

    scope: Literal["record", "source", "contract"]
    claims: tuple[ClaimRule, ...] = ()
    statement: str | None = Field(None, description="scope `source`: the verbatim tag or URL that covers every record")
    evidence: str | None = Field(None, description="where a person can read the licence basis (URL)")
    contract: Identifier | None = Field(None, description="scope `contract`: id of a file in include/contracts")
    basis: str = Field("", description="one sentence for people: why may this be used")
    weakest_strength: Strength = Field(Strength.PAGE_METADATA, description="claims weaker than this only quarantine")
    aliases: dict[str, str | tuple[DatedAlias, ...]] = Field(
        default_factory=dict, description="verbatim tag → SPDX expression, for this source only"
    )
    rights_holder: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> LicenseBlock:
        if self.scope == "contract" and self.contract is None:
            raise ValueError("scope `contract` needs `contract: <id>` (a file in include/contracts)")
        if self.scope == "source" and not self.statement:
            raise ValueError("scope `source` needs `statement: <verbatim tag or URL>`")
        if self.scope == "record" and not self.claims:
            raise ValueError("scope `record` needs at least one entry in `claims`")
        if self.scope != "contract" and self.contract is not None:
            raise ValueError(
                f"`contract` counts for nothing with scope `{self.scope}`: take it out, or write `scope: contract`"
            )
        return self


__all__ = ["ClaimRule", "DatedAlias", "LicenseBlock"]
