"""A person's ruling on a tag, carried out on published slices: from the raw store, without asking the publisher."""

from __future__ import annotations

import json
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner
from tests.system.pipeline.support import Nights, OddNights, Site, new_run, night, worker
from tests.system.pipeline.support import listed as listed_ids

from demo import odd, open_news
from rightful.cli import main
from rightful.errors import AuditError, ConfigurationError, StoreError
from rightful.lineage.lookup import lookup
from rightful.model import Run, Slice
from rightful.pipeline import audit, publish
from rightful.pipeline.rerule import reread, rerule
from rightful.pipeline.review import Question, affected_slices, answered_tags, open_questions, record_review
from rightful.settings import Settings, get_settings
from rightful.store.ledger import Ledgers
from rightful.store.raw import RawStore
from rightful.store.s3 import client, split
from rightful.store.tables import Tables

pytestmark = pytest.mark.system

SLICE, OTHER = night(5), night(6)
VAGUE, NAMED, FORGED = "CC BY", "Newsroom Open Licence", "https://creativecommons.org.evil.com/licenses/by/4.0/"
OPEN = "CC-BY-SA-4.0"
QUARANTINED = [case for case in open_news.CASES if case.outcome == "quarantine"]


def listed(tag: str, slice: Slice) -> int:
    """Articles of a slice whose licence is just this tag, as the publisher knows."""
    stream = open_news.stream_of(1).between(int(slice.start.timestamp()), int(slice.end.timestamp()))
    cases = [open_news.case_of(moment) for moment in stream.part(0, len(stream))]
    return sum(case.license == tag for case in cases)


@pytest.fixture
def nights(site: Site, settings: Settings, tmp_path: Path, source_id: str) -> Nights:
    made = Nights(site.demo_source("demo_open_news", tmp_path, source_id), settings)
    made.run(SLICE)
    made.settings = made.settings.model_copy(update={"catalogue_dir": (tmp_path,)})
    return made


def questions(nights: Nights, **more: Any) -> dict[str, Question]:
    found = open_questions(nights.settings, [nights.source], **more)
    assert len({question.tag for question in found}) == len(found)
    return {question.tag: question for question in found}


def answer(nights: Nights, tag: str, decision: Any, expression: str | None = None) -> str:
    asked = questions(nights).get(tag)
    review = record_review(
        nights.settings, nights.source, tag, decision, by="jo@example.org", expression=expression, question=asked
    )
    return review.id


def ruled_again(nights: Nights, slice: Slice = SLICE) -> dict[str, int]:
    """Carry out what was answered; gives what changed."""
    done = rerule(nights.source, slice, run=new_run(), settings=nights.settings)
    assert (done.expired, done.unreadable) == (0, 0)
    if done.changed:
        assert done.published is not None
        assert done.published.published
        nights.assert_balanced(slice)
    return done.changed


def with_tag(nights: Nights, tag: str, slice: Slice = SLICE) -> pl.DataFrame:
    return nights.corpus(slice).filter(pl.col("license_raw") == tag)


