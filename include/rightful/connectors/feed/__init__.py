"""Kind ``feed``: articles of RSS and Atom feeds."""

from rightful.connectors.feed.connector import FeedConnector

__all__ = ["FeedConnector"]
