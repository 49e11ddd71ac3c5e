"""Tables on the real catalogues: made once whoever comes first, upgraded with the code, read by others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.system.store.support import batch, corpus_words, document_rows, night, publish_files, publish_words

from rightful.errors import ConfigurationError, StoreError
from rightful.model import DataFile
from rightful.settings import Settings
from rightful.store import schemas
from rightful.store import write as write_module
from rightful.store.ledger import Ledgers
from rightful.store.read import columns_of, table_of
from rightful.store.seen import SeenIndex
from rightful.store.tables import Tables
from rightful.store.write import DataFileWriter, write_data_file

pytestmark = pytest.mark.system


def test_racing_creators_get_the_same_table(settings: Settings, source_id: str) -> None:
    gate = Barrier(6)

    def create(_: int) -> str:
        tables = Tables(settings)
        gate.wait(60)
        return str(tables.corpus(source_id).metadata.table_uuid)

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(create, range(6)))) == 1


def test_tables_have_their_columns(tables: Tables, source_id: str) -> None:
    for table, schema in (
        (tables.corpus(source_id), schemas.CORPUS),
        (tables.ledger(source_id), schemas.LEDGER),
        (tables.slices(), schemas.SLICES),
        (tables.withdrawals(), schemas.WITHDRAWALS),
        (tables.reviews(), schemas.REVIEWS),
    ):
        assert [field.name for field in table.schema().fields] == schema.names
    spec = tables.corpus(source_id).spec()
    assert [(field.name, str(field.transform)) for field in spec.fields] == [("slice", "identity")]


def test_new_columns_appear_in_old_tables(tables: Tables, source_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_words(tables, source_id, night(1), ["a"], "r1")
    more = pa.struct([*schemas.LEDGER.field("optouts").type.value_type, ("seen_at", pa.string())])
    changed = schemas.LEDGER.set(
        schemas.LEDGER.get_field_index("optouts"), pa.field("optouts", pa.list_(pa.field("element", more)))
    ).append(pa.field("colour", pa.string()))
    monkeypatch.setattr(schemas, "LEDGER", changed)
    gate = Barrier(3)

    def upgrade(_: int) -> set[str]:
        mine = Tables(tables.settings)
        gate.wait(60)
        table = mine.ledger(source_id)
        return {name for name in ("colour", "optouts.element.seen_at") if table.schema().find_field(name)}

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(upgrade, range(3))) == [{"colour", "optouts.element.seen_at"}] * 3
    rows = tables.ledger(source_id).scan().to_arrow()
    assert rows["colour"].to_pylist() == [None]


def test_what_segments_say_more_today_is_null_in_those_of_yesterday(
    tables: Tables, source_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment = {"start": 0.5, "end": 2.0, "text": "Good evening.", "avg_logprob": -0.2, "no_speech_prob": 0.1}
    more = {"compression_ratio": 1.2, "language": "en"}

    def publish(tables: Tables, number: int, said: dict[str, object]) -> None:
        rows = document_rows(source_id, night(number), ["a"], f"r{number}")
        place = schemas.CORPUS.get_field_index("segments")
        field = schemas.CORPUS.field(place)
        documents = DataFileWriter.for_corpus(tables, source_id, night(number))
        documents.add(rows.set_column(place, field, pa.array([[said]], field.type)))
        publish_files(tables, source_id, night(number), documents.finish(), [], f"r{number}")

    today = schemas.CORPUS
    place = today.get_field_index("segments")
    fields = [field for field in today.field(place).type.value_type if field.name not in more]
    old = pa.field("segments", pa.list_(pa.field("element", pa.struct(fields))))
    with monkeypatch.context() as yesterday:
        yesterday.setattr(schemas, "CORPUS", today.remove(today.get_field_index("asr_flags")).set(place, old))
        publish(Tables(tables.settings), 1, segment)
    publish(tables, 2, segment | more)
    expected = [[segment | dict.fromkeys(more)], [segment | more]]
    table = tables.corpus(source_id)
    assert table.scan().to_arrow().sort_by("slice")["segments"].to_pylist() == expected
    frame = pl.scan_iceberg(table, storage_options=tables.reader_options()).sort("slice").collect()
    assert frame["segments"].to_list() == expected
    assert frame["asr_flags"].to_list() == [None, None]


def test_a_column_of_another_type_is_an_error(tables: Tables, source_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tables.ledger(source_id)
    changed = schemas.LEDGER.set(schemas.LEDGER.get_field_index("reason"), pa.field("reason", pa.int64()))
    monkeypatch.setattr(schemas, "LEDGER", changed)
    with pytest.raises(ConfigurationError, match="can't use"):
        Tables(tables.settings).ledger(source_id)


@pytest.mark.parametrize("name", ["slices", "reviews", "../x", "Ä", "a.b", ""])
def test_names_that_no_source_may_have(tables: Tables, name: str) -> None:
    with pytest.raises(ConfigurationError):
        tables.ledger(name)


def test_readers_of_nothing(tables: Tables, source_id: str) -> None:
    ledgers = Ledgers(tables)
    assert ledgers.published_slice(source_id, night(1)) is None
    assert ledgers.slices_of(source_id) == []
    assert len(ledgers.current_ledger(source_id, night(1))) == 0
    assert ledgers.usage("nothing") == {"documents": 0, "tokens": 0, "media_seconds": 0}
    assert SeenIndex.load(tables, source_id, night(1)).nbytes == 0
    assert tables.existing("corpus", source_id) is None  # looking makes no table


def test_second_readers(tables: Tables, source_id: str) -> None:
    publish_words(tables, source_id, night(1), ["a", "b", "c"], "r1")
    publish_words(tables, source_id, night(2), ["d"], "r2")
    publish_words(tables, source_id, night(1), ["a", "e"], "r3")
    table = tables.corpus(source_id)
    expected = {(f"{source_id}:{word}@1", start) for word, start in
                (("a", night(1).start), ("e", night(1).start), ("d", night(2).start))}  # fmt: skip

    options = tables.reader_options()
    frame = pl.scan_iceberg(table, storage_options=options).select("id", "slice", "claims", "creators").collect()
    assert set(frame.select("id", "slice").rows()) == expected
    assert (
        frame["claims"].to_list()
        == [[{"raw": "cc", "expression": "CC-BY-4.0", "place": "p", "strength": "publisher", "part": ""}]] * 3
    )
    one = (
        pl.scan_iceberg(table, storage_options=options).filter(pl.col("slice") == night(2).start).select("id").collect()
    )
    assert one["id"].to_list() == [f"{source_id}:d@1"]
    counts = (
        pl.scan_iceberg(tables.slices(), storage_options=options)
        .filter(pl.col("source") == source_id)
        .select("outcomes")
        .collect()
    )
    assert counts.height == 3

    duck = duckdb.connect()
    corpus = table.scan(selected_fields=("id", "slice", "creators")).to_arrow()  # noqa: F841 - DuckDB sees it by name
    rows = duck.execute("SELECT id, epoch(slice), creators[2] FROM corpus").fetchall()
    assert {(id, datetime.fromtimestamp(start, UTC)) for id, start, _ in rows} == expected
    assert {second for *_, second in rows} == {"Bob"}
    slices = tables.slices().scan().to_arrow()  # noqa: F841
    rows = duck.execute(
        "SELECT outcomes['allow'], seconds['fetch'] FROM slices WHERE source = ?", [source_id]
    ).fetchall()
    assert sorted(rows) == [(1, 0.5), (2, 0.5), (3, 0.5)]


def test_files_carry_field_ids_and_prunable_row_groups(tables: Tables, source_id: str) -> None:
    writer = DataFileWriter.for_corpus(tables, source_id, night(1))
    for part in range(3):
        writer.add(document_rows(source_id, night(1), [f"{part}-{n}" for n in range(12_000)], "r1"))
    (file,) = writer.finish()
    assert file.rows == 36_000
    parquet = pq.ParquetFile(tables.files.open_input_file(file.path.removeprefix("s3://")))
    assert parquet.metadata.num_row_groups > 1
    expected = tables.corpus(source_id).schema().find_field("language").field_id
    assert int(parquet.schema_arrow.field("language").metadata[b"PARQUET:field_id"]) == expected
    assert file.bytes == tables.files.get_file_info(file.path.removeprefix("s3://")).size
    names = [f"{source_id}:{part}-{n}@1" for part in range(3) for n in range(12_000)]
    got = [row for part in columns_of(tables, file, ["run_id", "id"]) for row in part.column("id").to_pylist()]
    assert got == names
    assert table_of(tables, file).schema.equals(schemas.CORPUS)
    with pytest.raises(KeyError):
        list(columns_of(tables, file, ["nothing"]))
    with pytest.raises(StoreError):
        list(columns_of(tables, DataFile(path=file.path + "x", rows=1, bytes=1), ["id"]))


def test_writer_starts_new_files(tables: Tables, source_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_module, "GROUP_ROWS", 10)
    monkeypatch.setattr(write_module, "FILE_BYTES", 1)
    writer = DataFileWriter.for_corpus(tables, source_id, night(1))
    assert writer.finish() == []
    writer.add(document_rows(source_id, night(1), [], "r"))
    for part in range(5):
        writer.add(document_rows(source_id, night(1), [f"{part}{n}" for n in range(5)], "r"))
    files = writer.finish()
    assert [file.rows for file in files] == [10, 10, 5]
    assert len({file.path for file in files}) == 3
    assert writer.finish() == []


def test_seen_across_slices(tables: Tables, source_id: str) -> None:
    publish_words(tables, source_id, night(1), ["a", "b"], "r")
    publish_words(tables, source_id, night(2), ["c"], "r")
    rows = document_rows(source_id, night(1), ["a", "b", "c"], "r")
    ids, contents = rows.column("id").to_pylist(), rows.column("content_sha256").to_pylist()
    assert SeenIndex.load(tables, source_id, night(1)).check(ids, contents) == ["new", "new", "unchanged"]
    assert SeenIndex.load(tables, source_id, night(2)).check(ids, contents) == ["unchanged", "unchanged", "new"]
    other = ["0" * 64, *contents[1:]]
    assert SeenIndex.load(tables, source_id, night(3)).check(ids, other) == ["new", "unchanged", "unchanged"]

    writer = DataFileWriter.for_corpus(tables, source_id, night(3))
    writer.add(document_rows(source_id, night(3), ["x", "y"], "r"))
    index = SeenIndex.load(tables, source_id, night(3))
    index.seed(tables, writer.finish())
    assert index.check([f"{source_id}:{word}@1" for word in "xz"], ["1" * 64, "2" * 64]) == ["duplicate", "new"]


def test_tombstones_and_usage(tables: Tables, source_id: str) -> None:
    table = tables.withdrawals()
    rows = batch(
        schemas.WITHDRAWALS,
        3,
        withdrawal_id=["w1", "w2", "w1"],
        kind=["request", "tombstone", "tombstone"],
        target=["url", "creator", "id"],
        value=["https://example.org/1", "Ada  LOVELACE", f"{source_id}:7@1"],
        source=[None, "another_source", source_id],
        decided_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    table.add_files([write_data_file(tables, table, [rows]).path], check_duplicate_files=False)
    stones = Ledgers(tables).tombstones(source_id)
    assert len(stones) == 1
    hit = stones.match(
        id=f"{source_id}:7@2",
        native_id="7",
        url=None,
        content_sha256=None,
        creators=("Ada Lovelace",),
        source=source_id,
    )
    assert [stone.withdrawal_id for stone in hit] == ["w1"]


def test_usage_counts_each_slice_once(tables: Tables, source_id: str) -> None:
    from tests.system.store.support import publish_files, written

    contract = f"contract_{source_id}"
    for number, words, run in ((1, ["a", "b", "c"], "r1"), (2, ["d"], "r2"), (1, ["a", "b"], "r3")):
        documents, ledger = written(tables, source_id, night(number), words, run)
        publish_files(
            tables, source_id, night(number), documents, ledger, run, contract_id=contract, media_seconds=0.75
        )
    ledgers = Ledgers(tables)
    assert ledgers.usage(contract) == {"documents": 3, "tokens": 21, "media_seconds": 1.5}
    assert ledgers.usage(contract, but=(source_id, night(1))) == {"documents": 1, "tokens": 7, "media_seconds": 0.75}
    assert ledgers.usage(contract, but=("another", night(1)))["documents"] == 3


def test_sql_catalogue(settings: Settings, source_id: str, tmp_path: Path) -> None:
    sql = settings.model_copy(
        update={
            "catalog_type": "sql",
            "catalog_uri": f"sqlite:///{tmp_path / 'catalogue.db'}",
            "catalog_warehouse": "s3://sql-warehouse/tables",
        }
    )
    tables = Tables(sql)
    publish_words(tables, source_id, night(1), ["a", "b"], "r1")
    publish_words(tables, source_id, night(1), ["c"], "r2")
    again = Tables(sql)
    assert corpus_words(again, source_id) == ["c"]
    newest = Ledgers(again).published_slice(source_id, night(1))
    assert newest is not None
    assert newest["run_id"] == "r2"


def test_catalogue_is_down(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = Tables(settings.model_copy(update={"catalog_uri": "http://127.0.0.1:9"}))
    with pytest.raises(StoreError, match=r"http://127\.0\.0\.1:9"):
        tables.corpus("anything")


def test_wrong_credentials_are_named(settings: Settings) -> None:
    from pydantic import SecretStr

    tables = Tables(settings.model_copy(update={"catalog_credential": SecretStr("no:body")}))
    with pytest.raises(StoreError) as caught:
        tables.corpus("anything")
    assert "body" not in str(caught.value)