def test_an_allowed_tag_loads_what_was_quarantined_and_the_publisher_is_not_asked(nights: Nights, site: Site) -> None:
    before, asked = nights.corpus(SLICE), len(site.asked())
    found = questions(nights)
    assert {VAGUE, NAMED, FORGED, "MIT OR", "https://creativecommons.org/publicdomain/mark/1.0/"} <= set(found)
    assert len(found) == len(QUARANTINED) - 1  # that of contradicting claims is no person's to lift
    vague = found[VAGUE]
    records = listed(VAGUE, SLICE)
    assert (vague.records, vague.reasons, vague.slices) == (records, {"unversioned": records}, 1)
    assert (vague.proposed, vague.candidates[0], vague.reads) == (None, "CC-BY-4.0", "LicenseRef-CC-BY-unversioned")
    assert len(vague.urls) == min(records, 5)
    assert vague.first_slice == SLICE.start
    assert {question.tag for question in questions(nights, unanswerable=True).values() if not question.answerable} == {
        "https://creativecommons.org/licenses/by/4.0/"
    }
    assert affected_slices(nights.settings, nights.source, [VAGUE]) == []

    review = answer(nights, VAGUE, "allow", "CC-BY-4.0")
    assert answered_tags(nights.settings, nights.source) == [VAGUE]
    assert affected_slices(nights.settings, nights.source, [VAGUE, FORGED]) == [SLICE]
    assert ruled_again(nights) == {"quarantine → allow": records}

    released = with_tag(nights, VAGUE)
    assert set(released["ruling_rule"]) == {f"review:{review}"}
    assert set(released["license_expression"]) == {"CC-BY-4.0"}
    assert {(claim["raw"], claim["expression"]) for claims in released["claims"] for claim in claims} == {
        (VAGUE, "LicenseRef-CC-BY-unversioned")
    }
    assert len(site.asked()) == asked
    # What loaded before is there as it was, in the same place.
    same = ["id", "text", "claims", "license_expression", "ruling_rule", "raw_uri", "raw_offset", "fetched_at"]
    kept = nights.corpus(SLICE).filter(pl.col("license_raw") != VAGUE)
    assert kept.select(same).sort("id").equals(before.select(same).sort("id"))
    # The bytes moved out of the folder that empties itself, and are those that were received.
    raw = RawStore(nights.settings)
    for row in released.iter_rows(named=True):
        assert split(row["raw_uri"])[1].startswith("raw/")
        assert row["id"].partition("@")[0].partition(":")[2].encode() in raw.get(
            row["raw_uri"], row["raw_offset"], row["raw_length"]
        )
    (hit,) = lookup(nights.settings, released["id"][0])
    assert hit["usable"], hit["why_not"]
    assert [(row["review_id"], row["reviewed_by"], row["records"]) for row in hit["reviews"]] == [
        (review, "jo@example.org", records)
    ]
    # Answered once, carried out once; and the next night loads it as it comes.
    assert VAGUE not in questions(nights, unanswerable=True)
    assert affected_slices(nights.settings, nights.source, [VAGUE]) == []
    assert ruled_again(nights) == {}
    nights.run(OTHER)
    assert len(with_tag(nights, VAGUE, OTHER)) == listed(VAGUE, OTHER)


def test_a_person_cannot_allow_what_the_policy_or_the_tag_forbids(nights: Nights) -> None:
    for tag, expression in (
        (VAGUE, "CC-BY-NC-4.0"),
        (VAGUE, "CC0-1.0"),
        (VAGUE, "GPL-3.0-only"),
        (VAGUE, "nonsense"),
        ("https://creativecommons.org/licenses/by-nc/4.0/", "CC-BY-4.0"),
        ("All rights reserved", "CC-BY-4.0"),
        ("", "CC-BY-4.0"),
        ("MIT OR CC-BY-NC-4.0 OR", "MIT"),
    ):
        with pytest.raises(ConfigurationError):
            answer(nights, tag, "allow", expression)
    assert Ledgers(Tables(nights.settings)).reviews(nights.source.id) == []


def test_a_later_denial_takes_out_what_an_allow_let_in_and_can_be_taken_back(nights: Nights, site: Site) -> None:
    records = listed(NAMED, SLICE)
    without, asked = nights.ids(SLICE), len(site.asked())
    answer(nights, NAMED, "allow", "CC-BY-4.0")
    assert ruled_again(nights) == {"quarantine → allow": records}
    texts = with_tag(nights, NAMED).sort("id")["text"].to_list()
    assert len(texts) == records

    (hit,) = lookup(nights.settings, with_tag(nights, NAMED)["id"][0])
    assert hit["usable"]
    review = answer(nights, NAMED, "deny")
    (hit,) = lookup(nights.settings, hit["id"])
    assert not hit["usable"]  # at once, before any slice is run again
    assert "jo@example.org" in hit["why_not"]
    answer(nights, NAMED, "later")  # takes nothing back
    assert affected_slices(nights.settings, nights.source, [NAMED]) == [SLICE]
    assert ruled_again(nights) == {"allow → deny": records}
    assert nights.ids(SLICE) == without
    assert {row["rule"] for row in nights.ledger(SLICE) if row["rule"].startswith("review:")} == {f"review:{review}"}

    answer(nights, NAMED, "allow", "CC-BY-3.0")
    assert affected_slices(nights.settings, nights.source, [NAMED]) == [SLICE]
    assert ruled_again(nights) == {"deny → allow": records}
    assert with_tag(nights, NAMED).sort("id")["text"].to_list() == texts
    assert len(site.asked()) == asked


