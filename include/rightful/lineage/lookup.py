"""One question over all tables: is this URL, id or hash in the corpus, and what is its whole chain?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from rightful.catalogue.load import load_catalogue
from rightful.errors import ConfigurationError
from rightful.licensing.contracts import load_contracts
from rightful.licensing.policy import load_policy
from rightful.licensing.reviews import Reviews
from rightful.lineage.observed import observed
from rightful.lineage.usable import Judge
from rightful.settings import Settings
from rightful.store.ledger import Ledgers
from rightful.store.s3 import store_errors
from rightful.store.tables import CORPUS, LEDGER, SHARED, Tables

if TYPE_CHECKING:
    from pyiceberg.table import Table

Row = dict[str, Any]

EXCERPT = 300
"""Characters of the text that are shown; the whole of it is never loaded for an answer."""

PUBLICATION = ("slice_end", "published_at", "run_id", "snapshot_id", "policy_version", "code_version")
"""What is told of the publication that made a slice visible."""

MOST_HITS = 200
"""A URL has few versions; more than this means that the question was too wide."""

_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_HASHES = ("content_sha256", "raw_sha256")
_NAMES = ("id", "source_url", "source_native_id")


def lookup(settings: Settings, what: str) -> list[Row]:
    """Every document and every ruling that ``what`` names, newest first; empty when there is none.

    ``what`` is compared without regard to case: with ids, native ids and URLs (scheme and last slash don't matter), or,
    when it is 64 hexadecimal digits, with the SHA-256 of texts and of the bytes as received. Each hit has

    * ``source``, ``id``, ``in_corpus``, ``usable`` (may it be used today) and ``why_not``,
    * ``document``: its columns, an excerpt in place of the text; None when it is not in the corpus,
    * ``ruling``: the ledger's row that decided, and ``history``: the other ones,
    * ``published``: the publication that made its slice visible (snapshot, run, code),
    * ``reviews``: what people ruled that the ruling relies on (rows of ``ledger.reviews``),
    * ``observations``: what was seen when its licence was looked at again, newest first, and ``mark``: one sentence on
      it where the source has become stricter or is gone, else None,
    * ``contract``, ``raw`` (where the bytes as received lie) and ``policy_now``.

    Raises :class:`~rightful.errors.ConfigurationError` for an empty question or one that names too many documents, and
    :class:`~rightful.errors.StoreError` when the tables can't be read.
    """
    wanted = what.strip()
    if not wanted:
        raise ConfigurationError("an empty question", remedy="give a URL, an id or a SHA-256")
    finder = _Finder(settings)
    hits: list[Row] = []
    for source_id in finder.sources(wanted):
        hits.extend(finder.hits(source_id, wanted, MOST_HITS - len(hits)))
    return sorted(hits, key=lambda hit: (hit["in_corpus"], _when(hit)), reverse=True)


def _when(hit: Row) -> datetime:
    ruling = hit["ruling"] or {}
    document = hit["document"] or {}
    found = ruling.get("decided_at") or document.get("added")
    return found if isinstance(found, datetime) else datetime.min.replace(tzinfo=UTC)


class _Finder:
    """Tables, catalogue, policy and contracts, read once for all sources."""

    def __init__(self, settings: Settings) -> None:
        self.tables = Tables(settings)
        self.ledgers = Ledgers(self.tables)
        self.catalogue = load_catalogue(settings.catalogue_dir, settings.contracts_dir).sources
        self.policy = load_policy(settings.policy_file, settings.jurisdiction)
        self.contracts = load_contracts(settings.contracts_dir)
        self.today = datetime.now(UTC).date()

    def sources(self, wanted: str) -> list[str]:
        """Every source that has a table. An id names its source, so that one is enough then."""
        known = {*self.tables.sources(), *self._with_ledger()}
        named = wanted.partition(":")[0].lower()
        return [named] if named in known else sorted(known)

    def _with_ledger(self) -> Iterable[str]:
        from pyiceberg.exceptions import NoSuchNamespaceError

        with store_errors(f"listing the tables of {LEDGER}"):
            try:
                return [name[-1] for name in self.tables.catalog.list_tables(LEDGER) if name[-1] not in SHARED]
            except NoSuchNamespaceError:
                return []

    def hits(self, source_id: str, wanted: str, room: int) -> list[Row]:
        corpus, ledger = self.tables.existing(CORPUS, source_id), self.tables.existing(LEDGER, source_id)
        ids = _ids(corpus, wanted) | _ids(ledger, wanted)
        if len(ids) > room:
            raise ConfigurationError(f"`{wanted}` names more than {MOST_HITS} documents", remedy="ask for one id")
        if not ids:
            return []
        documents, rulings = _rows(corpus, ids), _rows(ledger, ids)
        published = {row["slice"]: row for row in self.ledgers.slices_of(source_id)}
        rows = self.ledgers.reviews(source_id)
        reviews, answers = Reviews.from_rows(rows), {row["review_id"]: row for row in rows}
        judge = Judge(
            self.catalogue.get(source_id),
            self.policy,
            self.contracts,
            self.ledgers.tombstones(source_id),
            self.today,
            left=self.ledgers.ended_contracts(source_id),
            reviews=reviews,
        )
        found: list[Row] = []
        for name in sorted(ids):
            own = sorted((row for row in rulings if row["id"] == name), key=_decided, reverse=True)
            versions: list[Row | None] = [row for row in documents if row["id"] == name]
            hits = [self._hit(source_id, name, document, own, published, judge) for document in versions or [None]]
            source = self.catalogue.get(source_id)
            found.extend(
                {
                    **hit,
                    "reviews": _relied_on(hit["ruling"], answers),
                    **observed(self.tables, source_id, source, hit["document"], name),
                }
                for hit in hits
            )
        return found

    def _hit(
        self,
        source_id: str,
        name: str,
        document: Row | None,
        rulings: list[Row],
        published: Mapping[datetime, Row],
        judge: Judge,
    ) -> Row:
        ruling = _ruling_of(document, rulings, published)
        row = document or ruling or {}
        why_not = judge.document(document) if document is not None else judge.refused(ruling)
        contract = self.contracts.get(str(row.get("contract_id") or ""))
        publication = published.get(row["slice"]) if row else None
        return {
            "source": source_id,
            "id": name,
            "in_corpus": document is not None,
            "usable": why_not is None,
            "why_not": why_not,
            "document": document,
            "ruling": ruling,
            "history": [entry for entry in rulings if entry is not ruling],
            "published": {key: publication[key] for key in PUBLICATION} if publication else None,
            "contract": contract.model_dump(mode="json") if contract is not None else None,
            "raw": {key: row.get(f"raw_{key}") for key in ("uri", "offset", "length", "sha256")},
            "policy_now": self.policy.version,
        }


def _ids(table: Table | None, wanted: str) -> set[str]:
    """Ids of the rows that ``wanted`` names."""
    if table is None or table.current_snapshot() is None:
        return set()
    is_hash = _SHA256.fullmatch(wanted) is not None
    columns = [name for name in (_HASHES if is_hash else _NAMES) if name in table.schema().column_names]
    spellings = pa.array([wanted.lower()] if is_hash else sorted(_spellings(wanted.lower())))
    found: set[str] = set()
    with store_errors(f"searching {'.'.join(table.name())}"):
        # Iceberg's filters know no case; reading these few columns batch by batch keeps memory flat.
        for batch in table.scan(selected_fields=tuple({"id", *columns})).to_arrow_batch_reader():
            matches = pa.array([False] * batch.num_rows)
            for column in columns:
                folded = pc.utf8_lower(batch.column(column).cast(pa.string()))
                matches = pc.or_(matches, pc.is_in(folded, value_set=spellings))
            found.update(name for name in batch.column("id").filter(matches).to_pylist() if name)
            if len(found) > MOST_HITS:
                break
    return found


def _spellings(wanted: str) -> set[str]:
    """Ways to write the same URL; for an id just the id."""
    scheme, mark, rest = wanted.partition("://")
    if not mark or scheme not in ("http", "https"):
        return {wanted}
    bare = rest.partition("#")[0].rstrip("/")
    return {f"{name}://{bare}{end}" for name in ("http", "https") for end in ("", "/")} | {wanted}


def _rows(table: Table | None, ids: set[str]) -> list[Row]:
    """Whole rows of these ids, the text cut to an excerpt."""
    from pyiceberg.expressions import In

    if table is None or table.current_snapshot() is None:
        return []
    is_in: Any = In  # its type is that of a pydantic model, which takes no positional arguments
    rows: list[Row] = []
    with store_errors(f"reading {'.'.join(table.name())}"):
        for batch in table.scan(row_filter=is_in("id", ids)).to_arrow_batch_reader():
            if "text" in batch.schema.names:
                excerpt = pc.utf8_slice_codeunits(batch.column("text"), 0, EXCERPT)
                batch = batch.set_column(batch.schema.get_field_index("text"), "text_excerpt", excerpt)
            rows.extend(batch.to_pylist())
    return rows


def _relied_on(ruling: Row | None, answers: Mapping[str, Row]) -> list[Row]:
    """The rows of ``ledger.reviews`` that a ruling names in its rule (``review:<id>``)."""
    rules = ((ruling or {}).get("rule") or "").split("+")
    return [answers[rule[7:]] for rule in rules if rule.startswith("review:") and rule[7:] in answers]


def _ruling_of(document: Row | None, rulings: list[Row], published: Mapping[datetime, Row]) -> Row | None:
    """The ledger's row that let the document in; without a document the newest one that readers see."""
    if document is not None:
        same = [row for row in rulings if row["outcome"] == "allow" and row["slice"] == document["slice"]]
        exact = [row for row in same if row["run_id"] == document["run_id"]]
        return next(iter(exact or same), None)
    current = [row for row in rulings if row["run_id"] == (published.get(row["slice"]) or {}).get("run_id")]
    return next(iter(current or rulings), None)


def _decided(row: Mapping[str, Any]) -> datetime:
    found = row.get("decided_at")
    return found if isinstance(found, datetime) else datetime.min.replace(tzinfo=UTC)
