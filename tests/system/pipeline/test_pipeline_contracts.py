"""Contracts on the real store: a quota that several shards, runs and sources share, and what leaves after the end."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.system.nights import today
from tests.system.pipeline.support import Nights, Site, listed, new_run, night, written

from demo.odd_sources import source_yaml
from rightful.errors import AuditError, ConfigurationError
from rightful.licensing.contracts import ended, load_contracts
from rightful.lineage.lookup import lookup
from rightful.pipeline import audit, publish
from rightful.pipeline.contract_end import documents_of, move_out
from rightful.pipeline.plan import SHARDS
from rightful.settings import Settings
from rightful.store.ledger import Ledgers
from rightful.store.tables import Tables

pytestmark = pytest.mark.system

TODAY = today(timedelta(minutes=20)).date()
LICENSE = """\
  scope: record
  basis: every record names its licence
  claims: [{from: record.license, strength: publisher}]
"""


class Deal:
    """A contract file of this test's own, and the sources that it covers."""

    def __init__(self, folder: Path, site: Site, settings: Settings, source_id: str) -> None:
        self.folder, self.site, self.settings, self.id = folder, site, settings, f"deal_{source_id}"
        self.sources = [f"odd_good_{source_id}", f"odd_good_{source_id}_b"]
        (folder / "contracts").mkdir()
        self.write()

    def write(self, **terms: Any) -> None:
        terms = {"valid_from": "2020-01-01", "valid_until": str(TODAY), "permitted_uses": "[training]", **terms}
        lines = "".join(f"{key}: {value}\n" for key, value in terms.items())
        text = f"id: {self.id}\ntitle: A deal\nsources: [{', '.join(self.sources)}]\nevidence: drawer 7\n{lines}"
        (self.folder / f"contracts/{self.id}.yaml").write_text(text, "utf-8")

    def nights(self, number: int = 0, shards: str = "") -> Nights:
        text = source_yaml("good", self.site.address, instance=self.sources[number].removeprefix("odd_good_"))
        changes = {LICENSE: f"  scope: contract\n  contract: {self.id}\n"}
        if shards:
            changes["\nfetch:\n"] = f"\nshard: {{over: {{copy: {shards}}}}}\nfetch:\n"
        path = written(self.folder, self.sources[number], text, changes)
        nights = Nights(path, self.settings, contracts=self.folder / "contracts")
        nights.settings = nights.settings.model_copy(update={"catalogue_dir": (self.folder,)})
        return nights


@pytest.fixture
def deal(tmp_path: Path, site: Site, settings: Settings, source_id: str) -> Deal:
    return Deal(tmp_path, site, settings, source_id)


def test_a_quota_ends_in_the_middle_of_a_shard_across_shards_runs_and_sources(deal: Deal) -> None:
    deal.write(quota_documents=20)
    nights, slice = deal.nights(), night()
    (whole,), (part,) = nights.plan(slice), nights.plan(slice, limit=9)
    run = new_run()
    # Two shards that know nothing of each other: each alone fits the quota, together they bring 15 documents.
    results = [
        nights.acquire(msgspec.structs.replace(shard, params={**shard.params, SHARDS: 2}), run)
        for shard in (part, msgspec.structs.replace(whole, id="whole"))
    ]
    first = nights.finish(slice, results, run)
    assert first.report.counts == {"allow": 15, "duplicate": 9}
    # The next night's only shard stops in its middle.
    second = nights.run(night(1))
    assert second.report.reasons == {"allow:allowed": 5, "deny:contract_quota": 10}
    told = [row for row in nights.ledger(night(1)) if row["reason"] == "contract_quota"]
    assert {row["rule"] for row in told} == {f"contract:{deal.id}"}
    # Another source of the same contract gets nothing; a night that runs again gets its own share again.
    assert deal.nights(1).run(slice).report.reasons == {"deny:contract_quota": 15}
    assert nights.run(night(1)).report.reasons == second.report.reasons
    nights.assert_balanced(slice)
    nights.assert_balanced(night(1))
    assert Ledgers(Tables(nights.settings)).usage(deal.id)["documents"] == 20


def test_what_two_shards_bring_together_is_cut_to_the_quota(deal: Deal) -> None:
    nights, slice, run = deal.nights(), night(), new_run()
    (whole,), (part,) = nights.plan(slice), nights.plan(slice, limit=4)
    shards = [part, *(msgspec.structs.replace(whole, id=name) for name in ("whole", "again"))]
    results = []
    for shard, quota in zip(shards, (12, 12, 3), strict=True):
        deal.write(quota_documents=quota)
        results.append(nights.acquire(msgspec.structs.replace(shard, params={**shard.params, SHARDS: 3}), run))
    assert [result.counts.get("allow") for result in results] == [4, 12, 3]
    deal.write(quota_documents=10)
    done = nights.finish(slice, results, run)
    # Of 12 documents, 7 of them brought again, 10 fit. That one shard had no room for what another took contradicts
    # nothing.
    assert done.report.counts == {"allow": 10, "deny": 17, "duplicate": 7}
    assert done.report.reasons["deny:contract_quota"] == 17
    assert nights.ids() == listed(nights, slice)[:10]
    nights.assert_balanced(slice)