@pytest.mark.parametrize("copies", ["[one]", "[one, two]"])
def test_when_a_text_is_denied_another_record_that_has_it_under_its_own_licence_loads(
    odd_nights: OddNights, site: Site, tmp_path: Path, copies: str
) -> None:
    """It came later, in the same shard or in another one, and stood back as a duplicate."""
    nights = odd_nights("reprinted", {"\nfetch:\n": f"\nshard: {{over: {{copy: {copies}}}}}\nfetch:\n"})
    nights.settings = nights.settings.model_copy(update={"catalogue_dir": (tmp_path,)})
    answer(nights, odd.OWN_LICENSE, "allow", "CC-BY-4.0")
    nights.run(SLICE)
    number = odd.good_ids(int(SLICE.start.timestamp()), int(SLICE.end.timestamp()))[0]
    first, before = f"{nights.source.id}:{number}@", nights.ids(SLICE)
    assert before == listed_ids(nights, SLICE)
    again = sum(row["outcome"] == "duplicate" for row in nights.ledger(SLICE))
    assert again == len(copies.split(","))  # the reprint of each shard
    asked = len(site.asked())

    answer(nights, odd.OWN_LICENSE, "deny")
    assert affected_slices(nights.settings, nights.source, [odd.OWN_LICENSE]) == [SLICE]
    assert ruled_again(nights) == {"allow → deny": 1, "duplicate → allow": 1}
    (reprint,) = set(nights.ids(SLICE)) - set(before)
    assert reprint.startswith(f"{nights.source.id}:{number}-reprint@")
    assert [id for id in before if id.startswith(first)] == sorted(set(before) - set(nights.ids(SLICE)))
    nights.assert_lawful()
    (hit,) = lookup(nights.settings, reprint)
    assert hit["usable"], hit["why_not"]

    # Taken back, the first one stands behind the reprint: no text is there twice, none is lost.
    answer(nights, odd.OWN_LICENSE, "allow", "CC-BY-4.0")
    assert ruled_again(nights) == {"deny → duplicate": 1}
    assert reprint in nights.ids(SLICE)
    assert affected_slices(nights.settings, nights.source, [odd.OWN_LICENSE]) == []
    assert len(site.asked()) == asked


def test_a_denial_of_a_tag_that_loads_by_itself_can_be_taken_back(nights: Nights) -> None:
    before, records = nights.ids(SLICE), listed(OPEN, SLICE)
    assert records
    with pytest.raises(ConfigurationError, match="loads without a ruling"):
        answer(nights, OPEN, "allow", OPEN)
    answer(nights, OPEN, "deny")
    assert ruled_again(nights) == {"allow → deny": records}
    with pytest.raises(ConfigurationError, match="loads without a ruling"):
        answer(nights, OPEN, "allow", "CC-BY-4.0")  # it says more than that
    answer(nights, OPEN, "allow", OPEN)
    assert affected_slices(nights.settings, nights.source, [OPEN]) == [SLICE]
    assert ruled_again(nights) == {"deny → allow": records}
    assert nights.ids(SLICE) == before
    assert affected_slices(nights.settings, nights.source, [OPEN]) == []


