"""The daily looks at contracts and at accepted licences, run by Airflow's scheduler on a real store."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.system.nights import today
from tests.system.readers import with_duckdb
from tests.system.scheduler.sites import DemoSource
from tests.system.scheduler.world import MIDNIGHT, PATIENCE, SHARED_POOL, World, day, wait_until

from rightful.lineage.lookup import lookup
from rightful.store.observations import observations_of

pytestmark = [pytest.mark.system, pytest.mark.timeout(1200)]

MARCH_1 = day(MIDNIGHT.replace(month=3, day=1))
NC = "https://creativecommons.org/licenses/by-nc/4.0/"


def landed(world: World, source: DemoSource) -> list[str]:
    """Acquires a night; the ids of its documents."""
    world.finish([(source, world.begin(source, MARCH_1))])
    found = world.ids(source, MARCH_1)
    assert set(found) == source.expected(MARCH_1).allowed
    return sorted(found)


def told(world: World, id: str) -> dict[str, Any]:
    """What a look-up says of a document."""
    here = {"catalogue_dir": (world.catalogue,), "contracts_dir": world.contracts}
    (hit,) = lookup(world.settings.model_copy(update=here), id)
    return hit


def age(world: World, source: DemoSource, by: timedelta) -> None:
    """Make its licences as old as if they had been accepted so long ago: nobody waits for a test."""
    table = world.tables.existing("corpus", source.id)
    assert table is not None
    rows = table.scan().to_arrow()
    column = rows.schema.get_field_index("license_checked_at")
    older = pc.subtract(rows.column(column), pa.scalar(by, pa.duration("us")))
    table.overwrite(rows.set_column(column, rows.schema.field(column), older))


def ended(world: World, dag_id: str, run_id: str) -> dict[tuple[str, str | None], dict[str, Any]]:
    """The tasks of a run that succeeded, by task and name in the grid."""
    run = world.api.wait(dag_id, run_id, timeout=PATIENCE)
    assert run["state"] == "success", world.api.failure(dag_id, run_id)
    return {(task["task_id"], task["rendered_map_index"]): task for task in world.api.tasks(dag_id, run_id)}


def contract_terms(world: World) -> tuple[dict[tuple[str, str | None], str], dict[str, Any], str]:
    """A run of it: states of the mapped tasks, what the contract's asset was told, and what `warn` said."""
    run_id = world.api.call("POST", "/dags/contract_terms/dagRuns", json={"logical_date": None})["dag_run_id"]
    tasks = ended(world, "contract_terms", run_id)
    ((uri, extra),) = world.events("contract_terms", run_id)
    assert uri == "x-rightful://contracts/contracted"
    warned = tasks.get(("warn", "contracted"))
    states = {key: task["state"] for key, task in tasks.items() if key[0] in ("tell", "warn", "end")}
    return states, extra, world.api.log(warned) if warned else ""


def test_a_contract_is_told_before_its_end_and_takes_its_documents_with_it_after(world: World) -> None:
    source = world.sources["contracted"]
    ids, on = landed(world, source), today(timedelta(minutes=5)).date()
    assert told(world, ids[0])["usable"]
    world.api.set_paused("contract_terms", False)

    world.sign(source.id, on + timedelta(days=30))
    states, extra, said = contract_terms(world)
    # The demo's own ended contract gave nothing that could leave.
    assert states == {
        ("tell", source.id): "success", ("warn", source.id): "failed", ("end", "demo_archive"): "skipped"
    }  # fmt: skip
    assert (extra["state"], extra["days_left"], extra["sources"]) == ("ends_soon", 30, [source.id])
    assert f"ends on {on + timedelta(days=30)}: 30 days left" in said
    assert world.ids(source, MARCH_1) == ids

    yesterday = on - timedelta(days=1)
    world.sign(source.id, yesterday)
    states, extra, _ = contract_terms(world)
    assert states == {
        ("tell", None): "skipped", ("warn", None): "skipped",
        ("end", "demo_archive"): "skipped", ("end", source.id): "success",
    }  # fmt: skip
    assert (extra["state"], extra["documents"], extra["moved"]) == ("withdrawn", len(ids), {source.id: len(ids)})
    assert world.ids(source, MARCH_1) == with_duckdb(world.settings, source.id, "SELECT id FROM corpus") == []
    hit = told(world, ids[0])
    assert (hit["in_corpus"], hit["why_not"]) == (
        False,
        f"it left the corpus: contract {source.id} ended on {yesterday}",
    )
    world.api.set_paused("contract_terms", True)


def test_a_licence_that_became_stricter_is_seen_and_marks_its_document(world: World) -> None:
    source = world.sources["changing"]
    ids = landed(world, source)
    age(world, source, timedelta(days=8))
    source.site.change(open_news={ids[0].partition(":")[2].partition("@")[0]: {"license": NC, "rights": None}})
    requests = len(source.site.asked())

    world.api.set_paused("recheck_licenses", False)
    wait_until(lambda: bool(world.api.runs("recheck_licenses")))
    run_id = min(world.api.runs("recheck_licenses"), key=lambda run: run["run_after"])["dag_run_id"]
    tasks = ended(world, "recheck_licenses", run_id)
    world.api.set_paused("recheck_licenses", True)
    # Of all sources only this one had anything to ask for, and only for its documents.
    assert {key for key, task in tasks.items() if key[0].startswith("recheck__") and task["state"] == "success"} == {
        (f"recheck__{SHARED_POOL}", source.id)
    }
    asked = source.site.asked(requests)
    assert len(asked) == -(-len(ids) // 100)
    assert all("ids=" in path for path in asked)

    assert world.ids(source, MARCH_1) == ids
    seen = [row for row in observations_of(world.tables, source.id, ids) if row["run_id"] == run_id]
    assert {row["id"]: (row["result"], row["consequence"]) for row in seen} == {
        id: ("stricter", "marked") if id == ids[0] else ("same", "none") for id in ids
    }
    hit = told(world, ids[0])
    assert (hit["in_corpus"], hit["usable"]) == (True, True)
    assert "the source says CC-BY-NC-4.0 (deny: nc)" in hit["mark"]
    assert told(world, ids[1])["mark"] is None
    ((uri, extra),) = world.events("recheck_licenses", run_id)
    assert (uri, extra["sources"], extra["left"]) == ("x-rightful://recheck/stricter", [source.id], 0)
    assert extra["results"] == {"stricter": 1, "same": len(ids) - 1}