def test_two_runs_that_were_audited_at_once_do_not_both_publish_beyond_the_quota(deal: Deal) -> None:
    deal.write(quota_documents=20)
    pair = [(deal.nights(0), night()), (deal.nights(1), night())]
    audited = []
    for nights, slice in pair:
        run = new_run()
        results = [nights.acquire(shard, run) for shard in nights.plan(slice)]
        report = audit(nights.source, slice, results, run=run, settings=nights.settings)
        assert report.manifest is not None
        audited.append((nights, slice, report.manifest, run))
    (one, slice, manifest, run), (other, slice2, manifest2, run2) = audited
    publish(one.source, slice, manifest, run=run, settings=one.settings)
    with pytest.raises(AuditError, match=f"since the audit what contract {deal.id} has given changed"):
        publish(other.source, slice2, manifest2, run=run2, settings=other.settings)
    assert other.ids() == []
    assert other.run(slice2).report.reasons == {"allow:allowed": 5, "deny:contract_quota": 10}


def test_after_its_end_a_contracts_documents_leave_and_stay_out(deal: Deal) -> None:
    nights, slice = deal.nights(), night()
    nights.run(slice)
    nights.run(night(1))
    deal.nights(1).run(slice)
    ids = nights.ids()
    assert len(ids) == 30
    contracts = load_contracts(nights.settings.contracts_dir)
    contract = contracts[deal.id]
    tomorrow = TODAY + timedelta(days=1)
    # Today is the last day, on which nothing leaves.
    assert ended(contracts, TODAY) == []
    with pytest.raises(ConfigurationError, match=f"runs until {TODAY}"):
        move_out(nights.settings, contract, new_run(), on=TODAY)
    (ending,) = ended(contracts, tomorrow)
    assert (ending.contract, ending.on_end, ending.days_left) == (deal.id, "withdraw", -1)

    told = move_out(nights.settings, contract, new_run(), on=tomorrow)
    assert (told.dry_run, told.documents) == (True, 45)
    assert nights.ids() == ids
    kept = contract.model_copy(update={"on_end": "keep"})
    stays = move_out(nights.settings, kept, new_run(), on=tomorrow, dry_run=False)
    assert (stays.documents, nights.ids()) == (0, ids)
    assert "on_end: keep" in stays.note

    yesterday = TODAY - timedelta(days=1)
    deal.write(valid_until=yesterday)
    contract = load_contracts(nights.settings.contracts_dir)[deal.id]
    gone = move_out(nights.settings, contract, new_run(), dry_run=False)
    assert {part.source: part.documents for part in gone.sources} == {deal.sources[0]: 30, deal.sources[1]: 15}
    assert (nights.ids(), deal.nights(1).ids()) == ([], [])
    assert documents_of(nights.settings, contract) == ()
    (hit,) = lookup(nights.settings, ids[0])
    assert (hit["in_corpus"], hit["usable"]) == (False, False)
    assert hit["why_not"] == f"it left the corpus: contract {deal.id} ended on {yesterday}"
    again = move_out(nights.settings, contract, new_run(), dry_run=False)
    assert (again.documents, again.note) == (0, "no document of it is in the corpus")
    # The slice runs again: every record is denied, with the reason, and nothing comes back.
    assert nights.run(slice).report.reasons == {"deny:expired": 15}
    assert nights.ids() == []
    nights.assert_balanced(slice)
    # Signed anew, the same documents may come again.
    deal.write(valid_until=date(2099, 1, 1))
    nights.run(slice)
    assert len(nights.ids()) == 15


def test_only_the_contracts_own_rows_leave_a_file_that_holds_others_as_well(deal: Deal, settings: Settings) -> None:
    from tests.system.store.support import document_rows, publish_files
    from tests.system.store.support import night as slot

    from rightful.store import schemas
    from rightful.store.write import DataFileWriter, schema_of

    tables, source = Tables(settings), deal.sources[0]
    words = [f"w{number}" for number in range(7)]
    # A file that is older than two of the columns.
    old = schemas.CORPUS
    for name in ("region", "media_seconds"):
        old = old.remove(old.get_field_index(name))
    table = tables.corpus(source)
    writer = DataFileWriter(tables.files, f"{table.location()}/data", schema_of(table, old))
    rows = document_rows(source, slot(1), words, "r1")
    place = schemas.CORPUS.get_field_index("contract_id")
    import pyarrow as pa

    ids = pa.array([deal.id, None, "other", deal.id, None, deal.id, "other"], pa.string())
    writer.add(rows.set_column(place, schemas.CORPUS.field(place), ids).select(old.names))
    files = writer.finish()
    publish_files(tables, source, slot(1), files, [], "r1", contract_id=deal.id)
    deal.write(valid_until=date(2021, 1, 1))
    contract = load_contracts(deal.folder / "contracts")[deal.id]
    assert [part.samples for part in documents_of(settings, contract)] == [
        tuple(f"{source}:{word}@1" for word in ("w0", "w3", "w5"))
    ]
    assert move_out(settings, contract, new_run(), dry_run=False).tokens == 21
    left = Tables(settings).corpus(source).scan(selected_fields=("id", "text", "contract_id")).to_arrow().to_pylist()
    assert sorted((row["id"], row["contract_id"]) for row in left) == [
        (f"{source}:w1@1", None), (f"{source}:w2@1", "other"), (f"{source}:w4@1", None), (f"{source}:w6@1", "other"),
    ]  # fmt: skip
    assert {row["text"] for row in left} == {f"text of {word} r1" for word in ("w1", "w2", "w4", "w6")}
