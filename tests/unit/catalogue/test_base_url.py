"""The environment may point a source at another address."""

from __future__ import annotations

from pathlib import Path

import pytest

from rightful.catalogue.load import InvalidFile, load_catalogue, load_source

FILE = """\
id: my_source
title: A source
kind: rest
channel: public_dataset
owner: data@example.org
homepage: https://example.org
start_date: 2026-01-01
license:
  scope: record
  claims:
    - {from: record.license, strength: publisher}
fetch:
  base_url: https://example.org/api
  paginate: {style: page, more: has_more}
  records: items
  fields: {id: id, url: url, text: body}
"""
VARIABLE = "RIGHTFUL_BASE_URL_MY_SOURCE"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sources" / "my_source.yaml"
    path.parent.mkdir()
    path.write_text(FILE, encoding="utf-8")
    return path


def test_the_address_is_replaced_and_may_be_private(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = load_source(file)
    monkeypatch.setenv(VARIABLE, " http://127.0.0.1:4711/api ")
    moved = load_source(file)
    assert moved.fetch.base_url == "http://127.0.0.1:4711/api"
    assert moved.fetch.model_copy(update={"base_url": usual.fetch.base_url, "allow_private": False}) == usual.fetch
    assert moved.fetch.allow_private
    assert load_catalogue([file.parent]).get("my_source") == moved
    monkeypatch.delenv(VARIABLE)
    assert load_source(file) == usual


@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_variable_counts_as_not_set(value: str, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, value)
    assert load_source(file).fetch.base_url == "https://example.org/api"


@pytest.mark.parametrize("value", ["ftp://example.org", "http://user:secret@example.org", "example.org", "http://"])
def test_what_is_no_address_is_an_error_that_keeps_secrets(
    value: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, value)
    with pytest.raises(InvalidFile, match=VARIABLE) as caught:
        load_source(file)
    assert "my_source.yaml:13" in str(caught.value)
    assert "secret" not in str(caught.value)
    catalogue = load_catalogue([file.parent])
    assert (catalogue.sources, len(catalogue.errors)) == ({}, 1)
