"""Kind ``bucket``: a licensor's deliveries (EPUB, PDF, articles) with what describes them (ONIX)."""

from rightful.connectors.bucket.connector import BucketConnector

__all__ = ["BucketConnector"]
