"""The signed document behind a contract: checked where it lies beside the contract, left to people elsewhere."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

import pytest
from tests.unit.licensing.cases import claim, rule, source

from rightful.catalogue.load import InvalidFile, load_catalogue, load_contract, load_source
from rightful.catalogue.load import load_contracts as catalogue_contracts
from rightful.licensing.contracts import load_contracts
from rightful.model import Reason

SIGNED = b"%PDF- signed by both"
SIGNED_HASH = hashlib.sha256(SIGNED).hexdigest()
SOURCE = """\
id: demo
title: Demo
kind: rest
channel: licensed_api
owner: data@example.org
homepage: https://example.org
start_date: 2026-01-01
license: {scope: contract, contract: paper}
fetch:
  base_url: https://example.org
  paginate: {style: none}
  records: items
  fields: {id: id, url: url, text: body}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "contracts/signed").mkdir(parents=True)
    (tmp_path / "contracts/signed/paper.pdf").write_bytes(SIGNED)
    return tmp_path / "contracts"


def write(folder: Path, evidence: str, sha256: str | None = None) -> Path:
    path = folder / "paper.yaml"
    path.write_text(
        "id: paper\ntitle: Paper\nsources: [demo]\nvalid_from: 2020-01-01\npermitted_uses: [training]\n"
        f"evidence: {evidence!r}\n" + (f"evidence_sha256: {sha256}\n" if sha256 else "")
    )
    return path


WORDS = [
    "drawer 7", "not signed", "made up for the demo", "https://legal.example/paper.pdf", "legal@example.org",
    "www.example.org", "Signed on 3.5., see p. 4", "mail of J. Doe", "x" * 5_000,
]  # fmt: skip


@pytest.mark.parametrize("evidence", [*WORDS, "signed/paper.pdf"])
def test_evidence_in_words_or_in_place_holds(folder: Path, evidence: str) -> None:
    contract = load_contract(write(folder, evidence))
    assert load_contracts(folder) == {"paper": contract}
    assert catalogue_contracts(folder) == ({"paper": contract}, ())


@pytest.mark.parametrize("evidence", WORDS)
def test_a_hash_beside_words_is_for_people(folder: Path, evidence: str) -> None:
    write(folder, evidence, SIGNED_HASH)
    assert list(load_contracts(folder)) == ["paper"]


def test_the_right_hash_holds(folder: Path) -> None:
    write(folder, "signed/paper.pdf", SIGNED_HASH)
    assert list(load_contracts(folder)) == ["paper"]


@pytest.mark.parametrize(
    ("evidence", "sha256", "line", "said"),
    [
        ("signed/paper.pdf", "ab" * 32, 7, "has SHA-256 " + SIGNED_HASH),
        ("signed/gone.pdf", None, 6, "is missing"),
        ("gone.pdf", SIGNED_HASH, 6, "is missing"),
        ("the signed paper.pdf", SIGNED_HASH, 6, "is missing"),
        ("../paper.pdf", None, 6, "does not lie beside"),
        ("/etc/hostname.txt", None, 6, "does not lie beside"),
        ("signed/../../contracts/signed/paper.pdf", None, 6, "does not lie beside"),
        ("   ", None, 6, "is empty"),
    ],
)
def test_without_its_evidence_there_is_no_contract(
    folder: Path, evidence: str, sha256: str | None, line: int, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(folder, evidence, sha256)
    with pytest.raises(InvalidFile, match=said) as caught:
        load_contract(path)
    assert caught.value.errors[0].line == line
    assert caught.value.errors[0].remedy
    found, (error,) = catalogue_contracts(folder)
    assert (found, error.file) == ({}, str(path))
    # The source that needs it is a catalogue error of its own; the gate, asked nevertheless, denies.
    (folder.parent / "sources").mkdir()
    (folder.parent / "sources/demo.yaml").write_text(SOURCE)
    assert "contract `paper` is broken" in str(load_catalogue([folder.parent / "sources"]).errors[0])
    with caplog.at_level(logging.ERROR):
        contracts = load_contracts(folder)
    assert contracts == {}
    assert "contract paper counts as none" in caplog.text
    ruling = rule(claim("CC0-1.0"), source=source(scope="contract", contract="paper"), contracts=contracts)
    assert (ruling.reason, ruling.rule) == (Reason.NOT_ALLOWED, "builtin:no_contract")


def test_a_document_that_changes_is_noticed_although_the_contracts_file_does_not(folder: Path) -> None:
    write(folder, "signed/paper.pdf", SIGNED_HASH)
    (folder.parent / "sources").mkdir()
    path = folder.parent / "sources/demo.yaml"
    path.write_text(SOURCE)
    assert load_source(path).id == "demo"
    (folder / "signed/paper.pdf").write_bytes(SIGNED + b" and changed")
    assert load_contracts(folder) == {}
    with pytest.raises(InvalidFile, match="has SHA-256"):
        load_source(path)
    (folder / "signed/paper.pdf").write_bytes(SIGNED)
    assert load_source(path).id == "demo"
