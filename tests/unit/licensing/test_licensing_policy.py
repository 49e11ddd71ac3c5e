"""Policy and contract files: strict when read, and no rule can be written that lets NC, ND or the unversioned in."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from tests.unit.licensing.cases import POLICY, POLICY_FILE, policy

from rightful.errors import ConfigurationError
from rightful.licensing.contracts import load_contracts
from rightful.licensing.policy import load_policy

SMALL = """\
version: "7"
jurisdiction: [DE]
share_alike: false
allow: [{id: a, ids: [MIT]}]
optouts: {}
"""

CONTRACT = """\
id: demo_paper
title: Signed
sources: [demo]
valid_from: 2026-01-01
permitted_uses: [training]
evidence: drawer 7
"""


def written(folder: Path, text: str, name: str = "policy.yaml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_the_version_names_the_very_bytes(tmp_path: Path) -> None:
    digest = hashlib.sha256(SMALL.encode()).hexdigest()
    read = load_policy(written(tmp_path, SMALL))
    assert (read.version, read.sha256, read.edition) == (f"7+{digest}", digest, "7")
    assert load_policy(written(tmp_path, SMALL + "# note\n")).version != read.version


def test_the_shipped_policy_is_dated_by_its_hash() -> None:
    assert POLICY.sha256 == hashlib.sha256(POLICY_FILE.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (SMALL + "extra: 1\n", "extra"),
        (SMALL + "sha256: " + "0" * 64 + "\n", "computed"),
        (SMALL.replace('"7"', "7"), "version"),
        (SMALL.replace("[DE]", "[]"), "jurisdiction"),
        (SMALL.replace("[DE]", "[Germany]"), "jurisdiction"),
        (SMALL.replace("optouts: {}\n", ""), "optouts"),
        (SMALL.replace("MIT", "Mit"), "canonical"),
        (SMALL.replace("MIT", "NoSuchId"), "canonical"),
        (SMALL.replace("ids: [MIT]", ""), "needs `ids` or `pattern`"),
        (SMALL.replace("ids: [MIT]", "pattern: '('"), "regular expression"),
        (SMALL.replace("ids: [MIT]", "ids: [MIT], valid_from: 2026-02-01, valid_until: 2026-01-01"), "before"),
        (SMALL.replace("{id: a, ids: [MIT]}", "{id: a, ids: [MIT]}, {id: a, ids: [ISC]}"), "twice"),
        (SMALL + "deny: [{id: d, ids: [ISC], reason: weak_evidence}]\n", "no reason to deny"),
        (SMALL + "quarantine: [{id: q, ids: [ISC], reason: nc}]\n", "no reason for quarantine"),
        (SMALL + "version: '8'\n", "stands twice"),
        ("a: &a [1]\nb: *a\n", "anchors"),
        ("- 1\n", "mapping"),
        ("a: [\n", "line"),
        ("a: 2026-99-99\n", "not valid YAML"),
        ("? [1]\n: 2\n", "plain words"),
        ("x: !!python/object:os.system {}\n", "line 1"),
        ("a: " + "x" * 1_000_001, "larger"),
    ],
)
def test_a_bad_policy_is_named_with_what_is_wrong(tmp_path: Path, text: str, says: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigurationError, match=says) as caught:
        load_policy(path)
    assert str(path) in str(caught.value)


def test_a_missing_policy_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"can't read .*none\.yaml"):
        load_policy(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    "rule",
    [
        {"ids": ["CC-BY-NC-4.0"]},
        {"ids": ["CC-BY-ND-3.0-DE"]},
        {"ids": ["LicenseRef-RS-NoC-NC-1.0"]},
        {"ids": ["LicenseRef-CC-BY-unversioned"]},
        {"ids": ["LicenseRef-GFDL-unversioned"]},
        {"pattern": ".*"},
        {"pattern": "CC-BY.*"},
        {"pattern": "CC-.*-4\\.0"},
        {"pattern": "(LicenseRef-)?CC-BY(-SA)?(-.*)?"},
        {"pattern": "LicenseRef-.*"},
        {"pattern": "CC-BY-4\\.0(-[A-Z]+)*"},
    ],
)
def test_no_allow_rule_can_let_nc_nd_or_the_unversioned_in(rule: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="must never match"):
        policy(allow=[{"id": "bad", **rule}])


def test_patterns_match_whole_ids_only() -> None:
    by = next(rule for rule in POLICY.allow if rule.id == "cc-by")
    assert by.matches("CC-BY-4.0")
    assert by.matches("LicenseRef-CC-BY-2.5-SE")
    refused = [
        "CC-BY-SA-4.0",
        "xCC-BY-4.0",
        "CC-BY-4.0x",
        "CC-BY-4.0\n",
        "CC-BY-4.0-NC",
        "CC-BY-4.0-DE-NC",
        "CC-BY-5.0",
    ]
    assert not [term for term in refused if by.matches(term)]


def test_rules_of_the_policy_are_immutable() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        POLICY.share_alike = False


def test_contracts_are_read_by_id(tmp_path: Path) -> None:
    written(tmp_path, CONTRACT, "demo_paper.yaml")
    written(tmp_path, "not read", "README.md")
    assert list(load_contracts(tmp_path)) == ["demo_paper"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (CONTRACT + "extra: 1\n", "extra"),
        (CONTRACT + "title: twice\n", "twice"),
        (CONTRACT.replace("demo_paper", "other"), "name the file other.yaml"),
        (CONTRACT.replace("[training]", "[]"), "permitted_uses"),
        (CONTRACT + "valid_until: 2025-01-01\n", "ends before"),
        (CONTRACT.replace("2026-01-01", "soon"), "valid_from"),
        ("", "mapping"),
    ],
)
def test_a_bad_contract_is_named_and_stops_the_loading(tmp_path: Path, text: str, says: str) -> None:
    path = written(tmp_path, text, "demo_paper.yaml")
    with pytest.raises(ConfigurationError, match=says) as caught:
        load_contracts(tmp_path)
    assert str(path) in str(caught.value)


def test_every_bad_contract_is_named_at_once(tmp_path: Path) -> None:
    paths = [written(tmp_path, "x: [", f"{name}.yaml") for name in ("one", "two")]
    with pytest.raises(ConfigurationError) as caught:
        load_contracts(tmp_path)
    assert all(str(path) in str(caught.value) for path in paths)


def test_a_folder_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no folder of contracts"):
        load_contracts(tmp_path / "nowhere")


def test_the_shipped_contracts_load() -> None:
    assert set(load_contracts(POLICY_FILE.parent / "contracts")) == {
        "facebook_pages",
        "guardian_open_platform",
        "publisher_delivery_agreement",
        "quizlet_sets",
        "reddit_data_api",
    }


def test_without_a_word_on_synthetic_text_none_may_load(tmp_path: Path) -> None:
    assert load_policy(written(tmp_path, SMALL)).synthetic.max_share == 0
    assert load_policy(written(tmp_path, SMALL + "synthetic: {max_share: 0.25}\n")).synthetic.max_share == 0.25


@pytest.mark.parametrize("share", ["1", "-0.1", ".nan", ".inf", "lots", "null"])
def test_a_share_of_synthetic_text_is_a_share(tmp_path: Path, share: str) -> None:
    with pytest.raises(ConfigurationError, match="max_share"):
        load_policy(written(tmp_path, f"{SMALL}synthetic: {{max_share: {share}}}\n"))
