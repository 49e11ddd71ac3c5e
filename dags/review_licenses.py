"""A person rules on quarantined (source, licence tag) pairs, in Airflow's Required Actions: one question a pair."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, TriggerRule, task, task_group

from rightful_airflow.ask import AskLicense
from rightful_airflow.assets import APPLYING, ASKING, QUESTIONS
from rightful_airflow.plain import JSONObject
from rightful_airflow.retries import retry_arguments
from rightful_airflow.review import (
    ASK_TEMPLATE,
    DOC_MD,
    OPEN_AT_MOST,
    RECORD_TEMPLATE,
    collect,
    more,
    not_recorded,
    record,
)

with DAG(
    dag_id="review_licenses",
    description="Asks people what a licence tag allows that the gate can't settle",
    schedule=[QUESTIONS],
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    # A run waits as long as its questions do. More runs than open questions: none of them blocks the next one.
    max_active_runs=OPEN_AT_MOST + 14,
    # Events that come while a DAG is paused are lost.
    is_paused_upon_creation=False,
    tags=["people", "licences"],
    doc_md=DOC_MD,
    default_args={"retries": 4, **retry_arguments()},
):

    @task_group(group_id="question")
    def ask_and_record(question: JSONObject) -> None:
        """One pair, from the question to the row in ``ledger.reviews``."""
        answer = AskLicense(task_id="ask", question=question, map_index_template=ASK_TEMPLATE)
        task(
            task_id="record",
            map_index_template=RECORD_TEMPLATE,
            multiple_outputs=False,
            inlets=[QUESTIONS],
            outlets=[APPLYING, ASKING],
            execution_timeout=timedelta(minutes=30),
        )(record)(question=question, answer=answer.output)

    collected = task(
        task_id="collect",
        multiple_outputs=False,
        inlets=[QUESTIONS],
        # Two at once would not see what the other is about to ask.
        max_active_tis_per_dag=1,
        execution_timeout=timedelta(hours=1),
    )(collect)()
    asked = ask_and_record.expand(question=collected)
    asked >> task(task_id="more", trigger_rule=TriggerRule.ALL_DONE, outlets=[ASKING])(more)(collected)
    [collected, asked] >> task(task_id="not_recorded", trigger_rule=TriggerRule.ONE_FAILED, retries=0)(not_recorded)()
