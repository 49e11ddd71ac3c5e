"""What only a look at the rest of the catalogue can tell is wrong with a source of synthetic text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rightful.catalogue.models import Source


def problems(source: Source, folder: Path) -> Iterator[tuple[str, str | None]]:
    """Seed sources that have no file in ``folder``; each with a remedy."""
    for name in source.synthetic.seeds.sources:
        if not (folder / f"{name}.yaml").is_file():
            yield (
                f"`fetch.seeds.sources`: there is no source `{name}`",
                f"correct the id, or write {folder}/{name}.yaml",
            )
    if source.license.claims:
        yield (
            "`license.claims`: nothing is read from an answer",
            "take them out; `license.statement` is the model's terms",
        )


__all__ = ["problems"]
