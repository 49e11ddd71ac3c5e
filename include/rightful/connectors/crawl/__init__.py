"""Kind ``crawl``: crawl archives (WARC, ARC, WACZ) of Common Crawl, or of a crawl of one's own."""

from rightful.connectors.crawl.connector import CrawlConnector

__all__ = ["CrawlConnector"]
