"""Kind ``module``: a small Python file lists the records; everything else is as of every other kind."""

from rightful.connectors.module.connector import ModuleConnector

__all__ = ["ModuleConnector"]
