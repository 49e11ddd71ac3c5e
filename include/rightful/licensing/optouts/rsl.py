"""Terms in Really Simple Licensing (RSL 1.0): does the XML permit training on a page, without anything in return?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urljoin, urlsplit
from xml.parsers import expat

from rightful.licensing.optouts.names import (
    RSL,
    RSL_CONDITIONS,
    RSL_PERMITS,
    RSL_PROHIBITS,
    RSL_READ,
    UNKNOWN,
    UNREADABLE,
    Fetched,
    observed,
)
from rightful.licensing.optouts.preferences import USAGES
from rightful.licensing.optouts.robots import path_matches
from rightful.model import OptOut

MOST_BYTES = 1024 * 1024
_DEEPEST = 100
_TRAINING = frozenset({"all", "ai-all", "ai-train", "train-ai", "ai-training", "train-genai", "train"})
"""Usage tokens that cover training: those of the standard, and AIPREF's that are written in their place."""
_FREE = frozenset({"", "free"})
_ORDER = (UNKNOWN, RSL_PERMITS, RSL_CONDITIONS, RSL_PROHIBITS)
"""Mildest first: where several licences cover a page, the strictest counts."""


@dataclass(slots=True)
class _Element:
    name: str
    attributes: dict[str, str]
    children: list[_Element] = field(default_factory=list)
    text: str = ""

    def all(self, name: str) -> Iterator[_Element]:
        return (child for child in self.children if child.name == name)

    def words(self) -> frozenset[str]:
        return frozenset(self.text.lower().replace(",", " ").split())


def rsl_observation(fetched: Fetched | None, address: str, url: str, declared: OptOut) -> OptOut:
    """What the terms at ``address`` say of training on ``url``: permits, prohibits, conditions, unknown or unreadable.

    ``declared`` is where the terms were announced; it is the answer as long as nobody has read them.
    """
    if fetched is None or fetched.status not in (200, 203):
        return declared
    return observed(RSL, read_terms(fetched.body, address, url), f"{declared.place}{RSL_READ}", fetched.seen)


def read_terms(body: bytes, address: str, url: str) -> str:
    """The value for an RSL document. ``unknown`` when it does not speak of ``url``; nothing raises."""
    try:
        root = _parse(body)
    except (expat.ExpatError, ValueError, LookupError):
        return UNREADABLE
    if root.name != "rsl":
        return UNREADABLE
    said = [
        _license(content) for content in root.all("content") if _covers(content.attributes.get("url", ""), address, url)
    ]
    return max(said, key=_ORDER.index, default=UNKNOWN)


def _license(content: _Element) -> str:
    licenses = list(content.all("license"))
    if not licenses:
        return RSL_CONDITIONS  # whoever names an asset and no terms, keeps them elsewhere
    said = [_terms(terms) for terms in licenses]
    if content.attributes.get("server", "").strip():
        said.append(RSL_CONDITIONS)  # a licence has to be got there first
    return max(said, key=_ORDER.index)


def _terms(terms: _Element) -> str:
    prohibited, permitted = list(terms.all("prohibits")), list(terms.all("permits"))
    if any(_is_usage(element) and element.words() & (_TRAINING | USAGES) for element in prohibited):
        return RSL_PROHIBITS
    usages = [element for element in permitted if _is_usage(element)]
    if usages and not any(element.words() & _TRAINING for element in usages):
        return RSL_PROHIBITS  # a list of permitted uses leaves the others out
    # Who may (user), and where (geo), we can't tell of ourselves; and money is for a contract.
    if not terms.children:
        return UNKNOWN  # an empty licence permits nothing that anybody could hold on to
    bound = any(not _is_usage(element) for element in (*permitted, *prohibited))
    paid = any(element.attributes.get("type", "").strip().lower() not in _FREE for element in terms.all("payment"))
    narrowed = any(_NARROWS.search(text) for text in _texts(terms))
    return RSL_CONDITIONS if bound or paid or narrowed else RSL_PERMITS


_NARROWS = re.compile(
    r"\bby-?(?:nc|nd)\b|/(?:by-)?n[cd]\b|\bnc\b|\bnd\b|non-?\s*commercial|no-?\s*deriv|all\s+rights\s+reserved"
    r"|\brights\s+reserved|personal use|\bpermission",
    re.IGNORECASE,
)
"""Terms that a licence names beside its permission, and that take some of it back."""


def _texts(element: _Element) -> Iterator[str]:
    """All that an element says, in its texts and attributes and those inside it."""
    yield element.text
    yield from element.attributes.values()
    for child in element.children:
        yield from _texts(child)


def _is_usage(element: _Element) -> bool:
    return element.attributes.get("type", "usage").strip().lower() == "usage"


def _covers(asset: str, address: str, url: str) -> bool:
    """Whether a ``content`` element speaks of ``url``: its own is a URL or a path, with ``*`` and ``$``."""
    asset = asset.strip()
    if not asset:
        return True  # it names nothing, so it may mean everything
    try:
        there, page = urlsplit(urljoin(address, asset)), urlsplit(url)
    except ValueError:
        return True
    if asset.startswith(("http://", "https://", "//")) and _site(there) != _site(page):
        return False
    path = there.path + (f"?{there.query}" if there.query else "")
    return path_matches(path if path.startswith("/") else f"/{path}", url)


def _site(parts: SplitResult) -> tuple[str | None, int | None]:
    """Host and port; the scheme's usual port is none."""
    try:
        port = parts.port
    except ValueError:
        return parts.netloc.lower(), None
    return parts.hostname, None if port in (80, 443) else port


def _parse(body: bytes) -> _Element:
    """The document as a tree, without document types: so there are no entities to expand and nothing to fetch."""
    if len(body) > MOST_BYTES:
        raise ValueError("too large")
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    top = _Element("", {})
    open_elements = [top]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(open_elements) > _DEEPEST:
            raise ValueError("too deep")
        element = _Element(_local(name), {_local(key): value for key, value in attributes.items()})
        open_elements[-1].children.append(element)
        open_elements.append(element)

    def end(_: str) -> None:
        open_elements.pop()

    def characters(text: str) -> None:
        open_elements[-1].text += text

    def refuse(*_: object) -> None:
        raise ValueError("document types are not accepted")

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, characters
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(body, True)
    return top.children[0]


def _local(name: str) -> str:
    """The name without its namespace, lower case: what is not RSL is not looked for anyway."""
    return name.rpartition(" ")[2].lower()
