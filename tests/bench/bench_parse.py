"""How long Airflow takes to turn 500 source files into DAGs, and how much of that is imports, reading and building.

``python tests/bench/bench_parse.py [number of sources]``, or ``make bench``. The target is 5 s for parsing; Airflow's
own imports come on top once per process (its DAG processor has them loaded when it parses a file).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tests.dags.support import source_yaml  # noqa: E402

SOURCES = 500

MEASURE = """
import json, sys, time
begin = time.perf_counter()
from airflow.dag_processing.dagbag import DagBag
import airflow.sdk
airflow_imported = time.perf_counter()
from rightful_airflow.catalogue import read_catalogue
import rightful_airflow.builder
own_imported = time.perf_counter()
bag = DagBag()
parsed = time.perf_counter()
from rightful_airflow.builder import build_dag
sources = list(read_catalogue().sources.values())
read_again = time.perf_counter()
for source in sources:
    build_dag(source)
built = time.perf_counter()
from airflow.serialization.serialized_objects import DagSerialization
for dag in bag.dags.values():
    DagSerialization.to_dict(dag)
serialised = time.perf_counter()
assert not bag.import_errors, bag.import_errors
heavy = sorted({"boto3", "pyarrow", "torch", "pyiceberg"} & set(sys.modules))
print(json.dumps({
    "dags": len(bag.dags),
    "seconds_parse": parsed - own_imported,
    "seconds_import_airflow": airflow_imported - begin,
    "seconds_import_own": own_imported - airflow_imported,
    "seconds_build_dags": built - read_again,
    "seconds_read_catalogue_unchanged": read_again - parsed,
    "seconds_serialise": serialised - built,
    "heavy_imports": heavy,
}))
"""


def measure(number: int = SOURCES) -> dict[str, float]:
    """Seconds of each part, in a fresh interpreter, on ``number`` new source files."""
    with tempfile.TemporaryDirectory(prefix="rightful-bench-") as folder:
        home, sources = Path(folder) / "airflow", Path(folder) / "sources"
        home.mkdir()
        sources.mkdir()
        for position in range(number):
            name = f"source_{position:04}"
            (sources / f"{name}.yaml").write_text(source_yaml(name), encoding="utf-8")
        environment = {
            **os.environ,
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
            "PYTHONPATH": os.pathsep.join([str(ROOT / "include"), str(ROOT / "plugins")]),
            "RIGHTFUL_CATALOGUE_DIR": str(sources),
        }
        done = subprocess.run(
            [sys.executable, "-c", MEASURE], env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
        return found


def report(found: dict[str, float]) -> str:
    """The figures for people."""
    reading = found["seconds_parse"] - found["seconds_build_dags"]
    imports = found["seconds_import_airflow"] + found["seconds_import_own"]
    whole = found["seconds_parse"] + imports
    return f"""\
{found["dags"]} source files → DAGs: {found["seconds_parse"]:.2f} s \
({found["seconds_parse"] / found["dags"] * 1000:.1f} ms each; target 5 s)
  of which building DAGs {found["seconds_build_dags"]:.2f} s, reading and checking files {reading:.2f} s
  imports before: Airflow {found["seconds_import_airflow"]:.2f} s, ours {found["seconds_import_own"]:.2f} s \
({imports / whole:.0%} of {whole:.2f} s)
  the DAG processor's serialisation after it: {found["seconds_serialise"]:.2f} s
  heavy imports: {found["heavy_imports"] or "none"}"""


@pytest.mark.bench
def test_parse_500_sources() -> None:
    found = measure()
    print("\n" + report(found))
    assert found["dags"] == SOURCES
    assert not found["heavy_imports"]


if __name__ == "__main__":
    print(report(measure(int(sys.argv[1]) if len(sys.argv) > 1 else SOURCES)))
