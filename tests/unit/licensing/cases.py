"""What the licensing tests share: the shipped policy, the smallest source and contract, a claim in one line."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from rightful.catalogue.models import Contract, Source
from rightful.licensing.decide import decide
from rightful.licensing.policy import Policy, load_policy
from rightful.model import LicenseClaim, Ruling, Strength

POLICY_FILE = Path(__file__).parents[3] / "include/policy.yaml"
POLICY: Policy = load_policy(POLICY_FILE)
TODAY = date(2026, 10, 1)
LONG_AGO = date(2015, 1, 1)


def source(*, trust: str = "reviewed", **license_block: Any) -> Source:
    """A valid source whose licence block is as given (default: scope record)."""
    license_block = {"scope": "record", "claims": [{"from": "record.license"}], **license_block}
    return Source.model_validate({
        "id": "demo",
        "title": "Demo",
        "kind": "rest",
        "channel": "public_dataset",
        "owner": "data@example.org",
        "homepage": "https://example.org",
        "start_date": "2026-01-01",
        "trust": trust,
        "license": license_block,
        "fetch": {
            "base_url": "https://example.org",
            "records": "items",
            "paginate": {"style": "none"},
            "fields": {"id": "id", "url": "url", "text": "text"},
        },
    })  # fmt: skip


def contract(**changes: Any) -> Contract:
    """A contract that covers the demo source and permits training."""
    return Contract.model_validate({
        "id": "demo_paper",
        "title": "Signed",
        "sources": ["demo"],
        "valid_from": "2026-01-01",
        "valid_until": "2026-12-31",
        "permitted_uses": ["training"],
        "duties": ["attribution"],
        "evidence": "drawer 7",
        **changes,
    })  # fmt: skip


def claim(raw: str | None, part: str = "", strength: Strength = Strength.PUBLISHER, **more: Any) -> LicenseClaim:
    """A claim by the publisher about the record as a whole, unless told otherwise."""
    return LicenseClaim(raw=raw, place=f"record.{part or 'license'}", strength=strength, part=part, **more)


def policy(**changes: Any) -> Policy:
    """The shipped policy with some of its values changed."""
    values = POLICY.model_dump(by_alias=True) | changes
    return Policy.model_validate(values)


PLAIN = source()


def rule(*claims: LicenseClaim, **given: Any) -> Ruling:
    """Rule on these claims with the shipped policy and the plain source, unless told otherwise."""
    return decide(
        claims,
        given.get("optouts", ()),
        given.get("source", PLAIN),
        given.get("policy", POLICY),
        given.get("contracts", {}),
        given.get("usage", {}),
        given.get("tombstones", ()),
        given.get("published", TODAY),
        given.get("on", TODAY),
    )
