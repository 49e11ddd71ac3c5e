"""``fetch:`` of a source of kind ``video``: which channels, playlists and searches, read by yt-dlp."""

from __future__ import annotations

from rightful.catalogue.http_block import HttpFetch


class VideoFetch(HttpFetch):
    """Settings of kind `video`: pages that yt-dlp reads."""


__all__ = ["VideoFetch"]
