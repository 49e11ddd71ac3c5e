"""What a list tells of one video: enough to place it in a slice, to pack it into a shard and to ask for it."""

from __future__ import annotations

from datetime import datetime

from rightful.model import Struct


class Entry(Struct, frozen=True, kw_only=True):
    """One listed video. ``url`` is what yt-dlp is asked for; ``seconds`` is its length, where the list tells it.

    ``channels`` are names that the source file may have reviewed; ``creators`` its authors, where the list tells them.
    """

    url: str
    id: str = ""
    published: datetime | None = None
    seconds: float | None = None
    channels: tuple[str, ...] = ()
    creators: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """An address for the ledger of what can't be read: yt-dlp's own short forms are none."""
        return self.url if self.url.startswith(("http://", "https://")) else f"https://{self.url.replace(':', '/')}"


__all__ = ["Entry"]
