"""One DAG per valid, enabled source of the catalogue: ``acquire__<source>``.

Airflow finds this file because it speaks of ``airflow`` and ``DAG``; all else is in ``rightful_airflow.builder``.
"""

from __future__ import annotations

from airflow.sdk import get_parsing_context

from rightful_airflow.builder import build_dags

for dag in build_dags(only=get_parsing_context().dag_id):
    globals()[dag.dag_id] = dag
