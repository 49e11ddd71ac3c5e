"""Rightful: acquire text for training language models by right. Imports no Airflow."""

__version__ = "0.1.0"
