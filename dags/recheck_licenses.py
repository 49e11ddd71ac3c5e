"""Daily: accepted licences are looked at again at their source, ever more seldom the older they are."""

from __future__ import annotations

from airflow.sdk import DAG, CronDataIntervalTimetable, TriggerRule, task

from rightful_airflow.catalogue import read_catalogue
from rightful_airflow.recheck import DOC_MD, FOUND, LONGEST, START, TEMPLATE, by_pool, due, params, recheck, report
from rightful_airflow.retries import retry_arguments

with DAG(
    dag_id="recheck_licenses",
    description="Looks again at accepted licences, 7, 30, 90, 180 and 365 days after acceptance, then yearly",
    schedule=CronDataIntervalTimetable("0 6 * * *", timezone="UTC"),
    start_date=START,
    catchup=False,
    max_active_runs=1,
    tags=["licences", "people"],
    doc_md=DOC_MD,
    params=params(),
    # Absolute and small: whatever else waits for a host's pool goes first.
    default_args={
        "execution_timeout": LONGEST,
        "retries": 4,
        "weight_rule": "absolute",
        "priority_weight": 1,
        **retry_arguments(),
    },
):
    looked = []
    for name, (pool, sources) in by_pool(read_catalogue().sources.values()).items():
        counted = task(task_id=f"due__{name}", multiple_outputs=False)(due)(sources)
        again = task(task_id=f"recheck__{name}", pool=pool, map_index_template=TEMPLATE, multiple_outputs=False)(
            recheck
        )
        looked.append(again.expand(work=counted))

    told = task(task_id="report", outlets=[FOUND], trigger_rule=TriggerRule.ALL_DONE, multiple_outputs=False)(report)(
        looked
    )

    @task(task_id="done", trigger_rule=TriggerRule.NONE_FAILED, retries=0)
    def done() -> None:
        """A run's state is that of its last tasks: `report` runs after failures too, so it can't show them."""

    looked >> done() if looked else told >> done()  # type: ignore[operator]
