"""Bad input of every kind, through the whole pipeline: a ledger row or one clear error, and the rest lands."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from pathlib import Path

import boto3
import pytest
from tests.system.pipeline.support import Nights, OddNights, Site, listed, new_run, night, written

from demo import odd
from demo.odd_sources import source_yaml
from rightful.catalogue.load import load_catalogue
from rightful.errors import BlockedAddress, EndlessCursor, Malformed, RightfulError
from rightful.model import Progress
from rightful.settings import Settings
from rightful.store.raw import RawStore
from rightful.store.tables import Tables

pytestmark = pytest.mark.system

SLICE = night(6)


def assert_the_rest_lands(nights: Nights, reason: str, said: str) -> None:
    """The second of three pages is lost, and the ledger says so; the ten records of the others are there."""
    done = nights.run(SLICE)
    assert done.report.counts == {"allow": 10, "failed": 1}
    assert done.report.reasons == {"allow:allowed": 10, f"failed:{reason}": 1}
    whole = listed(nights, SLICE)
    assert nights.ids() == whole[:5] + whole[10:]
    (row,) = [row for row in nights.ledger(SLICE) if row["outcome"] == "failed"]
    assert said in row["evidence"]
    assert "page=2" in row["source_url"]
    nights.assert_balanced(SLICE)


def assert_one_clear_error(nights: Nights, kind: type[RightfulError], said: str, pages_done: int) -> None:
    """The shard fails with this one error, nothing is visible, and the pages before are saved for another try."""
    (shard,), saved = nights.plan(SLICE), list[Progress]()
    with pytest.raises(kind, match=said) as caught:
        nights.acquire(shard, new_run(), saved=saved)
    message = str(caught.value)
    assert f"source {nights.source.id}, slice {SLICE}" in message
    assert " — " in message, "no remedy"
    assert "\n" not in message
    assert len(message) < 600
    assert nights.ids() == []
    assert [progress.result.fetched for progress in saved[-1:]] == ([5 * pages_done] if pages_done else [])
    assert all(not progress.complete for progress in saved)


def test_broken_json(odd_nights: OddNights) -> None:
    assert_the_rest_lands(odd_nights("broken_json"), "malformed", "broken JSON")


def test_an_html_error_page_with_status_200(odd_nights: OddNights) -> None:
    assert_the_rest_lands(odd_nights("html_200"), "malformed", "the answer is text/html, not JSON")


def test_nothing_but_html_error_pages_with_status_200(odd_nights: OddNights) -> None:
    assert_one_clear_error(odd_nights("html_always"), Malformed, "the answer is text/html, not JSON", 0)


def test_wrong_charset(odd_nights: OddNights) -> None:
    """It says UTF-8 and sends Latin-1: its records can't be read, one by one."""
    nights = odd_nights("wrong_charset")
    done = nights.run(SLICE)
    assert done.report.reasons == {"allow:allowed": 10, "failed:malformed": 5}
    whole = listed(nights, SLICE)
    assert nights.ids() == whole[:5] + whole[10:]
    evidence = [row["evidence"] for row in nights.ledger(SLICE) if row["outcome"] == "failed"]
    assert [text.partition(":")[0] for text in evidence] == [f"items[{place}]" for place in range(5)]
    assert all("utf-8" in text.lower() for text in evidence), evidence
    nights.assert_balanced(SLICE)


def test_an_endless_cursor(odd_nights: OddNights) -> None:
    """Its tokens lead in a circle."""
    assert_one_clear_error(odd_nights("endless_cursor"), EndlessCursor, "a cursor that was there already", 3)


def test_an_endless_cursor_that_is_always_new(odd_nights: OddNights) -> None:
    assert_one_clear_error(odd_nights("endless_new"), EndlessCursor, "more than 50 pages", 1)


def test_a_repeating_page(odd_nights: OddNights) -> None:
    assert_one_clear_error(odd_nights("repeating_page"), EndlessCursor, "the same page again", 1)


@pytest.mark.parametrize("name", ["huge_body", "huge_declared", "gzip_bomb"])
def test_a_body_of_5_gb_is_capped(odd_nights: OddNights, name: str) -> None:
    nights = odd_nights(name)
    most = nights.source.limits.response_bytes
    assert 1000 * most < odd.HUGE
    assert_the_rest_lands(nights, "too_large", f"{most:,}")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("redirect_metadata", "169.254.169.254"),
        ("redirect_host", "elsewhere.example"),
        ("redirect_file", "file"),
    ],
)
def test_a_redirect_to_where_the_source_may_not_go(odd_nights: OddNights, name: str, said: str) -> None:
    assert_one_clear_error(odd_nights(name), BlockedAddress, said, 1)


