"""Settings come from RIGHTFUL_… variables, name what is wrong, and never show a secret."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rightful.credentials import credentials_from_env
from rightful.errors import ConfigurationError
from rightful.settings import MASK, PROJECT_ROOT, Settings, get_settings, unknown_variables


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in list(os.environ):
        if name.startswith("RIGHTFUL_"):
            monkeypatch.delenv(name)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def test_defaults_reach_this_checkout() -> None:
    settings = get_settings()
    assert settings.catalogue_dir == (PROJECT_ROOT / "include/sources",)
    assert settings.contracts_dir == PROJECT_ROOT / "include/contracts"
    assert settings.policy_file == PROJECT_ROOT / "include/policy.yaml"
    assert settings.raw_bucket == "rightful-raw"
    assert settings.catalog_credential is None


def test_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIGHTFUL_CATALOGUE_DIR", f"/a{os.pathsep}/b")
    monkeypatch.setenv("RIGHTFUL_S3_ENDPOINT", "http://127.0.0.1:9/")
    monkeypatch.setenv("RIGHTFUL_CODE_VERSION", "v1.2")
    settings = get_settings()
    assert settings.catalogue_dir == (Path("/a"), Path("/b"))
    assert settings.s3_endpoint == "http://127.0.0.1:9"
    assert settings.code_version == "v1.2"


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIGHTFUL_RAW_BUCKET", "")
    assert get_settings().raw_bucket == "rightful-raw"


def test_folders_of_separators_only_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIGHTFUL_CATALOGUE_DIR", os.pathsep)
    with pytest.raises(ConfigurationError, match="RIGHTFUL_CATALOGUE_DIR"):
        get_settings()


@pytest.mark.parametrize("value", ["aws", "AWS"])
def test_aws_means_its_own_endpoint(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("RIGHTFUL_S3_ENDPOINT", value)
    assert get_settings().s3_endpoint is None


def test_a_wrong_value_names_its_variable_and_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIGHTFUL_CATALOG_TYPE", "hive")
    with pytest.raises(ConfigurationError, match=r"RIGHTFUL_CATALOG_TYPE.*'rest' or 'sql'"):
        get_settings()


def test_half_a_key_pair_is_an_error_that_does_not_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIGHTFUL_S3_SECRET_ACCESS_KEY", "hush-hush")
    with pytest.raises(ConfigurationError, match="together") as caught:
        get_settings()
    assert "hush-hush" not in str(caught.value)


def test_catalog_credential_defaults_to_the_key_pair() -> None:
    settings = Settings(s3_access_key_id="me", s3_secret_access_key="hush")
    assert settings.catalog_credential is not None
    assert settings.catalog_credential.get_secret_value() == "me:hush"
    own = Settings(s3_access_key_id="me", s3_secret_access_key="hush", catalog_credential="x:y")
    assert own.catalog_credential is not None
    assert own.catalog_credential.get_secret_value() == "x:y"


def test_no_secret_is_ever_shown() -> None:
    settings = Settings(
        s3_access_key_id="me",
        s3_secret_access_key="hush-1",
        catalog_credential="me:hush-2",
        catalog_type="sql",
        catalog_uri="postgresql+psycopg2://user:hush-3@db:5432/iceberg",
    )
    shown = settings.masked()
    for secret in ("hush-1", "hush-2", "hush-3"):
        assert secret not in f"{shown} {settings!r}".replace(settings.catalog_uri, "")
    assert shown["s3_secret_access_key"] == MASK
    assert shown["catalog_uri"] == f"postgresql+psycopg2://user:{MASK}@db:5432/iceberg"
    assert set(shown) == set(Settings.model_fields) - {"fixed_code_version"} | {"code_version"}


def test_a_variable_that_is_no_setting_is_found() -> None:
    names = {"RIGHTFUL_S3_ENDPONT": "x", "RIGHTFUL_CONNECTION_A": "x", "RIGHTFUL_S3_REGION": "x", "HOME": "x"}
    assert unknown_variables(names) == ["RIGHTFUL_S3_ENDPONT"]


def test_importing_settings_reads_nothing() -> None:
    """It is imported at DAG parse: neither the environment nor git nor heavy libraries may be touched."""
    code = (
        "import subprocess, sys\n"
        "def no(*a, **k): raise SystemExit('git was called')\n"
        "subprocess.run = no\n"
        "import rightful.settings\n"
        "bad = {'boto3', 'pyarrow', 'httpx', 'torch', 'pyiceberg'} & set(sys.modules)\n"
        "sys.exit(f'imported {bad}' if bad else 0)"
    )
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT / "include"), "RIGHTFUL_CATALOG_TYPE": "wrong"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "value",
    [
        '{"login": "me", "password": "p@ss/word", "extra": {"region": "eu"}}',
        "http://me:p%40ss%2Fword@example.org/?region=eu",
    ],
)
def test_credentials_as_json_or_uri(value: str) -> None:
    found = credentials_from_env("news_api", {"RIGHTFUL_CONNECTION_NEWS_API": value})
    assert (found.login, found.password, found.extra) == ("me", "p@ss/word", {"region": "eu"})
    assert "p@ss" not in repr(found)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("", "no credentials for connection `news_api`"),
        ('{"password": "hush"', "is not JSON"),
        ('{"passwort": "hush"}', "passwort"),
        ('{"password": 5}', "must be text"),
        ("{}", "neither login, password nor extra"),
        ("hush", "neither JSON nor a URI"),
        ("http://[hush", "no URI"),
    ],
)
def test_bad_credentials_name_the_variable_and_hide_the_value(value: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match="RIGHTFUL_CONNECTION_NEWS_API") as caught:
        credentials_from_env("news_api", {"RIGHTFUL_CONNECTION_NEWS_API": value})
    assert says in str(caught.value)
    assert "hush" not in str(caught.value)
    assert caught.value.__cause__ is None
