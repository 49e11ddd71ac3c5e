"""The raw store on a real S3: written once, read back exactly."""

from __future__ import annotations

import hashlib
import os
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from rightful.errors import ConfigurationError, StoreError
from rightful.settings import Settings
from rightful.store.raw import RawStore
from rightful.store.s3 import client
from rightful.store.work import WorkStore

pytestmark = pytest.mark.system


@pytest.fixture
def bucket(settings: Settings) -> Settings:
    """Settings with a bucket that doesn't exist yet."""
    return settings.model_copy(update={"raw_bucket": f"raw-{os.urandom(6).hex()}"})


def test_pack_gives_every_record_back(bucket: Settings) -> None:
    blobs = [b"first", b"", "später".encode(), os.urandom(300_000)]
    pack = RawStore(bucket).put_pack(blobs)
    assert pack.uri == f"s3://{bucket.raw_bucket}/raw/{digest(blobs)[:2]}/{digest(blobs)}"
    store = RawStore(bucket)
    places = zip(pack.offsets, pack.lengths, strict=True)
    assert [store.get(pack.uri, offset, length) for offset, length in places] == blobs
    assert store.get(pack.uri) == b"".join(blobs)


def test_what_is_there_is_never_changed(bucket: Settings) -> None:
    s3 = client(bucket)
    key = f"raw/{digest([b'x'])[:2]}/{digest([b'x'])}"
    s3.create_bucket(Bucket=bucket.raw_bucket)
    s3.put_object(Bucket=bucket.raw_bucket, Key=key, Body=b"was here before")
    assert RawStore(bucket).put(b"x") == f"s3://{bucket.raw_bucket}/{key}"
    assert s3.get_object(Bucket=bucket.raw_bucket, Key=key)["Body"].read() == b"was here before"


def test_eight_writers_race_into_a_missing_bucket(bucket: Settings) -> None:
    blobs = [os.urandom(10_000), b"end"]
    gate = Barrier(8)

    def write(_: int) -> str:
        store = RawStore(bucket)
        gate.wait(30)
        return store.put_pack(blobs).uri

    with ThreadPoolExecutor(8) as pool:
        uris = set(pool.map(write, range(8)))
    assert len(uris) == 1
    assert RawStore(bucket).get(uris.pop()) == b"".join(blobs)
    assert client(bucket).list_objects_v2(Bucket=bucket.raw_bucket)["KeyCount"] == 1


def test_quarantine_lies_apart_and_expires(bucket: Settings) -> None:
    pack = RawStore(bucket).put_pack([b"unsure"], quarantine=True)
    assert pack.uri.startswith(f"s3://{bucket.raw_bucket}/quarantine/")
    rules = client(bucket).get_bucket_lifecycle_configuration(Bucket=bucket.raw_bucket)["Rules"]
    assert [(rule["Filter"]["Prefix"], rule["Expiration"]["Days"], rule["Status"]) for rule in rules] == [
        ("quarantine/", 90, "Enabled"),
        ("work/", 30, "Enabled"),
    ]


def test_an_older_bucket_learns_to_empty_itself_and_keeps_its_owners_rules(bucket: Settings) -> None:
    store = client(bucket)
    store.create_bucket(Bucket=bucket.raw_bucket)
    own = {"ID": "own", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 7}}
    store.put_bucket_lifecycle_configuration(Bucket=bucket.raw_bucket, LifecycleConfiguration={"Rules": [own]})
    WorkStore(bucket).put("a", b"1")
    rules = store.get_bucket_lifecycle_configuration(Bucket=bucket.raw_bucket)["Rules"]
    assert {rule["Filter"]["Prefix"]: rule["Expiration"]["Days"] for rule in rules} == {
        "logs/": 7,
        "quarantine/": 90,
        "work/": 30,
    }


def test_work_is_written_again_and_taken_away(bucket: Settings) -> None:
    work = WorkStore(bucket)
    for blob in (b"1", b"2"):
        uri = work.put("shard/state", blob)
    work.put("shard/stamp", b"3")
    assert (work.get("shard/state"), list(work.under("shard/"))) == (b"2", [b"3", b"2"])
    work.delete(uri)
    work.delete(uri)  # by another process, perhaps
    assert work.get("shard/state") is None
    with pytest.raises(StoreError, match="not ours to take away"):
        work.delete(RawStore(bucket).put(b"kept"))


def test_a_large_file_goes_in_parts_and_is_kept_inside_of_the_store(
    bucket: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rightful.store.raw.LARGE_BYTES", 20 * 2**20)
    file, back = tmp_path / "sound", tmp_path / "back"
    file.write_bytes(random.Random(1).randbytes(21 * 2**20))
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    uri = WorkStore(bucket).put_file("audio/1", file)
    store = RawStore(bucket)
    kept = store.keep(uri, sha256)
    assert kept.endswith(f"/raw/{sha256[:2]}/{sha256}")
    WorkStore(bucket).delete(uri)
    assert store.keep(uri, sha256) == kept  # it is there already
    assert store.get_file(uri, back) is None
    assert store.get_file(kept, back) == sha256
    assert back.read_bytes() == file.read_bytes()
    with pytest.raises(StoreError, match="keeping"):
        store.keep(uri, "0" * 64)


def test_reading_what_is_not_there(bucket: Settings) -> None:
    store = RawStore(bucket)
    uri = store.put(b"12345")
    with pytest.raises(StoreError, match="reading s3://"):
        store.get(uri[:-1] + "x")
    with pytest.raises(StoreError, match="gave 2 bytes at 3, not 9"):
        store.get(uri, 3, 9)
    with pytest.raises(ConfigurationError, match="s3://bucket/key"):
        store.get("file:///etc/passwd")


def test_store_is_down(bucket: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rightful.store.s3.ATTEMPTS", 1)
    with pytest.raises(StoreError, match="try again"):
        RawStore(bucket.model_copy(update={"s3_endpoint": "http://127.0.0.1:9"})).put(b"x")


def digest(blobs: list[bytes]) -> str:
    return hashlib.sha256(b"".join(blobs)).hexdigest()
