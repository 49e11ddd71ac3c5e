"""Days on the command line are cut into slices as a backfill cuts them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.unit.cli.conftest import GOOD

from rightful.catalogue.load import load_source
from rightful.catalogue.models import Source
from rightful.cli.slices import last_moment, moment, slices_between
from rightful.errors import ConfigurationError

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def source(folder: Path, schedule: str) -> Source:
    path = folder / "good.yaml"
    path.write_text(GOOD.replace("start_date:", f'schedule: "{schedule}"\nstart_date:'))
    return load_source(path)


def cut(folder: Path, schedule: str, first: str, last: str) -> list[str]:
    found = slices_between(source(folder, schedule), moment(first), last_moment(last), now=NOW)
    return [str(slice).replace(":00:00Z", "") for slice in found]


@pytest.mark.parametrize(
    ("schedule", "first", "last", "slices"),
    [
        ("0 0 * * *", "2026-03-01", "2026-03-01", ["2026-03-01T00/2026-03-02T00"]),
        ("0 0 * * *", "2026-03-01", "2026-03-02", ["2026-03-01T00/2026-03-02T00", "2026-03-02T00/2026-03-03T00"]),
        ("@daily", "2026-03-01", "2026-03-01", ["2026-03-01T00/2026-03-02T00"]),
        ("0 2 * * *", "2026-03-01", "2026-03-01", ["2026-03-01T02/2026-03-02T02"]),
        ("0 */12 * * *", "2026-03-01", "2026-03-01", ["2026-03-01T00/2026-03-01T12", "2026-03-01T12/2026-03-02T00"]),
        ("0 */12 * * *", "2026-03-01", "2026-03-01T00:00", ["2026-03-01T00/2026-03-01T12"]),
        ("0 */12 * * *", "2026-03-01T02:00+02:00", "2026-03-01T11:00", ["2026-03-01T00/2026-03-01T12"]),
        ("0 0 1 * *", "2026-02-01", "2026-02-28", ["2026-02-01T00/2026-03-01T00"]),
        ("0 0 * * 1", "2026-03-01", "2026-03-07", ["2026-03-02T00/2026-03-09T00"]),
    ],
)
def test_slices(catalogue: Path, schedule: str, first: str, last: str, slices: list[str]) -> None:
    assert cut(catalogue, schedule, first, last) == slices


@pytest.mark.parametrize(
    ("schedule", "first", "last", "says"),
    [
        ("0 0 * * *", "2026-03-02", "2026-03-01", "lies before --from"),
        ("0 0 1 * *", "2026-03-02", "2026-03-03", "no slice begins"),
        ("0 0 * * *", "2026-05-31", "2026-06-01", "has not ended yet"),
        ("0 0 * * *", "2025-12-31", "2026-01-01", "before the source's start_date"),
        ("* * * * *", "2026-01-01", "2026-05-01", "more than"),
    ],
)
def test_ranges_that_make_no_sense(catalogue: Path, schedule: str, first: str, last: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        cut(catalogue, schedule, first, last)
