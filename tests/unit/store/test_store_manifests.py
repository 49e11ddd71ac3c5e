"""A slice that a manifest names is never overlooked; what can't be read is looked at properly."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyiceberg.avro.file import AvroOutputFile
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.schema import Schema
from pyiceberg.typedef import Record
from pyiceberg.types import LongType, NestedField, StringType

from rightful.store.manifests import encoded, may_mention

SCHEMA = Schema(
    NestedField(1, "slice", LongType(), required=False), NestedField(2, "path", StringType(), required=True)
)
DAY = 86_400_000_000


def avro(path: Path, values: list[int | None], codec: str) -> bytes:
    """Written by PyIceberg, as it writes manifests."""
    output = PyArrowFileIO().new_output(str(path))
    metadata = {"avro.codec": "deflate" if codec == "gzip" else codec, "write.avro.compression-codec": codec}
    with AvroOutputFile[Record](output, SCHEMA, "entry", SCHEMA, metadata) as file:
        for value in values:
            file.write_block([Record(value, f"s3://iceberg/{value}.parquet")])
    return path.read_bytes()


@pytest.mark.parametrize("codec", ["gzip", "null"])
def test_finds_every_value_and_excludes_the_others(tmp_path: Path, codec: str) -> None:
    values = [20_000 * DAY + day * DAY for day in range(0, 60, 2)]
    content = avro(tmp_path / "m.avro", [*values, None], codec)
    assert all(may_mention(content, value) for value in values)
    assert not any(may_mention(content, value + DAY) for value in values)


@pytest.mark.parametrize("value", [0, -1, 1, -DAY, 2**62, -(2**63), 2**63 - 1])
def test_extreme_values(tmp_path: Path, value: int) -> None:
    assert may_mention(avro(tmp_path / "m.avro", [value], "gzip"), value)


def test_when_in_doubt_it_may(tmp_path: Path) -> None:
    content = avro(tmp_path / "m.avro", [5 * DAY], "gzip")
    for odd in (b"", b"Obj", b"PAR1" + content, content[:-1], content[: len(content) // 2], content + b"x"):
        assert may_mention(odd, 7 * DAY)
    assert may_mention(avro(tmp_path / "z.avro", [5 * DAY], "zstd"), 7 * DAY)


@given(st.integers(-(2**63), 2**63 - 1))
def test_encoding_is_reversible(number: int) -> None:
    value = 0
    for place, byte in enumerate(encoded(number)):
        value |= (byte & 0x7F) << (7 * place)
        assert (byte >= 0x80) == (place + 1 < len(encoded(number)))
    assert (value >> 1) ^ -(value & 1) == number
