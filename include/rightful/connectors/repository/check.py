"""What only the parts that read repositories can tell is wrong with a source file."""

from __future__ import annotations

from collections.abc import Iterator

from rightful.catalogue.models import Source
from rightful.connectors.repository.names import OptedOut, repositories_of
from rightful.errors import ConfigurationError
from rightful.settings import PROJECT_ROOT

FILE = "file"
"""The path of a claim rule that means: the file's own header, and what the repository states for it."""


def problems(source: Source) -> Iterator[tuple[str, str | None]]:
    """Lists that can't be read, and claims that this kind does not read; each with a remedy."""
    claims = source.license.claims
    if source.license.scope == "source":
        remedy = "write `scope: record`, with `claims: [{from: file}]`"
        yield "`license.scope: source`: no statement covers every file of repositories", remedy
    if any(rule.from_ != FILE or rule.label is not None or rule.part is not None for rule in claims) or len(claims) > 1:
        yield "`license.claims`: kind `repository` reads one rule, `{from: file}`", "leave that one"
    if source.license.aliases:
        remedy = "take them out; a person rules on a text once, in the reviews"
        yield "`license.aliases`: a name stands for different texts in different repositories", remedy
    try:
        repositories_of(source, PROJECT_ROOT)
        OptedOut(source, PROJECT_ROOT)
    except ConfigurationError as error:
        yield error.what, error.remedy


__all__ = ["FILE", "problems"]