def test_ids_with_dots_and_slashes_lead_nowhere(odd_nights: OddNights, settings: Settings) -> None:
    nights = odd_nights("traversal")
    nights.run(SLICE)
    rows = nights.ledger(SLICE)
    # Ids that would forge lines in a log are no ids.
    forged = [id for id in odd.HOSTILE_IDS if not id.isprintable()]
    assert [row["outcome"] for row in rows].count("failed") == len(forged) > 0
    assert [row["outcome"] for row in rows].count("allow") == 15 - len(forged)
    # An id is a name, whatever it looks like, and never part of a path.
    names = [id.removeprefix(f"{nights.source.id}:").rpartition("@")[0] for id in nights.ids()]
    assert set(names) >= set(odd.HOSTILE_IDS) - set(forged)
    assert nights.ids() == sorted(row["id"] for row in rows if row["outcome"] == "allow")
    nights.assert_balanced(SLICE)
    # What was written lies where it should, under names that we made.
    store = boto3.client(
        "s3",
        endpoint_url=settings.s3_endpoint,
        aws_access_key_id=settings.s3_access_key_id,
        aws_secret_access_key=settings.s3_secret_access_key.get_secret_value(),  # type: ignore[union-attr]
        region_name=settings.s3_region,
    )
    pages = store.get_paginator("list_objects_v2").paginate(Bucket=settings.raw_bucket)
    keys = [item["Key"] for page in pages for item in page.get("Contents", ())]
    assert {key.partition("/")[0] for key in keys} <= {"raw", "quarantine", "manifests"}
    assert all(len(key.split("/")) == 3 and len(key.rpartition("/")[2]) == 64 for key in keys)
    files = Tables(settings).corpus(nights.source.id).inspect.files()["file_path"].to_pylist()
    assert all(".." not in path and "passwd" not in path for path in files)
    raw = RawStore(settings)
    for row in rows:
        if row["outcome"] == "failed":
            continue
        blob = raw.get(row["raw_uri"], row["raw_offset"], row["raw_length"])
        assert hashlib.sha256(blob).hexdigest() == row["raw_sha256"]


def test_a_bad_record_among_good_ones(odd_nights: OddNights) -> None:
    """Seven kinds of it, each in a shard of its own, whose good records are the same."""
    kinds = list(range(len(odd.BAD_RECORDS)))
    nights = odd_nights("bad_record", {"\nfetch:\n": f"\nshard: {{over: {{kind: {list(map(str, kinds))}}}}}\nfetch:\n"})
    done = nights.run(SLICE)
    assert [result.counts for result in done.results] == [{"allow": 15, "failed": 1}] * len(kinds)
    assert done.report.counts == {"allow": 15, "duplicate": 15 * (len(kinds) - 1), "failed": len(kinds)}
    assert nights.ids() == listed(nights, SLICE)
    failed = {row["raw_sha256"]: row for row in nights.ledger(SLICE) if row["outcome"] == "failed"}
    assert set(failed) == {hashlib.sha256(bad).hexdigest() for bad in odd.BAD_RECORDS}
    for row in failed.values():
        assert row["reason"] == "malformed"
        assert row["evidence"].startswith("items[2]: ")
        assert "/odd/bad_record." in row["source_url"]
    nights.assert_balanced(SLICE)


# ---------------------------------------------------------------- source files


def bomb() -> str:
    """Nine lines of YAML that stand for a billion words."""
    lines = ['a: &a ["lol","lol","lol","lol","lol","lol","lol","lol","lol"]']
    names = "abcdefghi"
    for before, name in pairwise(names):
        lines.append(f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]")
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("name", "broken", "said"),
    [
        ("yaml_with_unknown_keys", "titel: Wrong\nlicence: none\n", ["titel", "licence"]),
        ("yaml_bomb", None, ["anchor `&a`"]),
    ],
)
def test_a_source_file_of_this_kind_is_named_and_the_others_run(
    name: str, broken: str | None, said: list[str], site: Site, settings: Settings, source_id: str, tmp_path: Path
) -> None:
    """YAML with unknown keys, and a YAML bomb."""
    good = written(tmp_path, f"odd_good_{source_id}", source_yaml("good", site.address, instance=source_id))
    text = bomb() if broken is None else broken + good.read_text("utf-8")
    (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    catalogue = load_catalogue([tmp_path])
    assert sorted(catalogue.sources) == [f"odd_good_{source_id}"]
    assert {Path(error.file).name for error in catalogue.errors} == {f"{name}.yaml"}
    told = "\n".join(map(str, catalogue.errors))
    assert all(word in told for word in said), told
    assert len(told) < 2_000
    nights = Nights(good, settings)
    nights.run(SLICE)
    assert nights.ids() == listed(nights, SLICE)
