"""What every block of a source or contract file is built on."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,62}$")]
FieldPath = Annotated[str, StringConstraints(pattern=r"^[^\s.]+(\.[^\s.]+)*$")]
"""Dotted path into a JSON value: ``revisions.0.user``, ``answers[].content_license`` (``[]`` = every element)."""


class Block(BaseModel):
    """Base of all blocks: unknown keys are errors, values can't change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


__all__ = ["Block", "FieldPath", "Identifier"]
