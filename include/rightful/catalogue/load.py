"""The catalogue: folders of source files become valid sources and a list of everything that is wrong.

Airflow reads this while it parses DAGs, so it is quick and light: no network, no store, a file is read again only when
it changed. One bad file never hides the others.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from rightful.catalogue.contract import contract_files, misnamed
from rightful.catalogue.evidence import evidence_problem
from rightful.catalogue.explain import CatalogueError, explain, nearest
from rightful.catalogue.models import Contract, Source
from rightful.catalogue.yaml_nodes import Place, YamlError, parse, read_text
from rightful.errors import ConfigurationError
from rightful.model import Struct

Model = TypeVar("Model", bound=BaseModel)

BLANK = "FILL IN"
"""Marks what a person has still to write in a scaffolded file."""

RESERVED = ("slices", "withdrawals", "reviews", "observations")
"""Tables of ``ledger`` that are about all sources (named by :mod:`rightful.store.tables`, too heavy to ask here)."""

READ_WHOLE = {"crawl": "page", "repository": "file"}
"""Kinds that look for a licence in all places of a page or file, which one claim rule stands for."""

BASE_URL = "RIGHTFUL_BASE_URL_"
"""With a source's id in capitals behind it: the environment variable that replaces its ``fetch.base_url`` (a mirror, a
test server). Who sets it answers for it, so it may be a private address where the file allows none."""


class InvalidFile(ConfigurationError):
    """A catalogue file is wrong; ``errors`` tells all of it."""

    def __init__(self, what: str, *, errors: tuple[CatalogueError, ...] = (), **where: Any) -> None:
        super().__init__(what, **where)
        self.errors = errors


class Catalogue(Struct, frozen=True, kw_only=True):
    """What the folders hold: valid sources by id, where each stands, and what is wrong with the others."""

    sources: dict[str, Source]
    files: dict[str, Path]
    errors: tuple[CatalogueError, ...]

    def get(self, source_id: str) -> Source:
        """The source ``source_id``. Raises :class:`~rightful.errors.ConfigurationError` with the nearest known id."""
        if source_id in self.sources:
            return self.sources[source_id]
        broken = [str(error) for error in self.errors if Path(error.file).stem == source_id]
        if broken:
            raise ConfigurationError(f"source `{source_id}` is broken: {'; '.join(broken)}")
        raise ConfigurationError(f"there is no source `{source_id}`", remedy=nearest(source_id, sorted(self.sources)))


class _Loaded(Struct, frozen=True, kw_only=True):
    value: Any
    errors: tuple[CatalogueError, ...]
    lines: dict[Place, int]


_seen: dict[tuple[type[BaseModel], Path], tuple[tuple[int, int], _Loaded]] = {}
"""Per process: the last reading of each file, with its time of change (ns) and size (bytes)."""


def load_catalogue(folders: Iterable[Path | str], contracts_dir: Path | str | None = None) -> Catalogue:
    """All sources in ``folders`` (files ``*.yaml``, not below), in the order of their names.

    A source that needs a contract is checked against ``contracts_dir`` (default: the folder ``contracts`` beside the
    source's own folder). When two files give the same id, the first one counts and the second is an error.
    """
    sources: dict[str, Source] = {}
    files: dict[str, Path] = {}
    errors: list[CatalogueError] = []
    for folder in map(Path, folders):
        if not folder.is_dir():
            errors.append(
                CatalogueError(file=str(folder), message="is not a folder", remedy="correct RIGHTFUL_CATALOGUE_DIR")
            )
            continue
        contracts = Path(contracts_dir) if contracts_dir is not None else folder.parent / "contracts"
        for path in _yaml_files(folder):
            loaded = _load_source(path)
            wrong = loaded.errors or _contract_errors(loaded, path, contracts)
            if not wrong and loaded.value.id in files:
                other = files[loaded.value.id]
                wrong = (
                    _wrong(
                        loaded, path, "id", f"id `{loaded.value.id}` stands already in {other}", "rename one of them"
                    ),
                )
            errors.extend(wrong)
            if not wrong:
                sources[loaded.value.id], files[loaded.value.id] = loaded.value, path
    return Catalogue(sources=sources, files=files, errors=tuple(errors))


def load_source(path: Path | str, contracts_dir: Path | str | None = None) -> Source:
    """One source file. Raises :class:`InvalidFile` that tells everything wrong with it."""
    path = Path(path)
    contracts = Path(contracts_dir) if contracts_dir is not None else path.parent.parent / "contracts"
    loaded = _load_source(path)
    return _valid(loaded, loaded.errors or _contract_errors(loaded, path, contracts), Source)


def load_contract(path: Path | str) -> Contract:
    """One contract file. Raises :class:`InvalidFile` that tells everything wrong with it."""
    loaded = _load_contract(Path(path))
    return _valid(loaded, loaded.errors, Contract)


def load_contracts(folder: Path | str) -> tuple[dict[str, Contract], tuple[CatalogueError, ...]]:
    """All valid contracts of a folder by id, and what is wrong with the others. No folder means no contract."""
    found: dict[str, Contract] = {}
    errors: list[CatalogueError] = []
    for path in contract_files(Path(folder)) if Path(folder).is_dir() else ():
        loaded = _load_contract(path)
        errors.extend(loaded.errors)
        if not loaded.errors:
            found[loaded.value.id] = loaded.value
    return found, tuple(errors)


def _yaml_files(folder: Path) -> list[Path]:
    return sorted(
        path for path in folder.iterdir() if path.suffix in (".yaml", ".yml") and not path.name.startswith(".")
    )


def _valid(loaded: _Loaded, errors: tuple[CatalogueError, ...], model: type[Model]) -> Model:
    if errors:
        raise InvalidFile("\n".join(map(str, errors)), errors=errors)
    if not isinstance(loaded.value, model):
        raise TypeError(f"expected {model.__name__}, read {type(loaded.value).__name__}")
    return loaded.value


def _load_source(path: Path) -> _Loaded:
    """The source with the address that the environment gives it, if it does."""
    loaded = _load(path, Source)
    if loaded.value is None:
        return loaded
    variable = f"{BASE_URL}{loaded.value.id.upper()}"
    address = os.environ.get(variable, "").strip()
    if not address:
        return loaded
    try:
        fetch = loaded.value.fetch.model_copy(
            update={"base_url": type(loaded.value.fetch)._http(address), "allow_private": True}
        )
    except ValueError as error:
        wrong = _wrong(loaded, path, "fetch.base_url", f"{variable} {error}", f"correct or unset {variable}")
        return _Loaded(value=loaded.value, errors=(*loaded.errors, wrong), lines=loaded.lines)
    moved = loaded.value.model_copy(update={"fetch": fetch})
    return _Loaded(value=moved, errors=loaded.errors, lines=loaded.lines)


def _load_contract(path: Path) -> _Loaded:
    """The contract with what is wrong with its evidence. That is looked at each time: it changes by itself."""
    if why := misnamed(path):
        unread = CatalogueError(file=str(path.absolute()), message=why, remedy=f"name the file {path.stem}.yaml")
        return _Loaded(value=None, errors=(unread,), lines={})
    loaded = _load(path, Contract)
    if loaded.errors:
        return loaded
    problem = evidence_problem(loaded.value, path.absolute().parent)
    if problem is None:
        return loaded
    wrong = _wrong(loaded, path.absolute(), problem.key, problem.message, problem.remedy)
    return _Loaded(value=loaded.value, errors=(wrong,), lines=loaded.lines)


def _load(path: Path, model: type[BaseModel]) -> _Loaded:
    """Read, parse and validate, unless the file is as it was the last time."""
    path = path.absolute()
    try:
        status = path.stat()
    except OSError as error:
        return _failed(CatalogueError(file=str(path), message=f"can't be read: {error.strerror}"))
    state = (status.st_mtime_ns, status.st_size)
    known = _seen.get((model, path))
    if known is None or known[0] != state:
        _seen[model, path] = known = (state, _read(path, model))
    return known[1]


def _read(path: Path, model: type[BaseModel]) -> _Loaded:
    try:
        text = read_text(path)
        data, lines = parse(text)
    except YamlError as problem:
        return _failed(
            CatalogueError(file=str(path), line=problem.line, message=problem.message, remedy=problem.remedy)
        )
    if not isinstance(data, dict):
        return _failed(CatalogueError(file=str(path), line=1, message="must be a list of `key: value` lines"))
    try:
        value = model.model_validate(data)
    except ValidationError as error:
        return _failed(*explain(error, model, data, lines, path))
    loaded = _Loaded(value=value, errors=(), lines=lines)
    errors = (*_further_errors(loaded, path), *_blank_errors(value, path, text))
    return _Loaded(value=value, errors=errors, lines=lines)


def _failed(*errors: CatalogueError) -> _Loaded:
    return _Loaded(value=None, errors=errors, lines={})


def _wrong(loaded: _Loaded, path: Path, key: str, message: str, remedy: str | None) -> CatalogueError:
    place: Place = tuple(int(step) if step.isdigit() else step for step in key.split("."))
    return CatalogueError(file=str(path), line=loaded.lines.get(place, 1), message=message, remedy=remedy)


def _further_errors(loaded: _Loaded, path: Path) -> tuple[CatalogueError, ...]:
    """What the types can't tell: the id must be the file's name; schedule, dates and addresses must make sense."""
    value, errors = loaded.value, []
    if value.id != path.stem:
        errors.append(
            _wrong(loaded, path, "id", f"id `{value.id}` is not the file's name", f"rename the file to {value.id}.yaml")
        )
    if isinstance(value, Source):
        errors.extend(_source_errors(loaded, path, value))
    elif isinstance(value, Contract) and value.valid_until is not None and value.valid_until < value.valid_from:
        errors.append(
            _wrong(loaded, path, "valid_until", "the contract ends before it begins", "correct one of the dates")
        )
    return tuple(errors)


def _blank_errors(value: BaseModel, path: Path, text: str) -> Iterable[CatalogueError]:
    """What ``rightful new-source`` left for a person to fill in. A source that is not enabled may still have blanks."""
    if isinstance(value, Source) and value.enabled and BLANK in text:
        line = text.count("\n", 0, text.index(BLANK)) + 1
        yield CatalogueError(
            file=str(path), line=line, message=f"`{BLANK}` is left in an enabled source", remedy="fill it in"
        )


def _source_errors(loaded: _Loaded, path: Path, source: Source) -> Iterable[CatalogueError]:
    if source.id in RESERVED:
        yield _wrong(loaded, path, "id", f"ledger.{source.id} is a table of its own", "give the source another id")
    problem = cron_problem(source.schedule)
    if problem:
        yield _wrong(
            loaded,
            path,
            "schedule",
            f"`schedule: {source.schedule}`: {problem}",
            "five fields, e.g. `0 0 * * *` (daily, UTC)",
        )
    if source.start_date > datetime.now(UTC).date() + timedelta(days=366):
        yield _wrong(
            loaded, path, "start_date", "start_date lies more than a year ahead", "nothing would ever be acquired"
        )
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", source.owner):
        yield _wrong(
            loaded, path, "owner", f"`owner: {source.owner}` is no e-mail address", "name who answers for this source"
        )
    if not re.match(r"https?://[^/\s]", source.homepage):
        yield _wrong(loaded, path, "homepage", f"`homepage: {source.homepage}` is no URL", "begin it with https://")
    for number, rule in enumerate(source.license.claims):
        for name, claim_path in (("from", rule.from_), ("label", rule.label)):
            where = f"`license.claims[{number}].{name}: {claim_path}`"
            if (only := READ_WHOLE.get(source.kind)) is not None:
                # Any other path would be read nowhere, and its claim would be missing without a word.
                if claim_path not in (None, only) or (name == "label" and claim_path):
                    message = f"{where} is no place of a {only}"
                    yield _wrong(
                        loaded, path, f"license.claims.{number}", message, f"write `from: {only}`, without `label`"
                    )
                continue
            if claim_path == "page" and name == "from" and getattr(source.fetch, "linked", None) is not None:
                continue
            root, _, rest = (claim_path or "record.").partition(".")
            if claim_path is not None and (root not in ("record", "site") or not rest):
                message = f"{where} begins with neither `record.` nor `site.`"
                yield _wrong(loaded, path, f"license.claims.{number}", message, "say where the tag stands")
            if root == "site" and getattr(source.fetch, "site", None) is None:
                yield _wrong(
                    loaded,
                    path,
                    f"license.claims.{number}",
                    f"{where} needs `fetch.site`",
                    "say which request answers it",
                )
    for parameter, values in source.shard.over.items():
        if not values or len(set(values)) != len(values):
            what = "names no value" if not values else "names a value twice"
            yield _wrong(loaded, path, f"shard.over.{parameter}", f"`shard.over.{parameter}` {what}", None)


@lru_cache(maxsize=256)
def cron_problem(expression: str) -> str | None:
    """Why ``expression`` is no cron expression of five fields, or names no day that ever comes; else None.

    Remembered, for many files say the same, and what an expression means never changes.
    """
    from croniter import CroniterError, croniter  # type: ignore[import-untyped]  # here, for it is slow to import

    if len(expression.split()) != 5 and not expression.startswith("@"):
        return f"has {len(expression.split())} fields"
    try:
        ticks = croniter(expression)
    except CroniterError as error:
        return str(error)
    try:
        ticks.get_next()
    except CroniterError:
        return "never comes round"
    return None


def _contract_errors(loaded: _Loaded, path: Path, folder: Path) -> tuple[CatalogueError, ...]:
    """The contract a source names must exist, be valid and cover it. Not cached: contracts change by themselves."""
    source = loaded.value
    name = source.license.contract
    if name is None:
        return ()
    file = folder / f"{name}.yaml"
    if not file.is_file():
        known = [found.stem for found in contract_files(folder) if not misnamed(found)] if folder.is_dir() else []
        remedy = nearest(name, known) if known else f"write {file}"
        return (_wrong(loaded, path, "license.contract", f"there is no contract `{name}` in {folder}", remedy),)
    contract = _load_contract(file)
    if contract.errors:
        return (_wrong(loaded, path, "license.contract", f"contract `{name}` is broken: {contract.errors[0]}", None),)
    if source.id not in contract.value.sources:
        return (
            _wrong(
                loaded,
                path,
                "license.contract",
                f"contract `{name}` does not cover source `{source.id}`",
                f"it covers {', '.join(contract.value.sources)}; name another, or correct `sources` in {file}",
            ),
        )
    return ()
