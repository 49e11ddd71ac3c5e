"""``rightful check`` names everything that is wrong, and fails when something is."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.unit.cli.conftest import GOOD, Run, rows

from rightful.errors import ConfigurationError
from rightful.licensing.contracts import load_contracts
from rightful.settings import PROJECT_ROOT, get_settings

SOON = datetime.now(UTC).date() + timedelta(days=20)


def test_a_valid_catalogue_passes(run: Run) -> None:
    result = run("check")
    assert result.exit_code == 0
    assert "1 sources valid, 0 contracts, 0 errors" in result.stderr
    assert result.stdout == ""


def test_errors_name_file_line_and_remedy(run: Run, catalogue: Path) -> None:
    (catalogue / "bad.yaml").write_text(GOOD.replace("id: good", "id: bad").replace("title:", "titel:"))
    result = run("check")
    assert result.exit_code == 1
    assert f"{catalogue}/bad.yaml:2: unknown key `titel` — did you mean `title`?" in result.stderr.replace("\n", "")


def test_only_what_is_asked_for_counts(run: Run, catalogue: Path) -> None:
    (catalogue / "bad.yaml").write_text("id: bad")
    assert run("check", "good").exit_code == 0
    assert run("check", "bad").exit_code == 1
    assert run("check", "bad", "good").exit_code == 1


def test_an_unknown_id_is_wrong_use(run: Run) -> None:
    result = run("check", "goood")
    assert result.exit_code == 2
    assert "did you mean `good`?" in result.stderr


@pytest.mark.parametrize(
    ("fetch", "claim", "says"),
    [
        ("feeds: [show.xml]", "record.license", None),
        ("opml: [include/feeds/podcasts_cc.opml]", "record.license", None),
        ("opml: [include/feeds/none.opml]", "record.license", "can't be read"),
        ("opml: [include/policy.yaml]", "record.license", "is no OPML"),
        ("opml: [../x.opml]", "record.license", "below the project's folder"),
        ("feeds: []", "record.license", "names no feed"),
        ("feeds: [show.xml]", "record.rights", "reads no `record.rights`"),
        ("lists: [{records: 'feeds[]', feed: url}]", "record.license", "can't hold []"),
        ("{feeds: [show.xml], undated: listed}", "record.license", "needs `lists`"),
    ],
)
def test_podcasts_are_looked_into(run: Run, catalogue: Path, fetch: str, claim: str, says: str | None) -> None:
    head = GOOD.partition("license:")[0].replace("kind: rest", "kind: podcast")
    inner = fetch.strip("{}").replace(", undated", "\n  undated") if fetch.startswith("{") else fetch
    (catalogue / "good.yaml").write_text(
        f"{head}license: {{scope: record, claims: [{{from: {claim}}}]}}\n"
        f"fetch:\n  base_url: https://feeds.example.org\n  {inner}\n"
    )
    result = run("check")
    assert result.exit_code == (0 if says is None else 1), result.stderr
    assert says is None or says in " ".join(result.stderr.split())


def test_json_is_one_object_a_line(run: Run, catalogue: Path) -> None:
    (catalogue / "bad.yaml").write_text("id: bad\nid: bad")
    good, bad = rows(run("check", "--json"))
    assert (good["source"], good["enabled"], good["note"]) == ("good", True, None)
    assert (bad["line"], bad["error"]) == (2, "key `id` stands twice")


@pytest.mark.parametrize(
    ("term", "uses", "says"),
    [
        ("valid_from: 2020-01-01\nvalid_until: 2020-12-31", "training", "ended on 2020-12-31"),
        ("valid_from: 2999-01-01", "training", "begins on 2999-01-01"),
        ("valid_from: 2020-01-01", "display", "does not permit training"),
        ("valid_from: 2020-01-01", "training", None),
        ("valid_from: 2020-01-01\nterritory: [GB]", "training", "does not reach US"),
        ("valid_from: 2020-01-01\nquota_hours: 0", "training", "a quota of nothing"),
        (
            f"valid_from: 2020-01-01\nvalid_until: {SOON}",
            "training",
            f"ends on {SOON}, in ",
        ),
        (f"valid_from: 2020-01-01\nvalid_until: {SOON}\non_end: keep", "training", "its documents stay"),
    ],
)
def test_a_contract_that_is_not_live_is_told(run: Run, catalogue: Path, term: str, uses: str, says: str | None) -> None:
    (catalogue / "good.yaml").write_text(
        GOOD.replace("scope: record", "scope: contract\n  contract: deal").replace(
            "  claims: [{from: record.license}]\n", ""
        )
    )
    (catalogue.parent / "contracts/deal.yaml").write_text(
        f"id: deal\ntitle: A deal\nsources: [good]\n{term}\npermitted_uses: [{uses}]\nevidence: safe\n"
    )
    (row,) = rows(run("check", "--json"))
    assert says in row["note"] if says else row["note"] is None


@pytest.mark.parametrize(("content", "status"), [(b"signed", 0), (b"another", 1), (None, 1)])
def test_the_signed_document_is_looked_at(run: Run, catalogue: Path, content: bytes | None, status: int) -> None:
    contracts = catalogue.parent / "contracts"
    digest = hashlib.sha256(b"signed").hexdigest()
    (contracts / "deal.yaml").write_text(
        "id: deal\ntitle: A deal\nsources: [good]\nvalid_from: 2020-01-01\npermitted_uses: [training]\n"
        f"evidence: deal.pdf\nevidence_sha256: {digest}\n"
    )
    if content is not None:
        (contracts / "deal.pdf").write_bytes(content)
    result = run("check")
    assert result.exit_code == status
    said = result.stderr.replace("\n", "")
    assert (f"{contracts}/deal.yaml" in said and "counts as none" in said) is bool(status)


def test_a_broken_policy_is_an_error(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "policy.yaml").write_text("version: x\n")
    monkeypatch.setenv("RIGHTFUL_POLICY_FILE", str(tmp_path / "policy.yaml"))
    get_settings.cache_clear()
    result = run("check")
    assert result.exit_code == 1
    assert "policy.yaml" in result.stderr


def test_settings_are_shown_without_secrets(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIGHTFUL_S3_ACCESS_KEY_ID", "me")
    monkeypatch.setenv("RIGHTFUL_S3_SECRET_ACCESS_KEY", "hush-hush")
    monkeypatch.setenv("RIGHTFUL_S3_ENDPONT", "typo")
    get_settings.cache_clear()
    result = run("check", "-v")
    assert result.exit_code == 0
    assert "hush-hush" not in result.output
    assert "s3_secret_access_key" in result.stderr
    assert "RIGHTFUL_S3_ENDPONT is set, but no setting has this name" in result.stderr


def test_an_alias_that_is_no_licence_is_an_error(run: Run, catalogue: Path) -> None:
    (catalogue / "good.yaml").write_text(GOOD.replace("CC-BY-4.0", "CC-BY-99.9-nonsense x"))
    result = run("check")
    assert result.exit_code == 1
    assert "`free for all`" in result.stderr


def test_a_path_that_can_never_be_read_is_an_error(run: Run, catalogue: Path) -> None:
    (catalogue / "good.yaml").write_text(GOOD.replace("text: body", "text: 'body[0]'"))
    result = run("check")
    assert result.exit_code == 1
    assert "body[0]" in result.stderr


def test_a_media_type_that_nothing_reads_is_an_error(run: Run, catalogue: Path) -> None:
    (catalogue / "good.yaml").write_text(GOOD.replace("text: body", "text: body, media_type: text/rtf"))
    result = run("check")
    assert result.exit_code == 1
    assert "text/rtf" in result.stderr


def test_the_schema_is_json(run: Run) -> None:
    result = run("check", "--schema")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["title"] == "Source"


def test_what_is_wrong_with_a_policy_is_told_shortly_and_without_its_values(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = "".join(f"key{number}: hush-hush\n" for number in range(9))
    (tmp_path / "policy.yaml").write_text(f"{keys}allow: [{{id: a, ids: [hush-hush]}}]\nshare_alike: hush-hush\n")
    monkeypatch.setenv("RIGHTFUL_POLICY_FILE", str(tmp_path / "policy.yaml"))
    get_settings.cache_clear()
    result = run("check")
    assert result.exit_code == 1
    assert "hush-hush" not in result.output
    assert result.stderr.count("; ") == 5
    assert "more — docs/policy.md" in result.stderr
    assert (PROJECT_ROOT / "docs/policy.md").is_file()


@pytest.mark.parametrize("more", [("good",), ("--policy", str(PROJECT_ROOT / "include/policy.yaml"))])
def test_the_schema_is_asked_for_alone(run: Run, more: tuple[str, ...]) -> None:
    result = run("check", "--schema", *more)
    assert result.exit_code == 2
    assert "leave out ID and --policy" in " ".join(result.stderr.split())


@pytest.mark.parametrize("suffix", ["yml", "YAML", "YML"])
def test_a_contract_by_another_suffix_is_refused_by_check_and_gate(run: Run, catalogue: Path, suffix: str) -> None:
    folder = catalogue.parent / "contracts"
    (folder / f"paper.{suffix}").write_text(
        "id: paper\ntitle: A paper\nsources: [good]\nvalid_from: 2026-01-01\npermitted_uses: [training]\n"
        "evidence: drawer 7\n"
    )
    result = run("check")
    assert result.exit_code == 1
    said = " ".join(result.stderr.split())
    assert "the name of a contract ends in .yaml" in said
    assert "paper.yaml" in said
    with pytest.raises(ConfigurationError, match=r"ends in \.yaml"):
        load_contracts(folder)
    (folder / f"paper.{suffix}").rename(folder / "paper.yaml")
    assert run("check").exit_code == 0
    assert set(load_contracts(folder)) == {"paper"}


def test_hidden_files_are_no_contracts_for_check_and_gate(run: Run, catalogue: Path) -> None:
    folder = catalogue.parent / "contracts"
    (folder / ".paper.yaml").write_text("half a contr")
    assert run("check").exit_code == 0
    assert load_contracts(folder) == {}
