"""Kind ``oai_pmh``: repositories that speak OAI-PMH 2.0."""

from rightful.connectors.oai.connector import OaiConnector

__all__ = ["OaiConnector"]
