"""Every claim rule gives its claims; nothing that is missing or odd is dropped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from rightful.catalogue.models import ClaimRule, DatedAlias
from rightful.licensing.claims import STATEMENT_PLACE, claims_of
from rightful.model import LicenseClaim, Strength


def read(*rules: dict[str, Any], statement: str | None = None, found: dict[str, Any] | None = None, **more: Any) -> Any:
    """Claims as (raw, place, part, expression), from a lookup that knows only ``found``."""

    def lookup(path: str) -> Sequence[tuple[str, Any]]:
        value = (found or {}).get(path, ())
        if "[]" in path:
            return [(path.replace("[]", f"[{index}]"), item) for index, item in enumerate(value)]
        return [] if value == () else [(path, value)]

    claims = claims_of([ClaimRule.model_validate(rule) for rule in rules], statement, lookup, **more)
    assert all(isinstance(claim, LicenseClaim) for claim in claims)
    return [(claim.raw, claim.place, claim.part, claim.expression) for claim in claims]


def test_a_tag_is_read_verbatim_with_its_meaning_beside_it() -> None:
    assert read({"from": "record.license"}, found={"record.license": " CC BY 4.0 "}) == [
        (" CC BY 4.0 ", "record.license", "", "CC-BY-4.0")
    ]


def test_a_missing_tag_is_a_claim_without_words() -> None:
    assert read({"from": "record.license"}) == [(None, "record.license", "", None)]
    assert read({"from": "record.license"}, found={"record.license": None}) == [(None, "record.license", "", None)]


@pytest.mark.parametrize(
    ("value", "raw"),
    [
        ({"id": "MIT", "a": 1}, '{"a":1,"id":"MIT"}'),
        (["CC-BY-4.0"], '["CC-BY-4.0"]'),
        ([], "[]"),
        (4, "4"),
        (True, "true"),
        ("", ""),
    ],
)
def test_a_tag_that_is_no_string_is_kept_as_its_json_and_means_nothing(value: Any, raw: str) -> None:
    assert read({"from": "record.license"}, found={"record.license": value}) == [(raw, "record.license", "", None)]


def test_each_element_is_a_part() -> None:
    found = {"record.question": "CC BY-SA 4.0", "record.answers[].content_license": ["CC BY-SA 3.0", None]}
    rules = [{"from": "record.question", "part": "question"}, {"from": "record.answers[].content_license"}]
    assert read(*rules, found=found) == [
        ("CC BY-SA 4.0", "record.question", "question", "CC-BY-SA-4.0"),
        ("CC BY-SA 3.0", "record.answers[0].content_license", "answers[0]", "CC-BY-SA-3.0"),
        (None, "record.answers[1].content_license", "answers[1]", None),
    ]


def test_no_elements_are_no_parts_and_a_named_part_takes_the_paths_place() -> None:
    assert read({"from": "record.answers[].license"}, found={"record.answers[].license": []}) == []
    assert read({"from": "record.a[].license", "part": "reply"}, found={"record.a[].license": ["MIT"]}) == [
        ("MIT", "record.a[0].license", "reply[0]", "MIT")
    ]


TAG, NAME = "record.url", "record.name"


@pytest.mark.parametrize(
    ("tag", "label", "raws"),
    [
        ("CC-BY-4.0", "CC BY 4.0", ["CC-BY-4.0"]),  # says the same
        ("CC-BY-4.0", "CC BY", ["CC-BY-4.0"]),  # the same family, only vaguer
        ("CC-BY-4.0", "see the site", ["CC-BY-4.0"]),  # no known licence
        ("CC-BY-4.0", None, ["CC-BY-4.0"]),
        ("CC-BY-4.0", "CC BY-NC 4.0", ["CC-BY-4.0", "CC BY-NC 4.0"]),  # contradicts
        ("gibberish", "CC BY-NC 4.0", ["gibberish", "CC BY-NC 4.0"]),
        (None, "CC BY 4.0", ["CC BY 4.0"]),  # takes the tag's place
        ("", "CC BY 4.0", ["CC BY 4.0"]),
        ("", "see the site", ["see the site"]),
        (None, None, [None]),
        (None, "", [None]),
    ],
)
def test_a_label_stands_in_for_a_missing_tag_or_contradicts_it(tag: Any, label: Any, raws: list[Any]) -> None:
    claims = read({"from": TAG, "label": NAME}, found={TAG: tag, NAME: label})
    assert [raw for raw, *_ in claims] == raws


def test_labels_belong_to_tags_by_position_or_not_at_all() -> None:
    rule = {"from": "record.a[].url", "label": "record.a[].name"}
    paired = {"record.a[].url": [None, "MIT"], "record.a[].name": ["ISC", "MIT License"]}
    assert [raw for raw, *_ in read(rule, found=paired)] == ["ISC", "MIT"]
    ragged = {"record.a[].url": [None, "MIT"], "record.a[].name": ["ISC"]}
    assert [raw for raw, *_ in read(rule, found=ragged)] == [None, "MIT"]


def test_a_statement_covers_the_record_as_a_whole() -> None:
    assert read(statement="CC-BY-3.0") == [("CC-BY-3.0", STATEMENT_PLACE, "", "CC-BY-3.0")]


def test_strength_comes_from_the_rule_and_meaning_from_the_sources_names() -> None:
    rule = ClaimRule.model_validate({"from": "record.x", "strength": "icon"})
    aliases = {"4": (DatedAlias(expression="CC-BY-2.0", valid_until=date(2020, 1, 1)),)}
    (claim,) = claims_of([rule], None, lambda path: [(path, "4")], aliases=aliases, on=date(2019, 1, 1))
    assert (claim.strength, claim.expression) == (Strength.ICON, "CC-BY-2.0")
    (claim,) = claims_of([rule], None, lambda path: [(path, "4")], aliases=aliases, on=date(2021, 1, 1))
    assert claim.expression is None
