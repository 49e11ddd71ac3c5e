"""A broken source file is named by one import error and hides no other DAG."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.dags.support import source_yaml
from tests.dags.test_dag_structure import STANDING

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag


def test_one_import_error_names_every_broken_file_and_its_line(catalogue: Path, parse: Callable[[], DagBag]) -> None:
    (catalogue / "good.yaml").write_text(source_yaml("good"), encoding="utf-8")
    (catalogue / "typing_error.yaml").write_text(source_yaml("typing_error") + "shedule: '@daily'\n", encoding="utf-8")
    (catalogue / "no_yaml.yaml").write_text("id: [unclosed\n", encoding="utf-8")
    found = parse()
    assert set(found.dags) - set(STANDING) == {"acquire__good"}
    assert [Path(file).name for file in found.import_errors] == ["catalogue_errors.py"]
    (message,) = found.import_errors.values()
    lines = (catalogue / "typing_error.yaml").read_text(encoding="utf-8").splitlines()
    assert f"typing_error.yaml:{len(lines)}:" in message
    assert "schedule" in message.split("shedule", 1)[1]  # the nearest known key
    assert "no_yaml.yaml" in message
    assert "good.yaml" not in message


def test_the_error_goes_when_the_file_is_corrected(catalogue: Path, parse: Callable[[], DagBag]) -> None:
    file = catalogue / "mended.yaml"
    file.write_text("id: mended\n", encoding="utf-8")
    assert len(parse().import_errors) == 1
    file.write_text(source_yaml("mended"), encoding="utf-8")
    found = parse()
    assert (found.import_errors, set(found.dags) - set(STANDING)) == ({}, {"acquire__mended"})


def test_an_empty_catalogue_is_no_error(catalogue: Path, parse: Callable[[], DagBag]) -> None:
    found = parse()
    assert (found.import_errors, set(found.dags)) == ({}, set(STANDING))


def test_a_catalogue_folder_that_is_missing_is_named(catalogue: Path, parse: Callable[[], DagBag]) -> None:
    catalogue.rmdir()
    (message,) = parse().import_errors.values()
    assert str(catalogue) in message


def test_a_source_that_airflow_takes_no_dag_of_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    from rightful_airflow import builder

    real = builder.build_dag

    def build(source: Any) -> Any:
        if source.id == "daily":
            raise ValueError("a tag is too long")
        return real(source)

    monkeypatch.setattr(builder, "build_dag", build)
    dags = {dag.dag_id: dag for dag in builder.build_dags()}
    assert set(dags) == {"acquire__daily", "acquire__hourly"}
    refused = dags["acquire__daily"]
    assert "a tag is too long" in str(refused.description)
    assert refused.tags == {"error"}
    assert set(refused.task_dict) == {"plan"}
    assert set(dags["acquire__hourly"].task_dict) > {"plan"}
