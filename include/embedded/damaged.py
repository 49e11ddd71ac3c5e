"""What every file of a stack's state says when it can't be read: `make clean` removes just these, and nothing else."""

from __future__ import annotations

from pathlib import Path

from rightful.errors import ConfigurationError


class Damaged(ConfigurationError):
    """``file`` is not what was written; whoever cleans may take it away."""

    def __init__(self, file: Path, error: Exception, *, remedy: str) -> None:
        super().__init__(f"{file} is damaged: {error}", remedy=remedy)
        self.file = file
