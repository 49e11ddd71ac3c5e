"""Every error in a catalogue names file, line and remedy, and hides no other file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rightful.catalogue.load import (
    Catalogue,
    InvalidFile,
    load_catalogue,
    load_contract,
    load_contracts,
    load_source,
)
from rightful.errors import ConfigurationError
from rightful.settings import PROJECT_ROOT
from rightful.store.tables import SHARED

GOOD = """\
id: good
title: A good source
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

CONTRACT = """\
id: deal
title: A deal
sources: [good]
valid_from: 2026-01-01
permitted_uses: [training]
evidence: safe 3
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sources").mkdir()
    (tmp_path / "contracts").mkdir()
    (tmp_path / "sources/good.yaml").write_text(GOOD)
    return tmp_path / "sources"


def put(folder: Path, name: str, *changes: tuple[str, str]) -> Path:
    text = GOOD.replace("id: good", f"id: {name}", 1)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path = folder / f"{name}.yaml"
    path.write_text(text)
    return path


def told(catalogue: Catalogue) -> list[str]:
    return [str(error).rpartition("/")[2] for error in catalogue.errors]


def test_a_good_source_loads(folder: Path) -> None:
    catalogue = load_catalogue([folder])
    assert catalogue.errors == ()
    assert catalogue.get("good").dag_id == "acquire__good"
    assert catalogue.files["good"] == folder / "good.yaml"
    assert load_source(folder / "good.yaml") == catalogue.get("good")


@pytest.mark.parametrize(
    ("old", "new", "line", "says", "remedy"),
    [
        ("title:", "titel:", 2, "unknown key `titel`", "did you mean `title`?"),
        ("title: A good source\n", "", 1, "`title` is missing", "add it"),
        ("kind: rest", "kind: rets", 3, "`kind` can't be `rets`", "did you mean `rest`?"),
        ("strength: publisher", "strength: publsher", 11, "can't be `publsher`", "did you mean `publisher`?"),
        ("more: has_more", "mroe: has_more", 14, "unknown key `fetch.paginate.mroe`", "did you mean `more`?"),
        ("style: page", "style: pages", 14, "can't be `pages`", "did you mean `page`?"),
        ("records: items", "recrods: items", 15, "unknown key `fetch.recrods`", "did you mean `records`?"),
        ("{id: id, url: url,", "{id: id,", 16, "give `url` or `url_template`", ""),
        ("start_date: 2026-01-01", "start_date: soon", 7, "`start_date`", ""),
        ("start_date: 2026-01-01", "start_date: 2999-01-01", 7, "ahead", "nothing would ever be acquired"),
        ("start_date:", "schedule: '0 99 * * *'\nstart_date:", 7, "`schedule: 0 99 * * *`", "five fields"),
        ("start_date:", "schedule: '0 0 * *'\nstart_date:", 7, "4 fields", "five fields"),
        ("start_date:", "region: NO\nstart_date:", 7, "`region`", "quote it"),
        ("start_date:", "enabled: false\nstart_date:", 1, "needs `refusal", ""),
        ("start_date:", "shard: {over: {site: []}}\nstart_date:", 7, "names no value", ""),
        ("owner: data@example.org", "owner: the team", 5, "no e-mail address", "who answers"),
        ("https://example.org\n", "example.org\n", 6, "no URL", "https://"),
        ("https://example.org/api", "https://me:pw@example.org/api", 13, "without user name", ""),
        ("https://example.org/api", "'http://[::1'", 13, "is no URL", ""),
        ("https://example.org/api", "http://:80", 13, "must name a host", ""),
        ("https://example.org/api", "http://example.org:99999", 13, "is no URL", ""),
        ("start_date:", f"tags: [{'x' * 91}]\nstart_date:", 7, "`tags", ""),
        ("start_date:", "shard: {target_minutes: 1.0e+300}\nstart_date:", 7, "`shard.target_minutes`", ""),
        ("start_date:", "shard: {hours: .inf}\nstart_date:", 7, "`shard.hours`", ""),
        ("start_date:", f"pace: {{pool: {'x' * 201}}}\nstart_date:", 7, "`pace.pool`", ""),
        ("  claims:\n    - {from: record.license, strength: publisher}\n", "  claims: []\n", 8, "at least one", ""),
        ("{from: record.license,", "{from: license,", 11, "neither `record.` nor `site.`", ""),
        ("{from: record.license,", "{from: site.license,", 11, "needs `fetch.site`", ""),
        (
            "title: A good source",
            "title: FILL IN what it is",
            2,
            "`FILL IN` is left in an enabled source",
            "fill it in",
        ),
        ("id: probe", "id: ../probe", 1, "`id`", ""),
        ("id: probe", "id: other", 1, "id `other` is not the file's name", "other.yaml"),
        ("id: probe", "- id: probe", 2, "not valid YAML", ""),
        ("id: probe\n", "id: probe\nid: probe\n", 2, "stands twice", "line 1"),
        ("{from: record.license, strength: publisher}", "&a {from: x}", 11, "anchor", "not allowed"),
    ],
)
def test_each_mistake_names_line_and_remedy(
    folder: Path, old: str, new: str, line: int, says: str, remedy: str
) -> None:
    put(folder, "probe", (old, new))
    catalogue = load_catalogue([folder])
    assert list(catalogue.sources) == ["good"]
    (error,) = catalogue.errors
    assert (Path(error.file).name, error.line) == ("probe.yaml", line)
    assert says in error.message
    assert remedy in (error.remedy or "")
    with pytest.raises(InvalidFile) as caught:
        load_source(folder / "probe.yaml")
    assert caught.value.errors == (error,)


def test_all_broken_files_and_all_their_mistakes_are_named(folder: Path) -> None:
    put(folder, "one", ("title:", "titel:"))
    put(folder, "two", ("kind: rest", "kind: x"), ("title:", "titel:"))
    (folder / "three.yaml").write_bytes(b"\xff\xfe")
    (folder / "four.yaml").write_text("just a line")
    catalogue = load_catalogue([folder])
    assert list(catalogue.sources) == ["good"]
    files = [Path(error.file).name for error in catalogue.errors]
    assert files == ["four.yaml", "one.yaml", "three.yaml", "two.yaml", "two.yaml"]


def test_an_alias_that_is_neither_text_nor_dated_is_one_clear_error(folder: Path) -> None:
    put(folder, "probe", ("license:\n", "license:\n  aliases: {CC: [{expresion: MIT, valid_from: 2026-01-01}]}\n"))
    assert told(load_catalogue([folder])) == [
        "probe.yaml:9: unknown key `license.aliases.CC[0].expresion` — did you mean `expression`?",
    ]


def test_the_same_id_in_a_second_folder_is_an_error_and_the_first_counts(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "more"
    other.mkdir()
    (other / "good.yaml").write_text(GOOD.replace("A good source", "Another"))
    catalogue = load_catalogue([folder, other])
    assert catalogue.get("good").title == "A good source"
    (error,) = catalogue.errors
    assert error.file == str(other / "good.yaml")
    assert str(folder / "good.yaml") in error.message


def test_a_missing_folder_is_an_error_beside_the_others(folder: Path) -> None:
    catalogue = load_catalogue([folder / "nowhere", folder])
    assert list(catalogue.sources) == ["good"]
    assert "is not a folder" in told(catalogue)[0]


def test_other_files_are_no_sources(folder: Path) -> None:
    for name in ("README.md", "source.schema.json", ".hidden.yaml", "good.yaml~"):
        (folder / name).write_text("x")
    assert load_catalogue([folder]).errors == ()


@pytest.mark.parametrize(
    ("contract", "says"),
    [
        (None, "there is no contract `deal`"),
        (CONTRACT.replace("[good]", "[else]"), "does not cover source `good`"),
        (CONTRACT.replace("title:", "titel:"), "is broken"),
        (CONTRACT.replace("id: deal", "id: dael"), "is broken"),
        (CONTRACT, None),
    ],
)
def test_a_contract_must_exist_be_valid_and_cover_the_source(
    folder: Path, contract: str | None, says: str | None
) -> None:
    (folder / "good.yaml").write_text(GOOD.replace("scope: record", "scope: contract\n  contract: deal"))
    if contract is not None:
        (folder.parent / "contracts/deal.yaml").write_text(contract)
    catalogue = load_catalogue([folder])
    if says is None:
        assert catalogue.errors == ()
        assert list(catalogue.sources) == ["good"]
    else:
        assert catalogue.sources == {}
        (error,) = catalogue.errors
        assert error.line == 10
        assert says in error.message


def test_a_contract_that_comes_or_goes_counts_at_once(folder: Path) -> None:
    """The source's file stays as it is, so that a cached answer would be wrong."""
    (folder / "good.yaml").write_text(GOOD.replace("scope: record", "scope: contract\n  contract: deal"))
    assert load_catalogue([folder]).sources == {}
    (folder.parent / "contracts/deal.yaml").write_text(CONTRACT)
    assert list(load_catalogue([folder]).sources) == ["good"]
    (folder.parent / "contracts/deal.yaml").unlink()
    assert load_catalogue([folder]).sources == {}


