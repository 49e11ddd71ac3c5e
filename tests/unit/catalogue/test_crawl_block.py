"""``fetch:`` of kind ``crawl``: what is refused names the field, and says what to write instead."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from rightful.catalogue.crawl_block import CrawlFetch

HTTP = {"base_url": "https://data.example.org/", "collections": "https://index.example.org/collinfo.json"}
S3 = {"base_url": "s3://a-bucket/crawls/"}
INDEX = {"mode": "index", "index": {"domains": ["example.org"]}}


@pytest.mark.parametrize(
    "given",
    [
        HTTP,
        HTTP | INDEX,
        HTTP | {"mode": "index", "index": {"languages": ["eng"], "robots": None, "parts": None}},
        S3,
        S3 | {"anonymous": True, "endpoint": "http://127.0.0.1:9000", "region": "eu-west-1"},
        S3 | INDEX | {"collections": "collinfo.json"},
        {"base_url": "file:///archives/", "extract": "thorough"},
        HTTP | {"index": {"domains": ["a.example", "example.co.uk", "xn--bcher-kva.example"]}, "mode": "index"},
    ],
)
def test_accepted(given: dict[str, Any]) -> None:
    assert CrawlFetch.model_validate(given).scheme in ("https", "s3", "file")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "base_url"),
        ({"base_url": "ftp://example.org/"}, "must be an http(s) URL"),
        ({"base_url": "s3://A_Bucket/"}, "must be s3://bucket/prefix/ or file:///folder/"),
        ({"base_url": "s3://a-bucket/?x"}, "must be s3://bucket/prefix/"),
        ({"base_url": "file://archives/"}, "file:///folder/"),
        ({"base_url": "file:///archives/../secrets/"}, "without blanks, `..`"),
        ({"base_url": "https://data.example.org/"}, "nothing can be listed: give `collections`"),
        (HTTP | {"base_url": "https://data.example.org/below"}, "`base_url` must end with /"),
        (S3 | INDEX, "`mode: index` needs `collections`"),
        (HTTP | {"mode": "index"}, "`mode: index` needs `index:`"),
        (HTTP | {"index": {"domains": ["example.org"]}}, "`mode: scan` has none"),
        (HTTP | {"mode": "index", "index": {}}, "asks for the whole snapshot"),
        (HTTP | {"mode": "all"}, "mode"),
        (HTTP | {"anonymous": True}, "are for an s3:// `base_url`"),
        (HTTP | {"endpoint": "http://127.0.0.1:9000"}, "are for an s3:// `base_url`"),
        (HTTP | {"region": "us-east-1"}, "are for an s3:// `base_url`"),
        (S3 | {"region": "US EAST"}, "region"),
        (S3 | {"endpoint": "127.0.0.1:9000"}, "must be an http(s) URL"),
        (S3 | {"auth": {"type": "bearer"}}, "`auth` is for HTTP; S3 is signed with"),
        (HTTP | {"collections": "/collinfo.json"}, "must be an address, or a path below"),
        (HTTP | {"collections": "../collinfo.json"}, "must be an address, or a path below"),
        (HTTP | {"paths": "crawl-data/warc.paths.gz"}, "must hold {snapshot}"),
        (HTTP | {"paths": "crawl-data/{snapshot}/{day}.gz"}, "no other placeholder"),
        (HTTP | {"paths": "../{snapshot}.gz"}, "a path below"),
        *(
            (HTTP | {"mode": "index", "index": {"domains": ["example.org"], name: "x/"}}, "must hold {snapshot}")
            for name in ("path", "parts", "robots")
        ),
        (HTTP | {"mode": "index", "index": {"domains": ["example.org"], "robots": "/{snapshot}/"}}, "a path below"),
        *(
            (HTTP | {"mode": "index", "index": {"domains": [domain]}}, "domains")
            for domain in ("Example.org", "example", "https://example.org", "*.example.org", "example.org/", "")
        ),
        (HTTP | {"mode": "index", "index": {"languages": ["en"]}}, "languages"),
        (HTTP | {"mode": "index", "index": {"languages": ["eng"], "media_types": ["html"]}}, "media_types"),
        (S3 | {"suffixes": []}, "suffixes"),
        (S3 | {"suffixes": ["warc"]}, "suffixes"),
        (S3 | {"shard_files": 101}, "shard_files"),
        (S3 | {"shard_files": 0}, "shard_files"),
        (S3 | {"shard_ranges": 10}, "shard_ranges"),
        (S3 | {"start_within": float("nan")}, "start_within"),
        (HTTP | {"lag_days": -1}, "lag_days"),
        (S3 | {"extract": "best"}, "extract"),
        (S3 | {"reviewed": {"domains": ["*"]}}, "domains"),
        (S3 | {"bucket": "a-bucket"}, "bucket"),
    ],
)
def test_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        CrawlFetch.model_validate(given)
    assert message in str(refused.value)
