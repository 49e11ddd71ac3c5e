"""A licensor's delivery in a real bucket, from its manifest to rows: what may not load is not read."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.system.pipeline.support import Nights, new_run, written
from tests.unit.connectors.onix_samples import LICENSE, NO_MINING, REFERENCE, product
from tests.unit.connectors.test_connector_linked import epub, pdf

from rightful.model import Slice
from rightful.pipeline.rerule import rerule
from rightful.settings import Settings
from rightful.store import s3

pytestmark = pytest.mark.system

SOURCE = r"""
id: {id}
title: A publisher's books
kind: bucket
channel: licensed_file
owner: test@example.org
homepage: https://example.org
start_date: 2026-01-01
license: {{scope: record, claims: [{{from: "record.licenses.0.links.0"}}]}}
failure_threshold: 0.9
fetch:
  base_url: s3://{bucket}/press/
  start_within: 0
  manifest: '(?:.*/)?manifest\.sha256'
  metadata: {{match: '.*\.onix\.xml'}}
  content: '(?:.*/)?(?P<id>[0-9]{{13}})\.(?:epub|pdf)'
  fields: {{id: id, url_template: "https://example.org/{{id}}", title: title, creators: creators}}
"""


def licensed(kind: str) -> str:
    return LICENSE.format(name=kind.upper(), link=f"https://creativecommons.org/licenses/{kind}/4.0/")


class Press:
    """A publisher's bucket, and the nights that read it."""

    def __init__(self, settings: Settings, source_id: str, folder: Path) -> None:
        self.store, self.bucket = s3.client(settings), source_id.replace("_", "-")
        self.store.create_bucket(Bucket=self.bucket)
        text = SOURCE.format(id=source_id, bucket=self.bucket)
        self.nights = Nights(written(folder, source_id, text), settings)

    def deliver(self, place: str, files: dict[str, bytes], sent: dict[str, bytes] | None = None) -> None:
        """``files`` with their manifest; ``sent`` is what comes in the place of some of them."""
        sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items())
        for name, data in {**files, **(sent or {}), "manifest.sha256": sums.encode()}.items():
            self.store.put_object(Bucket=self.bucket, Key=f"press/{place}/{name}", Body=data)

    def outcomes(self, slice: Slice) -> dict[str, tuple[str, str]]:
        rows = self.nights.ledger(slice)
        return {row["id"].split(":")[1].split("@")[0]: (row["outcome"], row["reason"]) for row in rows}

    def texts(self, slice: Slice) -> dict[str, str]:
        return {row["source_native_id"]: row["text"] for row in self.nights.corpus(slice).iter_rows(named=True)}


def onix(*products: str) -> bytes:
    return REFERENCE.format(products="".join(products)).encode()


def test_a_delivery_lands_by_what_its_description_says(settings: Settings, source_id: str, tmp_path: Path) -> None:
    press = Press(settings, source_id, tmp_path)
    names = [f"978000000000{number}" for number in range(7)]
    files = {
        "books.onix.xml": onix(
            product(names[0], more=licensed("by")),
            product(names[1], more=licensed("by-nc")),
            product(names[2], more=licensed("by") + NO_MINING),
            product(names[3], more=licensed("by"), notification="05"),
            product(names[4], more=licensed("by")),
            product(names[5]),
            product(names[6], more=licensed("by")),
        )
    }
    files |= {f"{name}.epub": epub(f"Book {name} tells of the sea.") for name in names[:6]}
    files[f"{names[6]}.pdf"] = pdf("Another book tells of the tides.")
    press.deliver("d1", files, {f"{names[4]}.epub": epub("not what was sent"), "later.epub": b"x"})
    slice = around(datetime.now(UTC))
    nights = press.nights
    nights.run(slice)
    nights.assert_balanced(slice)
    nights.assert_lawful()
    assert press.outcomes(slice) == {
        names[0]: ("allow", "allowed"),
        names[1]: ("deny", "nc"),
        names[2]: ("quarantine", "tdm_reserved"),
        names[3]: ("deny", "withdrawn"),
        names[4]: ("failed", "malformed"),
        names[5]: ("deny", "no_tag"),
        names[6]: ("allow", "allowed"),
    }
    texts = press.texts(slice)
    assert texts == {
        names[0]: f"Book {names[0]} tells of the sea.",
        names[6]: "Another book tells of the tides.",
    }
    # Ruled on again from the raw store alone, it is the same.
    for name in files:
        press.store.delete_object(Bucket=press.bucket, Key=f"press/d1/{name}")
    assert rerule(nights.source, slice, run=new_run(), settings=nights.settings) is not None
    assert press.texts(slice) == texts


def test_what_a_later_delivery_takes_back_leaves_and_stays_out(
    settings: Settings, source_id: str, tmp_path: Path
) -> None:
    press = Press(settings, source_id, tmp_path)
    one, two = "9780000000001", "9780000000002"
    files = {f"{name}.epub": epub(f"Book {name} tells of the sea.") for name in (one, two)}
    both = onix(product(one, more=licensed("by")), product(two, more=licensed("by")))
    press.deliver("d1", {"books.onix.xml": both, **files})
    begin = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2)
    first = Slice(start=begin - timedelta(hours=1), end=begin)
    press.nights.run(first)
    assert set(press.texts(first)) == {one, two}
    while datetime.now(UTC) < begin + timedelta(seconds=1):  # the store tells times in seconds
        time.sleep(0.1)
    press.deliver("d2", {"books.onix.xml": onix(product(one, notification="05"))})
    second = Slice(start=begin, end=begin + timedelta(hours=1))
    done = press.nights.run(second)
    assert press.outcomes(second) == {one: ("deny", "withdrawn")}
    assert set(press.texts(first)) == {two}
    assert done.published is not None
    # Neither the same night once more nor a backfill of the one before brings it back.
    press.nights.run(second)
    press.nights.run(first, force_shrink=True)
    assert press.outcomes(first)[one] == ("deny", "withdrawn")
    assert set(press.nights.ids()) == {document for document in press.nights.ids() if two in document}
    assert press.nights.ids()


def around(moment: datetime) -> Slice:
    now = moment.replace(microsecond=0)
    return Slice(start=now - timedelta(hours=1), end=now + timedelta(hours=1))
