"""Daily: contracts that end within 30 days are told; documents of ended ones leave where the contract says so."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, TriggerRule, task

from rightful_airflow.assets import ENDING
from rightful_airflow.contract_terms import DOC_MD, TEMPLATE, end, ended, ends_soon, tell, warn
from rightful_airflow.retries import retry_arguments

with DAG(
    dag_id="contract_terms",
    description="Warns before a contract ends; afterwards moves its documents out, if the contract says so",
    # No start date, and not at once: the first run is not one more task while everything else starts.
    schedule=CronTriggerTimetable("0 5 * * *", timezone="UTC", run_immediately=timedelta(0)),
    catchup=False,
    max_active_runs=1,
    # An obligation from the day a contract is signed, not from the day somebody finds the switch.
    is_paused_upon_creation=False,
    tags=["people", "contracts"],
    doc_md=DOC_MD,
    default_args={"execution_timeout": timedelta(hours=1), "retries": 4, **retry_arguments()},
):
    ending = task(task_id="ends_soon")(ends_soon)()
    task(task_id="tell", map_index_template=TEMPLATE, outlets=[ENDING])(tell).expand(contract=ending)
    warned = task(task_id="warn", map_index_template=TEMPLATE, retries=0)(warn).expand(contract=ending)
    task(task_id="end", map_index_template=TEMPLATE, outlets=[ENDING], max_active_tis_per_dagrun=4)(end).expand(
        contract=task(task_id="ended")(ended)()
    )

    @task(task_id="warned", trigger_rule=TriggerRule.ALL_DONE, retries=0)
    def all_warned() -> None:
        """A run's state is that of its last tasks: so a warning is red in the grid, and the run is not."""

    warned >> all_warned()
