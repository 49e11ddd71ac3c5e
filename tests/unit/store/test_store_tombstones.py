"""What was withdrawn stays out, however it is spelt."""

from __future__ import annotations

from typing import Any

import pytest

from rightful.errors import StoreError
from rightful.store.tombstones import NO_TOMBSTONES, Tombstone, Tombstones, level_url

DOCUMENT: dict[str, Any] = {
    "id": "wiki:12@345",
    "native_id": "12",
    "url": "https://example.org/wiki/Ada?x=1",
    "content_sha256": "ab" * 32,
    "creators": ("Ada Lovelace", "Charles Babbage"),
    "source": "wiki",
}


def stones(target: str, value: str, source: str | None = None) -> Tombstones:
    return Tombstones([Tombstone(withdrawal_id="w", target=target, value=value, source=source)])


@pytest.mark.parametrize(
    ("target", "value"),
    [
        ("id", "wiki:12@345"),
        ("id", "wiki:12@1"),  # another version of the same document
        ("id", "wiki:12"),
        ("native_id", "12"),
        ("url", "https://example.org/wiki/Ada?x=1"),
        ("url", "http://EXAMPLE.org:80/wiki/Ada/?x=1#top"),
        ("url", "https://example.org/wiki/%41da?x=1"),
        ("content_sha256", "AB" * 32),
        ("creator", "charles  babbage"),
        ("creator", "\uff21da LOVELACE"),
        ("source", "wiki"),
    ],
)
def test_hits(target: str, value: str) -> None:
    assert [stone.withdrawal_id for stone in stones(target, value).match(**DOCUMENT)] == ["w"]
    assert stones(target, value, "wiki").match(**DOCUMENT)
    assert not stones(target, value, "another").match(**DOCUMENT)


@pytest.mark.parametrize(
    ("target", "value"),
    [
        ("id", "wiki:1@345"),
        ("id", "other:12@345"),
        ("id", "wiki:123@345"),
        ("native_id", "345"),
        ("url", "https://example.org/wiki/Ada"),
        ("url", "https://example.org.evil.com/wiki/Ada?x=1"),
        ("url", "https://example.org:8443/wiki/Ada?x=1"),
        ("content_sha256", "ac" * 32),
        ("creator", "Ada"),
        ("source", "wik"),
        ("license", "CC-BY-4.0"),
    ],
)
def test_does_not_hit(target: str, value: str) -> None:
    assert stones(target, value).match(**DOCUMENT) == []


def test_what_is_not_known_yet_hits_nothing() -> None:
    bare = DOCUMENT | {"native_id": None, "url": None, "content_sha256": None, "creators": ()}
    assert stones("url", "https://example.org/").match(**bare) == []
    assert stones("id", "wiki:12@9").match(**bare)


def test_one_tombstone_is_named_once() -> None:
    many = Tombstones(
        [
            Tombstone(withdrawal_id="a", target="id", value="wiki:12@345"),
            Tombstone(withdrawal_id="b", target="creator", value="Ada Lovelace"),
        ]
    )
    assert [stone.withdrawal_id for stone in many.match(**DOCUMENT)] == ["a", "b"]


@pytest.mark.parametrize(("target", "value"), [("colour", "red"), ("", "x"), ("id", ""), ("url", "")])
def test_a_tombstone_that_cannot_be_compared_stops_everything(target: str, value: str) -> None:
    with pytest.raises(StoreError, match="tombstone"):
        stones(target, value)


def row(**values: str | None) -> dict[str, str | None]:
    return {
        "withdrawal_id": "w",
        "kind": "tombstone",
        "target": "native_id",
        "value": "12",
        "source": None,
        "reason": None,
    } | values


def test_rows() -> None:
    assert Tombstones.from_rows([row()]).match(**DOCUMENT)
    assert not Tombstones.from_rows([row(kind="request")]).match(**DOCUMENT)
    assert not Tombstones.from_rows([row(), row(kind="release", target=None, value=None)]).match(**DOCUMENT)
    assert Tombstones.from_rows([row(), row(kind="release", withdrawal_id="v")]).match(**DOCUMENT)
    assert Tombstones.from_rows([row(withdrawal_id=None), row(kind="release", withdrawal_id=None)]).match(**DOCUMENT)
    assert len(Tombstones.from_rows([row(source="other"), row(source="wiki"), row()], "wiki")) == 2
    with pytest.raises(StoreError, match="kind"):
        Tombstones.from_rows([row(kind="tombstoned")])


def test_none() -> None:
    assert NO_TOMBSTONES.match(**DOCUMENT) == []
    assert not NO_TOMBSTONES


@pytest.mark.parametrize("url", ["http://[::1", "not a url", "mailto:a@b", "", "http://host:port/"])
def test_odd_urls_are_compared_as_they_are(url: str) -> None:
    assert level_url(url) == url.strip()
