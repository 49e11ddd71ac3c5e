"""``fetch:`` of a source of kind ``podcast``: which feeds, and where they are listed."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from rightful.catalogue.syndication_block import ListedFeeds


class PodcastFetch(ListedFeeds):
    """Settings of kind `podcast`: RSS or Atom feeds whose items have recordings (enclosures)."""

    undated: Literal["fail", "listed"] = Field(
        "fail",
        description="an episode without a usable date belongs to no slice. `fail`: a row of the ledger for each feed "
        "tells how many; `listed`: it belongs to the slice for which `lists` names its feed",
    )
    robots: Literal["api", "obey"] = Field(
        "api",
        description="`api`: a feed is an interface that its publisher offers to programs, and so are the recordings "
        "and transcripts that it names, so robots.txt is not asked; `obey`: it is, before each of them",
    )
    download_seconds: float = Field(4 * 3600, gt=0, le=7 * 86_400, description="longest time for one recording")

    @model_validator(mode="after")
    def _dated(self) -> PodcastFetch:
        if self.undated == "listed" and not self.lists:
            raise ValueError("`undated: listed` needs `lists`")
        return self


__all__ = ["PodcastFetch"]
