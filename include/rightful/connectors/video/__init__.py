"""Kind ``video``: what yt-dlp reads, by extractors that the source file names."""

from rightful.connectors.video.connector import VideoConnector

__all__ = ["VideoConnector"]
