"""A licensor's delivery in a real bucket, from its manifest to rows: what may not load is not read."""

from __future__ import annotations

import hashlib
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


def test_a_delivery_lands_by_what_its_description_says(settings: Settings, source_id: str, tmp_path: Path) -> None:
    store = s3.client(settings)
    bucket = source_id.replace("_", "-")
    store.create_bucket(Bucket=bucket)
    names = [f"978000000000{number}" for number in range(7)]
    products = [
        product(names[0], more=licensed("by")),
        product(names[1], more=licensed("by-nc")),
        product(names[2], more=licensed("by") + NO_MINING),
        product(names[3], more=licensed("by"), notification="05"),
        product(names[4], more=licensed("by")),
        product(names[5]),
        product(names[6], more=licensed("by")),
    ]
    files = {"books.onix.xml": REFERENCE.format(products="".join(products)).encode()}
    files |= {f"{name}.epub": epub(f"Book {name} tells of the sea.") for name in names[:6]}
    files[f"{names[6]}.pdf"] = pdf("Another book tells of the tides.")
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items())
    files[f"{names[4]}.epub"] = epub("not what was sent")
    for name, data in {**files, "manifest.sha256": sums.encode(), "later.epub": b"x"}.items():
        store.put_object(Bucket=bucket, Key=f"press/d1/{name}", Body=data)
    now = datetime.now(UTC).replace(microsecond=0)
    slice = Slice(start=now - timedelta(hours=1), end=now + timedelta(hours=1))
    nights = Nights(written(tmp_path, source_id, SOURCE.format(id=source_id, bucket=bucket)), settings)
    nights.run(slice)
    nights.assert_balanced(slice)
    nights.assert_lawful()
    ledger = {row["id"].split(":")[1].split("@")[0]: (row["outcome"], row["reason"]) for row in nights.ledger(slice)}
    assert ledger == {
        names[0]: ("allow", "allowed"),
        names[1]: ("deny", "nc"),
        names[2]: ("quarantine", "tdm_reserved"),
        names[3]: ("deny", "withdrawn"),
        names[4]: ("failed", "malformed"),
        names[5]: ("deny", "no_tag"),
        names[6]: ("allow", "allowed"),
    }
    texts = {row["source_native_id"]: row["text"] for row in nights.corpus(slice).iter_rows(named=True)}
    assert texts == {
        names[0]: f"Book {names[0]} tells of the sea.",
        names[6]: "Another book tells of the tides.",
    }
    # Ruled on again from the raw store alone, it is the same.
    for name in files:
        store.delete_object(Bucket=bucket, Key=f"press/d1/{name}")
    assert rerule(nights.source, slice, run=new_run(), settings=nights.settings) is not None
    assert {row["source_native_id"]: row["text"] for row in nights.corpus(slice).iter_rows(named=True)} == texts
