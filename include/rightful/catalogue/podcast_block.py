"""``fetch:`` of a source of kind ``podcast``: which feeds, and where they are listed."""

from __future__ import annotations

from rightful.catalogue.http_block import HttpFetch


class PodcastFetch(HttpFetch):
    """Settings of kind `podcast`: RSS feeds with enclosures."""


__all__ = ["PodcastFetch"]
