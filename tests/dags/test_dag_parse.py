"""Parsing stays light: 500 sources, and none of the libraries that only tasks need."""

from __future__ import annotations

from pathlib import Path

from tests.dags.support import fresh_python, source_yaml
from tests.dags.test_dag_structure import STANDING

HEAVY = (
    "boto3",
    "botocore",
    "pyarrow",
    "pyiceberg",
    "torch",
    "resiliparse",
    "fasttext",
    "numpy",
    "pandas",
    "mistral_common",
)

OWN = ("rightful.pipeline", "rightful.store", "rightful.http", "rightful.connectors", "rightful.text")


def test_parsing_imports_no_library_that_only_tasks_need() -> None:
    code = (
        "import sys\n"
        "from airflow.dag_processing.dagbag import DagBag\n"
        "bag = DagBag()\n"
        f"assert len(bag.dags) == {2 + len(STANDING)}, bag.import_errors\n"
        f"found = [m for m in sys.modules if m.split('.')[0] in {HEAVY!r} or m.startswith({OWN!r})]\n"
        "print(sorted(found))"
    )
    assert fresh_python(code) == "[]"


def test_the_airflow_layer_imports_no_http_client() -> None:
    """Airflow itself brings httpx along, so what our own modules ask for is looked at before Airflow is there."""
    code = (
        "import builtins, sys\n"
        "asked = set()\n"
        "original = builtins.__import__\n"
        "def spy(name, globals=None, *rest, **more):\n"
        "    who = (globals or {}).get('__name__') or ''\n"
        "    if who.split('.')[0] in ('rightful', 'rightful_airflow', 'rightful_plugin'):\n"
        "        asked.add(name.split('.')[0])\n"
        "    return original(name, globals, *rest, **more)\n"
        "builtins.__import__ = spy\n"
        "from airflow.dag_processing.dagbag import DagBag\n"
        "DagBag()\n"
        "assert 'msgspec' in asked, asked\n"
        "print(sorted(asked & {'httpx', 'requests', 'urllib3', 'boto3', 'pyarrow', 'tenacity'}))"
    )
    assert fresh_python(code) == "[]"


def test_500_sources_give_500_dags_beside_the_standing_ones(tmp_path: Path) -> None:
    for number in range(500):
        name = f"source_{number:03}"
        (tmp_path / f"{name}.yaml").write_text(source_yaml(name), encoding="utf-8")
    code = (
        "from airflow.dag_processing.dagbag import DagBag\nbag = DagBag()\nprint(len(bag.dags), len(bag.import_errors))"
    )
    assert fresh_python(code, RIGHTFUL_CATALOGUE_DIR=str(tmp_path)) == f"{500 + len(STANDING)} 0"


def test_the_plugins_folder_is_read_without_the_package() -> None:
    """Airflow imports each file of ``plugins/`` in every component; only ``rightful_plugin.py`` is meant to be one."""
    code = (
        "import sys\n"
        "from airflow.plugins_manager import _get_plugins\n"
        "plugins, errors = _get_plugins()\n"
        "assert not errors, errors\n"
        "names = sorted(p.name for p in plugins if p.name == 'rightful')\n"
        "print(names, 'builder' in sys.modules, 'docs' in sys.modules)"
    )
    assert fresh_python(code) == "['rightful'] False False"
