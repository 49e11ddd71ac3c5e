"""Kind ``repository``: source code, file by file, each by its own licence."""

from rightful.connectors.repository.connector import RepositoryConnector

__all__ = ["RepositoryConnector"]