def test_blanks_may_stay_in_a_source_that_is_not_enabled(folder: Path) -> None:
    put(folder, "probe", ("title: A good source", "title: FILL IN\nenabled: false\nrefusal: not finished"))
    assert load_catalogue([folder]).errors == ()


@pytest.mark.parametrize("name", sorted(SHARED))
def test_a_source_can_not_take_the_name_of_a_shared_table(folder: Path, name: str) -> None:
    put(folder, name)
    assert told(load_catalogue([folder])) == [
        f"{name}.yaml:1: ledger.{name} is a table of its own — give the source another id"
    ]


def test_contracts_are_told_apart(folder: Path) -> None:
    contracts = folder.parent / "contracts"
    (contracts / "deal.yaml").write_text(CONTRACT)
    (contracts / "late.yaml").write_text(CONTRACT.replace("id: deal", "id: late") + "valid_until: 2025-12-31\n")
    found, errors = load_contracts(contracts)
    assert list(found) == ["deal"]
    assert [error.message for error in errors] == ["the contract ends before it begins"]
    assert load_contracts(contracts / "nowhere") == ({}, ())
    with pytest.raises(InvalidFile, match="ends before it begins"):
        load_contract(contracts / "late.yaml")


def test_a_changed_file_is_read_again(folder: Path) -> None:
    assert load_catalogue([folder]).get("good").title == "A good source"
    (folder / "good.yaml").write_text(GOOD.replace("A good source", "A much better source"))
    assert load_catalogue([folder]).get("good").title == "A much better source"


