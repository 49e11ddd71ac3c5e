"""What people ruled on licence tags is carried out: the slices concerned are ruled again from the raw store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, TriggerRule, task

from rightful_airflow.apply_reviews import DOC_MD, TEMPLATE, more, plan, rule_again
from rightful_airflow.assets import ANSWERS, APPLYING, ASKING, PUBLISHED
from rightful_airflow.retries import retry_arguments

with DAG(
    dag_id="apply_reviews",
    description="Rules again, without fetching, on the slices that people's answers concern",
    schedule=[ANSWERS],
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    # Two runs would rule on the same slice at once; answers that come meanwhile are carried out together afterwards.
    max_active_runs=1,
    # Events that come while a DAG is paused are lost.
    is_paused_upon_creation=False,
    tags=["people", "licences"],
    doc_md=DOC_MD,
    default_args={"retries": 4, **retry_arguments()},
):
    planned = task(task_id="plan", execution_timeout=timedelta(hours=1))(plan)()
    ruled = task(
        task_id="rule_again",
        multiple_outputs=False,
        map_index_template=TEMPLATE,
        outlets=[PUBLISHED, ASKING],
        max_active_tis_per_dagrun=4,
        execution_timeout=timedelta(hours=2),
        # Any failure may pass: nobody is asked, and a slice that was published meanwhile is looked at anew.
        retry_policy=None,
    )(rule_again).expand(work=planned)
    # Not after failures alone: what fails would be tried for ever.
    more_to_do = task(task_id="more", trigger_rule=TriggerRule.ONE_SUCCESS, outlets=[APPLYING])(more)(planned)
    ruled >> more_to_do
