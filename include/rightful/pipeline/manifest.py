"""The list of data files that ``audit`` vouches for and ``publish`` commits. Lies beside the raw store as JSON."""

from __future__ import annotations

import hashlib
from datetime import datetime

import msgspec

from rightful.catalogue.models import Source
from rightful.errors import StoreError
from rightful.licensing.contracts import load_contracts
from rightful.model import DataFile, Run, Slice, Struct
from rightful.settings import Settings
from rightful.store.raw import RawStore


class Manifest(Struct, frozen=True, kw_only=True):
    """An audited slice. ``publish_key`` makes publishing idempotent: a retry with the same key changes nothing.

    ``withdrawals`` tells which withdrawals concern the source, as the audit saw them: others mean that something
    may have been withdrawn since. ``reviews`` is what people had answered on the source's tags then. ``replaces``, of a
    slice that was not fetched but ruled again, is the newest order there was when it was read. ``terms`` is
    :func:`terms_of` the source then. ``synthetic``: models wrote its texts. ``force_shrink``: a person said that the
    slice may hold less than before.
    """

    publish_key: str
    source: str
    slice: Slice
    documents: tuple[DataFile, ...]
    ledger: tuple[DataFile, ...]
    run: Run
    policy_version: str
    counts: dict[str, int]
    reasons: dict[str, int]
    licenses: dict[str, int]
    languages: dict[str, int]
    seconds: dict[str, float]
    tokens: int
    characters: int
    media_seconds: float
    limited: bool
    contract_id: str | None
    audited_at: datetime
    withdrawals: str | None = None
    reviews: dict[str, str] = msgspec.field(default_factory=dict)
    replaces: int | None = None
    terms: str = ""
    synthetic: bool = False
    force_shrink: bool = False

    @property
    def fetched(self) -> int:
        """Everything that has a ledger row."""
        return sum(self.counts.values())


def terms_of(source: Source, settings: Settings) -> str:
    """A hash over all that source file and contract say of the licence: with other terms, another ruling might come.

    Raises:
        ConfigurationError: When a contract can't be read.
    """
    contract = load_contracts(settings.contracts_dir).get(source.license.contract or "")
    said = [
        source.license.model_dump_json(),
        str(source.enabled),
        contract.model_dump_json() if contract is not None else "",
    ]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def store_manifest(settings: Settings, manifest: Manifest) -> str:
    """Write it; gives the URI that :func:`load_manifest` reads."""
    return RawStore(settings).put(msgspec.json.encode(manifest), prefix="manifests")


def load_manifest(settings: Settings, uri: str) -> Manifest:
    """Read it back.

    Raises:
        StoreError: When the object is not a manifest.
    """
    try:
        return msgspec.json.decode(RawStore(settings).get(uri), type=Manifest)
    except msgspec.DecodeError as error:
        raise StoreError(f"{uri} is not a manifest: {error}", remedy="clear the run from `audit` on") from error
