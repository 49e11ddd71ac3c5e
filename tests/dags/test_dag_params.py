"""What a person may start a run with: wrong types are refused before the run is made."""

from __future__ import annotations

from typing import Any

import pytest

WRONG = [
    ("limit", "x"),
    ("limit", "3"),
    ("limit", 0),
    ("limit", -1),
    ("limit", 1.5),
    ("limit", []),
    ("dry_run", "yes"),
    ("dry_run", 1),
    ("dry_run", None),
    ("force_shrink", "true"),
    ("force_shrink", None),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_wrong_values_are_refused(name: str, value: Any) -> None:
    from airflow.sdk.exceptions import ParamValidationError

    from rightful_airflow.builder import params

    with pytest.raises(ParamValidationError):
        params()[name].resolve(value=value)


@pytest.mark.parametrize(("name", "value"), [("limit", None), ("limit", 1), ("dry_run", True), ("force_shrink", True)])
def test_right_values_are_taken(name: str, value: Any) -> None:
    from rightful_airflow.builder import params

    assert params()[name].resolve(value=value) == value


def test_the_nightly_run_has_no_limit_and_publishes() -> None:
    from rightful_airflow.builder import params

    assert {name: param.resolve() for name, param in params().items()} == {
        "limit": None,
        "dry_run": False,
        "force_shrink": False,
    }


def test_a_snapshot_is_picked_where_there_are_some() -> None:
    from airflow.sdk.exceptions import ParamValidationError

    from rightful.catalogue.load import load_source
    from rightful.settings import PROJECT_ROOT
    from rightful_airflow.builder import params

    sources = PROJECT_ROOT / "include/sources"
    crawl, own = (load_source(sources / f"{name}.yaml") for name in ("common_crawl_cc", "own_crawl"))
    assert params(crawl)["snapshot"].resolve() is None
    assert params(crawl)["snapshot"].resolve(value="CC-MAIN-2024-10") == "CC-MAIN-2024-10"
    with pytest.raises(ParamValidationError):
        params(crawl)["snapshot"].resolve(value="")
    assert "snapshot" not in params(own)