def test_an_unknown_or_broken_source_says_so(folder: Path) -> None:
    put(folder, "probe", ("title:", "titel:"))
    catalogue = load_catalogue([folder])
    with pytest.raises(ConfigurationError, match="did you mean `good`"):
        catalogue.get("goood")
    with pytest.raises(ConfigurationError, match="unknown key `titel`"):
        catalogue.get("probe")


def test_the_catalogue_of_this_project_is_valid() -> None:
    catalogue = load_catalogue([PROJECT_ROOT / "include/sources"])
    assert catalogue.errors == ()
    assert {"wikipedia_changes", "stack_exchange", "guardian"} <= set(catalogue.sources)
    assert not catalogue.get("guardian").enabled
    for path in catalogue.files.values():
        assert path.read_text("utf-8").startswith("# yaml-language-server: $schema=source.schema.json\n"), path


def test_loading_imports_no_heavy_library() -> None:
    """The DAG processor loads the catalogue again and again."""
    code = (
        "import sys\n"
        "from rightful.catalogue.load import load_catalogue\n"
        f"assert load_catalogue([{str(PROJECT_ROOT / 'include/sources')!r}]).sources\n"
        "bad = {'boto3', 'pyarrow', 'httpx', 'torch', 'pyiceberg', 'airflow'} & set(sys.modules)\n"
        "sys.exit(f'imported {bad}' if bad else 0)"
    )
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT / "include")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("block", "name"),
    [
        ("headers", "Authorization"),
        ("headers", "X-Api-Key"),
        ("headers", "cookie"),
        ("params", "api-key"),
        ("params", "apikey"),
        ("params", "KEY"),
        ("params", "access_token"),
        ("site", "token"),
    ],
)
def test_a_secret_may_not_stand_in_a_source_file(folder: Path, block: str, name: str) -> None:
    given = f"{block}: {{{name}: hush-hush}}" if block != "site" else f"site: {{params: {{{name}: hush-hush}}}}"
    put(folder, "open", ("  records: items\n", f"  records: items\n  {given}\n"))
    (error,) = told(load_catalogue([folder]))
    assert f"`{name}` carries a secret" in error
    assert "`connection:`" in error
    assert "`fetch.auth`" in error
    assert "hush-hush" not in error


def test_other_headers_and_parameters_may_stand_there(folder: Path) -> None:
    put(folder, "open", ("  records: items\n", "  records: items\n  headers: {Accept: x}\n  params: {keyword: y}\n"))
    assert load_catalogue([folder]).errors == ()


@pytest.mark.parametrize("scope", ["scope: record", "scope: source\n  statement: CC0-1.0"])
def test_a_contract_that_would_count_for_nothing_is_an_error(folder: Path, scope: str) -> None:
    put(folder, "open", ("scope: record", f"{scope}\n  contract: deal"))
    (error,) = told(load_catalogue([folder]))
    assert "`contract` counts for nothing" in error


def test_a_schedule_that_never_comes_round_is_an_error(folder: Path) -> None:
    put(folder, "never", ("start_date:", 'schedule: "0 0 31 2 *"\nstart_date:'))
    put(folder, "seldom", ("start_date:", 'schedule: "0 0 29 2 *"\nstart_date:'))
    (error,) = told(load_catalogue([folder]))
    assert error.startswith("never.yaml:")
    assert "never comes round" in error


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ("valid_from: '2026-01-01T00:00:00+02:00'", "plain day"),
        ("valid_from: 2026-01-01 10:00:00", "plain day"),
        ("valid_from: 2026-01-01\nquota_tokens: true", "must be a number"),
    ],
)
def test_a_contracts_days_and_quotas_are_what_they_look_like(tmp_path: Path, changed: str, says: str) -> None:
    path = tmp_path / "deal.yaml"
    path.write_text(CONTRACT)
    assert load_contract(path).id == "deal"
    path.write_text(CONTRACT.replace("valid_from: 2026-01-01", changed))
    with pytest.raises(ConfigurationError, match=says):
        load_contract(path)
