"""Kind ``dump``: bulk files (MediaWiki exports, Stack Exchange, PGN, JSON lines, tables, JATS, EPUB …)."""

from rightful.connectors.dump.connector import DumpConnector, open_dump

__all__ = ["DumpConnector", "open_dump"]
