"""Products of an ONIX for Books message (EDItEUR, releases 3.0 and 3.1), with reference names or short tags."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec
from lxml import etree

from rightful.errors import Malformed

_SHORT = {
    "product": "Product",
    "a001": "RecordReference",
    "a002": "NotificationType",
    "productidentifier": "ProductIdentifier",
    "b221": "ProductIDType",
    "b244": "IDValue",
    "titledetail": "TitleDetail",
    "b202": "TitleType",
    "titleelement": "TitleElement",
    "b203": "TitleText",
    "b030": "TitlePrefix",
    "b031": "TitleWithoutPrefix",
    "b029": "Subtitle",
    "contributor": "Contributor",
    "b034": "SequenceNumber",
    "b036": "PersonName",
    "b039": "NamesBeforeKey",
    "b040": "KeyNames",
    "b047": "CorporateName",
    "language": "Language",
    "b253": "LanguageRole",
    "b252": "LanguageCode",
    "publisher": "Publisher",
    "b081": "PublisherName",
    "publishingdate": "PublishingDate",
    "x448": "PublishingDateRole",
    "b306": "Date",
    "epubusageconstraint": "EpubUsageConstraint",
    "x318": "EpubUsageType",
    "x319": "EpubUsageStatus",
    "epublicense": "EpubLicense",
    "x511": "EpubLicenseName",
    "epublicenseexpression": "EpubLicenseExpression",
    "x508": "EpubLicenseExpressionType",
    "x510": "EpubLicenseExpressionLink",
    "copyrightstatement": "CopyrightStatement",
    "b087": "CopyrightYear",
    "copyrightowner": "CopyrightOwner",
}
"""Short tags of the elements that are read, by EDItEUR's table."""

ISBN_13, DOI, OWN = "15", "06", "01"
"""List 5, product identifier types."""
DELETED = "05"
"""List 1, notification types: the product is withdrawn from the sender's records."""
MINING, PROHIBITED = "11", "03"
"""List 144, usage types; list 145, usage statuses."""
_REMEDY = "ask whoever delivered it for a whole ONIX 3 message"


def read_onix(stream: BinaryIO, name: str) -> Iterator[tuple[tuple[str, ...], bytes]]:
    """Each product: the identifiers by which its file may be called, and its JSON.

    ``{"reference", "notification", "deleted": bool, "isbn", "ids": {type: value}, "title", "creators": […],
    "languages": […], "publisher", "published", "licenses": [{"name", "links": […]}], "mining": "permitted" |
    "prohibited" | null, "copyright": […]}``. ``published`` is ISO 8601.

    Raises :class:`~rightful.errors.Malformed` for what is no ONIX 3 message, or breaks off.
    """
    number = 0
    checked = False
    events = etree.iterparse(
        stream, events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        for event, element in events:
            if not checked:
                checked = True
                if _raw(element) not in ("ONIXMessage", "ONIXmessage"):
                    raise Malformed(f"{name}: no ONIX message, but <{_raw(element)}>", remedy=_REMEDY)
                if not (element.get("release") or "").startswith("3."):
                    raise Malformed(f"{name}: ONIX of release {element.get('release')!r}, not 3", remedy=_REMEDY)
            if event == "end" and _name(element) == "Product":
                number += 1
                product = _product(element)
                ids = tuple(dict.fromkeys((*product["ids"].values(), *filter(None, [product["reference"]]))))
                yield ids, msgspec.json.encode(product)
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise Malformed(f"{name}: broken after product {number:,}: {error}", remedy=_REMEDY) from None


def _product(product: Any) -> dict[str, Any]:
    # Types may repeat (two proprietary numbers): the first counts.
    ids: dict[str, str] = {}
    for one in product:
        if _name(one) == "ProductIdentifier":
            ids.setdefault(_text(one, "ProductIDType") or "", (_text(one, "IDValue") or "").replace("-", ""))
    notification = _text(product, "NotificationType")
    return {
        "reference": _text(product, "RecordReference"),
        "notification": notification,
        "deleted": notification == DELETED,
        "isbn": ids.get(ISBN_13),
        "ids": {kind: value for kind, value in ids.items() if value},
        "title": _title(product),
        "creators": _creators(product),
        "languages": _languages(product),
        "publisher": next((name for one in _all(product, "Publisher") if (name := _text(one, "PublisherName"))), None),
        "published": _published(product),
        "licenses": [_license(one) for one in _all(product, "EpubLicense")],
        "mining": _mining(product),
        "copyright": [" ".join("".join(one.itertext()).split()) for one in _all(product, "CopyrightStatement")],
    }


def _languages(product: Any) -> list[str]:
    """Of the text (list 22, role 01)."""
    spoken = [one for one in _all(product, "Language") if _text(one, "LanguageRole") in (None, "01")]
    return [code for one in spoken if (code := _text(one, "LanguageCode"))]


def _title(product: Any) -> str | None:
    """The distinctive title (list 15, type 01), else the first."""
    details = _all(product, "TitleDetail")
    details.sort(key=lambda one: _text(one, "TitleType") != "01")
    for detail in details:
        for element in _all(detail, "TitleElement"):
            title = _text(element, "TitleText") or " ".join(
                filter(None, (_text(element, "TitlePrefix"), _text(element, "TitleWithoutPrefix")))
            )
            if title:
                subtitle = _text(element, "Subtitle")
                return f"{title}: {subtitle}" if subtitle else title
    return None


def _creators(product: Any) -> list[str]:
    found: list[tuple[int, str]] = []
    for place, one in enumerate(_all(product, "Contributor")):
        name = _text(one, "PersonName") or " ".join(
            filter(None, (_text(one, "NamesBeforeKey"), _text(one, "KeyNames")))
        )
        number = _text(one, "SequenceNumber") or ""
        if name := name or _text(one, "CorporateName") or "":
            found.append((int(number) if number.isdigit() else 1_000 + place, name))
    return list(dict.fromkeys(name for _, name in sorted(found, key=lambda pair: pair[0])))


def _published(product: Any) -> str | None:
    """The day of publication (list 163, role 01): YYYY, YYYYMM or YYYYMMDD."""
    for one in _all(product, "PublishingDate"):
        day = _text(one, "Date") or ""
        if _text(one, "PublishingDateRole") in (None, "01") and day.isdigit() and len(day) in (4, 6, 8):
            return "-".join(filter(None, (day[:4], day[4:6], day[6:8])))
    return None


def _license(element: Any) -> dict[str, Any]:
    links = [link for one in _all(element, "EpubLicenseExpressionLink") if (link := "".join(one.itertext()).strip())]
    return {"name": _text(element, "EpubLicenseName"), "links": links}


def _mining(product: Any) -> str | None:
    """What the publisher says of text and data mining; one "prohibited" among several words is enough."""
    constraints = _all(product, "EpubUsageConstraint")
    said = [_text(one, "EpubUsageStatus") for one in constraints if _text(one, "EpubUsageType") == MINING]
    if not said:
        return None
    return "permitted" if all(status in ("01", "02") for status in said) else "prohibited"


def _all(element: Any, name: str) -> list[Any]:
    return [one for one in element.iter() if _name(one) == name]


def _text(element: Any, name: str) -> str | None:
    """The text of the first child element of that name, or of one further down."""
    for one in element.iter():
        if one is not element and _name(one) == name:
            return " ".join("".join(one.itertext()).split()) or None
    return None


def _raw(element: Any) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _name(element: Any) -> str:
    name = _raw(element)
    return _SHORT.get(name, name)


__all__ = ["read_onix"]
