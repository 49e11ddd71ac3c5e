"""The signed document behind a contract: if it lies beside the contract's file, it must be there, and be that one."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from rightful.catalogue.models import Contract


class EvidenceProblem(NamedTuple):
    """What is wrong: with which key of the contract's file, in one sentence, and what to do."""

    key: str
    message: str
    remedy: str


# `signed/2026.pdf` is a file; `https://…`, `legal@example.org`, `drawer 7` and `not signed` are words. A name with
# spaces in it is taken for a file when a hash stands beside it.
_FILE = re.compile(r"(?!www\.)[^:@\r\n]*[^\s/.:@]\.[A-Za-z][A-Za-z0-9]{0,9}")


def evidence_problem(contract: Contract, folder: Path) -> EvidenceProblem | None:
    """What speaks against the contract's evidence; None when it holds, or is told in words (nobody can check those).

    A contract with such a problem counts as none: what it covers is denied.
    """
    named = contract.evidence.strip()
    if not named:
        return EvidenceProblem("evidence", "`evidence` is empty", "say where the signed document lies")
    looks_like_file = _FILE.fullmatch(named) and (contract.evidence_sha256 or not any(map(str.isspace, named)))
    if not (looks_like_file or _lies(folder / named)):
        return None
    path = folder / named
    if Path(named).is_absolute() or ".." in Path(named).parts:
        return EvidenceProblem(
            "evidence", f"`evidence: {named}` does not lie beside the contract", f"put it below {folder}, or give a URL"
        )
    if not _lies(path):
        return EvidenceProblem(
            "evidence",
            f"the signed document {path} is missing, so the contract counts as none",
            "put it there, or say in words where it lies",
        )
    if contract.evidence_sha256 is None:
        return None
    found = sha256_of(path)
    if found == contract.evidence_sha256:
        return None
    return EvidenceProblem(
        "evidence_sha256",
        f"the signed document {path} has SHA-256 {found}, the contract says {contract.evidence_sha256}: "
        "the contract counts as none",
        "put the document back that was signed, or, if this is the right one, correct evidence_sha256",
    )


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal; ``"unreadable"`` when it can't be read, which is no file's hash."""
    try:
        status = path.stat()
        return _hashed(path, status.st_mtime_ns, status.st_size, status.st_ino)
    except OSError:
        return "unreadable"


@lru_cache(maxsize=256)
def _hashed(path: Path, *state: int) -> str:
    """Remembered while the file stays as it is: Airflow asks at every parse."""
    del state
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _lies(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # no name that a file system takes: words
        return False
