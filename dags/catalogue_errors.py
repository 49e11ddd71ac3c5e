"""Holds no DAG: raises one Airflow import error that names every source file with an error, so that the others live."""

from __future__ import annotations

from rightful_airflow.catalogue import raise_on_errors, read_catalogue

raise_on_errors(read_catalogue())
