"""Where things are and how to reach them: one typed object, read from the environment (prefix ``RIGHTFUL_``).

Imported while Airflow parses DAGs, so importing it reads nothing: the environment is read by :func:`get_settings`, and
git is asked only when somebody wants :attr:`Settings.code_version`.
"""

from __future__ import annotations

import os
import re
import subprocess
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from rightful.errors import ConfigurationError

PREFIX = "RIGHTFUL_"
PROJECT_ROOT = Path(__file__).resolve().parents[2]
"""The folder that holds ``include/``, ``dags/`` and ``plugins/``."""

MASK = "********"


class Settings(BaseSettings):
    """Everything that differs between machines. Empty variables count as not set.

    The defaults reach the embedded stack on this machine and the catalogue of this checkout.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True, hide_input_in_errors=True
    )

    s3_endpoint: str | None = Field(default="http://127.0.0.1:8333", description="`aws` means Amazon's own endpoint")
    s3_region: str = "us-east-1"
    s3_access_key_id: str | None = None
    s3_secret_access_key: SecretStr | None = None
    raw_bucket: str = Field(default="rightful-raw", description="bucket of the raw store")
    catalog_type: Literal["rest", "sql"] = "rest"
    catalog_uri: str = Field(
        default="http://127.0.0.1:8181", description="Iceberg REST catalogue, or an SQLAlchemy URL for `sql`"
    )
    catalog_warehouse: str = "s3://iceberg"
    catalog_credential: SecretStr | None = Field(
        default=None, description="default: <access key>:<secret key> of the object store"
    )
    catalogue_dir: Annotated[tuple[Path, ...], NoDecode] = Field(
        default=(PROJECT_ROOT / "include/sources",), description="folders of source files, separated like PATH"
    )
    contracts_dir: Path = PROJECT_ROOT / "include/contracts"
    policy_file: Path = PROJECT_ROOT / "include/policy.yaml"
    jurisdiction: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="where this installation works, e.g. `DE,US`; default: what the policy says"
    )
    contact: str = Field(
        default="", description="URL or e-mail address sent in the User-Agent; hosts such as Wikipedia demand it"
    )
    state_dir: Path = Field(
        default=PROJECT_ROOT / ".rightful", description="logs, locks and state of the embedded stack"
    )
    retry_seconds: float = Field(
        default=20, gt=0, le=1800, description="pause before a task's second try; each further one is twice as long"
    )
    speech_model: str = Field(
        default="base", min_length=1, description="Whisper weights of sources that name none: a name, or a local folder"
    )
    models_dir: Path | None = Field(
        default=None, description="weights downloaded or joined; default: the folder `models` in the state dir"
    )
    transcribe_slots: int | None = Field(
        default=None, ge=1, le=1024, description="transcriptions at once, all workers together; default: cores - 1"
    )
    fixed_code_version: str | None = Field(
        default=None, validation_alias=AliasChoices(f"{PREFIX}CODE_VERSION", "code_version")
    )

    @field_validator("catalogue_dir", mode="before")
    @classmethod
    def _split_folders(cls, value: object) -> object:
        if isinstance(value, str):
            value = tuple(part for part in value.split(os.pathsep) if part.strip())
        if isinstance(value, (list, tuple)) and not value:
            raise ValueError("names no folder")
        return value

    @field_validator("jurisdiction", mode="before")
    @classmethod
    def _places(cls, value: object) -> object:
        if isinstance(value, str):
            value = tuple(place.upper() for place in re.split(r"[\s,;:]+", value.strip()) if place)
            if not value:
                raise ValueError("names no place")
        if isinstance(value, (list, tuple)) and not all(re.fullmatch("[A-Z]{2}", str(place)) for place in value):
            raise ValueError("must be ISO 3166 codes of two letters, e.g. `DE,US`")
        return value

    @field_validator("s3_endpoint", mode="after")
    @classmethod
    def _amazon(cls, value: str | None) -> str | None:
        if value is None or value.strip().lower() == "aws":
            return None
        if not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https:// (or be `aws`)")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _default_credential(self) -> Settings:
        if (self.s3_access_key_id is None) != (self.s3_secret_access_key is None):
            raise ValueError("s3_access_key_id and s3_secret_access_key must be given together")
        if self.catalog_credential is None and self.s3_access_key_id and self.s3_secret_access_key:
            pair = f"{self.s3_access_key_id}:{self.s3_secret_access_key.get_secret_value()}"
            self.__dict__["catalog_credential"] = SecretStr(pair)  # the model is frozen for everybody else
        return self

    @cached_property
    def code_version(self) -> str:
        """Stands in every row: ``RIGHTFUL_CODE_VERSION``, else the checkout's commit, else the package's version."""
        return self.fixed_code_version or _git_commit() or _package_version()

    @property
    def models(self) -> Path:
        """Where weights of speech models are kept."""
        return self.models_dir or self.state_dir / "models"

    @property
    def transcriptions(self) -> int:
        """Slots of the pool ``transcribe``: what was set, else all cores of this machine but one."""
        return self.transcribe_slots or max(1, (os.cpu_count() or 1) - 1)

    def masked(self) -> dict[str, str]:
        """Every setting as text for people, secrets (also those inside a database URL) masked."""
        shown: dict[str, str] = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if name == "fixed_code_version":
                shown["code_version"] = self.code_version
            elif isinstance(value, SecretStr):
                shown[name] = MASK
            elif isinstance(value, tuple):
                shown[name] = os.pathsep.join(str(part) for part in value)
            else:
                shown[name] = "" if value is None else _without_password(str(value))
        return shown


def _without_password(value: str) -> str:
    """``scheme://user:secret@host`` → ``scheme://user:********@host``."""
    scheme, mark, rest = value.partition("://")
    userinfo, at, host = rest.rpartition("@")
    if not (mark and at and ":" in userinfo):
        return value
    return f"{scheme}://{userinfo.partition(':')[0]}:{MASK}@{host}"


def _git_commit() -> str | None:
    if not (PROJECT_ROOT / ".git").exists():
        return None
    try:
        answer = subprocess.run(
            ["git", "-C", str(PROJECT_ROOT), "rev-parse", "--short", "HEAD"],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None  # no git here: the package's version is the next best answer
    return answer.stdout.strip() or None if answer.returncode == 0 else None


def _package_version() -> str:
    import rightful

    return str(rightful.__version__)


def unknown_variables(environment: dict[str, str] | None = None) -> list[str]:
    """Names in the environment that look like settings and are none (a typing error would else pass in silence)."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | {f"{PREFIX}CODE_VERSION"}
    names = os.environ if environment is None else environment
    return sorted(
        name
        for name in names
        if name.startswith(PREFIX) and name not in known and not name.startswith(f"{PREFIX}CONNECTION_")
    )


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once. ``get_settings.cache_clear()`` reads the environment again.

    Raises :class:`~rightful.errors.ConfigurationError` that names each wrong variable (never its value).
    """
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(
            f"{PREFIX}{'_'.join(str(part) for part in item['loc'][:1]).upper() or '*'}: {item['msg']}"
            for item in error.errors()
        )
        raise ConfigurationError(f"wrong settings: {wrong}", remedy="correct these environment variables") from None
