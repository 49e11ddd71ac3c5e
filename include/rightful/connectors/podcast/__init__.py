"""Kind ``podcast``: feeds whose items have recordings."""

from rightful.connectors.podcast.connector import PodcastConnector

__all__ = ["PodcastConnector"]
