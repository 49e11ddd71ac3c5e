"""Source ``publisher_delivery``: a delivery by its manifest, by contract alone. No network is used."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, date, datetime
from pathlib import Path

from tests.unit.connectors.onix_samples import REFERENCE, product
from tests.unit.connectors.test_connector_linked import epub, pdf
from tests.unit.sources.replay import source_of

from rightful.catalogue.load import load_contracts
from rightful.connectors.bucket import BucketConnector
from rightful.connectors.files.objects import Objects
from rightful.licensing.decide import decide
from rightful.licensing.policy import load_policy
from rightful.model import Record, Slice
from rightful.settings import PROJECT_ROOT

DAY = Slice(start=datetime(2026, 3, 1, tzinfo=UTC), end=datetime(2026, 3, 2, tzinfo=UTC))
FILES = {
    "books.onix.xml": REFERENCE.format(products=product("9780000000001") + product("9780000000002", notification="05")),
    "9780000000001.epub": epub("Ein Buch über die Gezeiten."),
    "9780000000002.pdf": pdf("A book that was taken back."),
}


def test_a_delivery_is_ruled_by_its_contract(tmp_path: Path) -> None:
    given = source_of("publisher_delivery")
    assert not given.enabled
    fetch = given.bucket.model_copy(update={"base_url": f"file://{tmp_path}/", "start_within": 0.0})
    source = given.model_copy(update={"fetch": fetch})
    data = {f"march/{name}": text.encode() if isinstance(text, str) else text for name, text in FILES.items()}
    lines = [f"{hashlib.sha256(body).hexdigest()}  {name.rpartition('/')[2]}\n" for name, body in data.items()]
    data["march/manifest.sha256"] = "".join(lines).encode()
    (tmp_path / "march").mkdir()
    for name, body in data.items():
        (tmp_path / name).write_bytes(body)
        os.utime(tmp_path / name, (DAY.start.timestamp() + 60,) * 2)
    with BucketConnector(source, objects=Objects(source)) as connector:
        (shard,) = connector.plan(DAY)
        (page,) = connector.fetch(shard)
        first, second = page.records
        assert isinstance(first, Record)
        assert isinstance(second, Record)
        assert (first.native_id, first.title) == ("9780000000001", "Die Gezeiten: 潮汐")
        assert first.creators[0] == "Ada Ångström"
        assert (first.deleted, second.deleted) == (False, True)
        read = connector.complete_text(first)
        assert isinstance(read, Record)
        assert read.body == "Ein Buch über die Gezeiten."
    contracts, errors = load_contracts(PROJECT_ROOT / "include/contracts")
    assert not errors
    policy = load_policy(PROJECT_ROOT / "include/policy.yaml")
    ruling = decide(first.claims, first.optouts, source, policy, contracts, {}, (), None, date(2026, 3, 2))
    assert (ruling.decision.value, ruling.reason.value) == ("deny", "expired")  # nothing is signed