def test_killed_between_audit_and_publish_readers_see_the_old_slice_and_it_is_done_again(
    nights: Nights, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = nights.corpus(SLICE).sort("id")
    answer(nights, VAGUE, "allow", "CC-BY-4.0")
    process = worker(
        settings,
        do="rerule",
        source=str(next(tmp_path.glob("*.yaml"))),
        start=SLICE.start.isoformat(),
        end=SLICE.end.isoformat(),
        run=new_run().run_id,
    )
    out, errors = process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL, errors
    assert "audited" in out
    assert nights.corpus(SLICE).sort("id").equals(before)

    # What was recorded is carried out by the command line, which needs no memory of what broke off.
    monkeypatch.setenv("RIGHTFUL_CATALOGUE_DIR", str(tmp_path))
    monkeypatch.setenv("RIGHTFUL_CONTRACTS_DIR", str(nights.settings.contracts_dir))
    get_settings.cache_clear()
    for expected in ([{"quarantine → allow": listed(VAGUE, SLICE)}], []):
        done = CliRunner().invoke(main, ["review", nights.source.id, "--apply", "--json"], catch_exceptions=False)
        assert [json.loads(line)["changed"] for line in done.stdout.splitlines()] == expected
    get_settings.cache_clear()
    nights.assert_balanced(SLICE)
    assert len(with_tag(nights, VAGUE)) == listed(VAGUE, SLICE)


def test_what_is_answered_or_published_between_audit_and_publish_stops_it(nights: Nights) -> None:
    answer(nights, VAGUE, "allow", "CC-BY-4.0")

    def audited(run: Run) -> str:
        again = reread(nights.source, SLICE, run=run, settings=nights.settings)
        assert again is not None
        report = audit(nights.source, SLICE, [again.result], run=run, settings=nights.settings, replaces=again.replaces)
        assert report.manifest is not None
        return report.manifest

    run = new_run()
    manifest = audited(run)
    answer(nights, FORGED, "allow", "CC-BY-4.0")  # takes nothing away
    publish(nights.source, SLICE, manifest, run=run, settings=nights.settings)
    assert len(with_tag(nights, VAGUE)) == listed(VAGUE, SLICE)

    run = new_run()
    manifest = audited(run)
    answer(nights, VAGUE, "deny")
    with pytest.raises(AuditError, match="what people ruled on its tags changed"):
        publish(nights.source, SLICE, manifest, run=run, settings=nights.settings)

    run = new_run()
    manifest = audited(run)
    fetched = nights.run(SLICE)
    with pytest.raises(AuditError, match="another run has published the slice"):
        publish(nights.source, SLICE, manifest, run=run, settings=nights.settings)
    assert nights.published(SLICE)["run_id"] == fetched.run.run_id
    assert ruled_again(nights) == {}


def test_one_that_died_while_it_published_counts_as_dead_after_a_while(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rulings are in the ledger then, its documents are not in the corpus."""
    before = nights.ids(SLICE)
    answer(nights, VAGUE, "allow", "CC-BY-4.0")

    def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sys.modules["rightful.store.publish"]._Steps, "corpus", dies)
        with pytest.raises(KeyboardInterrupt):
            ruled_again(nights)
    assert nights.ids(SLICE) == before
    with pytest.raises(StoreError, match="another run is publishing the slice"):
        ruled_again(nights)
    monkeypatch.setattr(sys.modules["rightful.pipeline.rerule"], "IN_FLIGHT", timedelta(0))
    assert affected_slices(nights.settings, nights.source, [VAGUE]) == [SLICE]
    assert ruled_again(nights) == {"quarantine → allow": listed(VAGUE, SLICE)}


def test_bytes_that_have_expired_leave_the_record_quarantined(nights: Nights, settings: Settings) -> None:
    store = client(settings)
    for row in nights.ledger(SLICE):
        if row["outcome"] == "quarantine":
            bucket, key = split(row["raw_uri"])
            store.delete_object(Bucket=bucket, Key=key)
    answer(nights, VAGUE, "allow", "CC-BY-4.0")
    before = nights.ids(SLICE)
    done = rerule(nights.source, SLICE, run=new_run(), settings=nights.settings)
    assert (done.changed, done.expired, done.published) == (
        {},
        sum(row["outcome"] == "quarantine" for row in nights.ledger(SLICE)),
        None,
    )
    assert nights.ids(SLICE) == before
