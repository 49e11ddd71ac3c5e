"""Kind ``synthetic``: texts that a model makes from documents of the corpus."""

from rightful.connectors.synthetic.connector import SyntheticConnector

__all__ = ["SyntheticConnector"]
