"""Archives in a bucket whose store breaks off, is busy, refuses, or has other objects than a moment before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.system.unruly import UnrulyS3
from tests.unit.connectors.test_crawl_planning import source_of

from rightful.catalogue.models import Source
from rightful.connectors.files.objects import Objects
from rightful.connectors.files.places import Changed
from rightful.errors import FetchError, Forbidden, Refused
from rightful.model import Credentials
from rightful.settings import Settings
from rightful.store import s3

pytestmark = pytest.mark.system

ARCHIVE = b"WARC/1.0" + bytes(number * 7 % 251 for number in range(3 * 2**20))
RETRIES = 2


class Bucket:
    """An archive in a bucket of the real store, asked for through the unruly proxy; naps are only noted."""

    def __init__(self, settings: Settings, proxy: UnrulyS3, name: str) -> None:
        self.client, self.proxy, self.name = s3.client(settings), proxy, name.replace("_", "-")
        self.client.create_bucket(Bucket=self.name)
        self.client.put_object(Bucket=self.name, Key="crawl/a/one.warc", Body=ARCHIVE)
        secret = settings.s3_secret_access_key
        assert secret is not None
        assert settings.s3_access_key_id is not None
        self.key = Credentials(login=settings.s3_access_key_id, password=secret.get_secret_value())
        self.naps: list[float] = []
        self._now = 0.0

    def objects(self, *, anonymous: bool = False) -> Objects:
        described = source_of(Path("/unused")).model_dump(by_alias=True)
        described["fetch"] = {
            "base_url": f"s3://{self.name}/crawl/",
            "endpoint": self.proxy.address,
            "allow_private": True,
            "start_within": 0,
            "anonymous": anonymous,
        }
        described["connection"] = None if anonymous else "a_store"
        described["pace"] = {"requests_per_second": 1000}
        described["limits"] = {"retries": RETRIES}
        source = Source.model_validate(described)
        key = None if anonymous else self.key
        return Objects(source, credentials=key, sleep=self._sleep, clock=lambda: self._now)

    def change(self) -> None:
        """Another object under the same name."""
        self.client.put_object(Bucket=self.name, Key="crawl/a/one.warc", Body=ARCHIVE[::-1])

    def asked(self, header: str) -> list[str | None]:
        """A header of each request that the store saw."""
        return [request.headers.get(header) for request in self.proxy.asked]

    def _sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self._now += seconds


@pytest.fixture
def bucket(settings: Settings, source_id: str) -> Iterator[Bucket]:
    with UnrulyS3(settings.s3_endpoint or "") as proxy:
        yield Bucket(settings, proxy, source_id)


def test_what_breaks_is_taken_up_where_it_broke_and_what_is_busy_is_left_alone_for_a_while(bucket: Bucket) -> None:
    half = len(ARCHIVE) // 2
    with bucket.objects() as objects:
        bucket.proxy.will("cut", "reset", "cut", 503)
        assert objects.open_object("a/one.warc").read() == ARCHIVE
        # Of these five the first has no mark yet, and each later one asks for what is missing of the same object.
        first, *later = bucket.asked("If-Match")
        assert first is None
        assert len(later) == 4
        assert len(set(later)) == 1
        quarter = half + (len(ARCHIVE) - half) // 2
        ends = f"-{len(ARCHIVE) - 1}"
        assert bucket.asked("Range") == [None, *(f"bytes={at}{ends}" for at in (half, half, quarter, quarter))]

        bucket.naps.clear()
        bucket.proxy.will(503, 503)
        assert objects.open_object("a/one.warc", 100, 50, magic=None).read() == ARCHIVE[100:150]
        assert len(bucket.proxy.asked) == 3
        assert sum(bucket.naps) >= 2  # a second each, at least

        # What does not pass is asked for so often and no more: boto tries nothing again by itself.
        for trouble in (503, 500, "reset"):
            bucket.proxy.will(*[trouble] * 10)
            with pytest.raises(FetchError, match=rf"s3://{bucket.name}/crawl/a/one\.warc.*a_crawl.*try again later"):
                objects.open_object("a/one.warc")
            assert len(bucket.proxy.asked) == RETRIES + 1
        # Nor are those for a new connection and those for the stream multiplied.
        bucket.proxy.will("cut", *["reset"] * 20)
        with pytest.raises(FetchError):
            objects.open_object("a/one.warc").read()
        assert len(bucket.proxy.asked) == 1 + RETRIES + 1


def test_what_refuses_is_not_asked_again_and_what_changed_is_not_glued_together(bucket: Bucket) -> None:
    with bucket.objects() as objects:
        bucket.proxy.will(403)
        with pytest.raises(Forbidden) as told:
            objects.open_object("a/one.warc")
        assert len(bucket.proxy.asked) == 1
        said = str(told.value)
        for part in (f"s3://{bucket.name}/crawl/a/one.warc", "403 AccessDenied", "source a_crawl", "ask its owner"):
            assert part in said
        bucket.proxy.will(301)
        with pytest.raises(Refused, match=r"correct `fetch\.region`"):
            objects.open_object("a/one.warc")

        seekable = objects.open_seekable("a/one.warc")
        bucket.proxy.will("cut", bucket.change)
        with pytest.raises(Changed, match="changed while it was read"):
            objects.open_object("a/one.warc").read()
        assert len(bucket.proxy.asked) == 2
        with pytest.raises(Changed, match="changed while it was read"):
            seekable.read(10)


def test_a_public_bucket_is_asked_without_a_signature(bucket: Bucket) -> None:
    for number in range(5):
        bucket.client.put_object(Bucket=bucket.name, Key=f"crawl/b c/{number}é+.warc", Body=b"WARC/1.0")
    resource = f"arn:aws:s3:::{bucket.name}"
    allowed: dict[str, Any] = {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:ListBucket"]}
    policy = {"Version": "2012-10-17", "Statement": [{**allowed, "Resource": [resource, f"{resource}/*"]}]}
    bucket.client.put_bucket_policy(Bucket=bucket.name, Policy=json.dumps(policy))
    bucket.proxy.listed_at_once = 2
    with bucket.objects(anonymous=True) as objects:
        assert objects.open_object("a/one.warc", 8, 100, magic=None).read() == ARCHIVE[8:108]
        bucket.proxy.will(lambda: None, 503)  # the list comes in parts, and the second one not at once
        found = objects.list_objects()
        assert [one.path for one in found] == ["a/one.warc", *(f"b c/{number}é+.warc" for number in range(5))]
        assert len(bucket.proxy.asked) == 2 + 3
        assert objects.open_object(found[-1].path).read() == b"WARC/1.0"
        assert set(bucket.asked("Authorization")) == {None}
    with bucket.objects() as objects:
        objects.open_object("a/one.warc").close()
        assert bucket.asked("Authorization")[-1] is not None
