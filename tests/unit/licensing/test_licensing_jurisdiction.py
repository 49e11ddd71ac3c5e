"""Where the operator works: kept in rulings and rows, enforced by gate and audit, part of the policy's version."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.unit.licensing.cases import PLAIN, POLICY, POLICY_FILE, TODAY, claim, contract, policy, rule, source

from rightful.errors import ConfigurationError
from rightful.licensing.policy import load_policy
from rightful.licensing.recheck import may_load
from rightful.model import Decision, LicenseClaim, Reason, Record, Slice, Strength
from rightful.pipeline.gate import Gate
from rightful.pipeline.rowcheck import DocumentCheck
from rightful.settings import PROJECT_ROOT, Settings
from rightful.store.ledger import NO_TOMBSTONES

PD_US = "LicenseRef-PD-US"


def opinion(tag: str, places: tuple[str, ...]) -> str | None:
    claims = (claim(tag),)
    return may_load(tag, tag, claims, (), None, TODAY, TODAY, policy(jurisdiction=places), {}, PLAIN)


@pytest.mark.parametrize(
    ("places", "reason"),
    [
        (("US",), Reason.ALLOWED),
        (("DE",), Reason.JURISDICTION),
        (("US", "DE"), Reason.JURISDICTION),
    ],
)
@pytest.mark.parametrize("tag", [PD_US, "LicenseRef-RS-NoC-US-1.0", f"({PD_US} AND CC-BY-4.0)"])
def test_what_is_free_in_one_place_needs_an_operator_who_works_there_alone(
    places: tuple[str, ...], reason: Reason, tag: str
) -> None:
    ruling = rule(claim(tag), policy=policy(jurisdiction=places))
    assert ruling.reason is reason
    assert ruling.jurisdiction == (("US",) if reason is Reason.ALLOWED else ())
    assert (opinion(ruling.expression or tag, places) is None) is (reason is Reason.ALLOWED)


def test_a_choice_elects_the_branch_that_holds_here() -> None:
    tag = f"{PD_US} OR CC-BY-4.0"
    here, there = (rule(claim(tag), policy=policy(jurisdiction=places)) for places in (["US"], ["DE"]))
    assert (here.elected, here.jurisdiction) == (PD_US, ("US",))
    assert (there.elected, there.jurisdiction) == ("CC-BY-4.0", ())


# ---------------------------------------------------------------- the setting


def test_the_setting_stands_in_the_place_of_the_files_and_in_the_policys_version() -> None:
    moved = load_policy(POLICY_FILE, ("DE", "US"))
    assert (moved.jurisdiction, moved.version) == (("DE", "US"), f"{POLICY.version}@DE-US")
    assert moved.version == load_policy(POLICY_FILE, ("US", "DE", "US")).version
    assert (rule(claim(PD_US), policy=moved).reason, rule(claim("MIT"), policy=moved).reason) == (
        Reason.JURISDICTION,
        Reason.ALLOWED,
    )
    assert rule(claim("MIT"), policy=moved).policy_version == moved.version
    signed = {"demo_paper": contract(territory=["US"])}
    by_contract = source(scope="contract", contract="demo_paper")
    assert rule(source=by_contract, contracts=signed, policy=moved).reason is Reason.JURISDICTION
    assert rule(source=by_contract, contracts=signed).reason is Reason.ALLOWED


@pytest.mark.parametrize("places", [(), ("US",)])
def test_a_setting_that_says_what_the_file_says_makes_no_other_policy(places: tuple[str, ...]) -> None:
    assert load_policy(POLICY_FILE, places) == POLICY


@pytest.mark.parametrize("places", [("Germany",), ("de",), ("",), ("DE", "U")])
def test_a_place_that_is_none_is_an_error(places: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError, match="jurisdiction"):
        load_policy(POLICY_FILE, places)


def test_nobody_can_write_into_the_file_that_it_was_moved(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(POLICY_FILE.read_text("utf-8") + "moved: false\n", "utf-8")
    with pytest.raises(ConfigurationError, match="moved is computed"):
        load_policy(path)


@pytest.mark.parametrize(
    ("value", "places"),
    [("DE", ("DE",)), (" de, us ", ("DE", "US")), ("DE US", ("DE", "US")), ("DE:US", ("DE", "US")), ("", ())],
)
def test_the_environment(value: str, places: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIGHTFUL_JURISDICTION", value)
    assert Settings().jurisdiction == places


@pytest.mark.parametrize("value", [",", "Germany", "DE,Bavaria", "D", "U5"])
def test_a_wrong_setting_is_an_error(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from rightful.settings import get_settings

    monkeypatch.setenv("RIGHTFUL_JURISDICTION", value)
    get_settings.cache_clear()
    with pytest.raises(ConfigurationError, match="RIGHTFUL_JURISDICTION"):
        get_settings()
    get_settings.cache_clear()


def test_gate_and_audit_follow_the_setting_and_a_row_of_another_place_does_not_pass() -> None:
    settings = Settings(jurisdiction=("DE",), code_version="abc", contracts_dir=PROJECT_ROOT / "include/contracts")
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    record = Record(
        native_id="a", version="1", url="https://example.org/a", raw=b"a", body="a", media_type="text/plain",
        claims=(LicenseClaim(raw=PD_US, place="record.license", strength=Strength.PUBLISHER),), published=now,
    )  # fmt: skip
    ruling = Gate.open(PLAIN, settings).rule(record, "demo:a@1")
    assert (ruling.decision, ruling.reason) == (Decision.DENY, Reason.JURISDICTION)
    assert ruling.policy_version.endswith("@DE")

    class NoLedger:
        def tombstones(self, source_id: str) -> object:
            del source_id
            return NO_TOMBSTONES

        def __getattr__(self, name: str) -> object:
            # Whatever else the audit asks a ledger for is empty here.
            return lambda *_, **__: {}

    night = Slice(start=datetime(2026, 3, 1, tzinfo=UTC), end=datetime(2026, 3, 2, tzinfo=UTC))
    check = DocumentCheck.open(PLAIN, night, settings, NoLedger())  # type: ignore[arg-type]
    row = {
        "id": "demo:a@1", "source": "demo", "slice": night.start, "source_native_id": "a",
        "source_url": "https://example.org/a", "content_sha256": "c", "creators": [], "license_expression": PD_US,
        "license_raw": PD_US, "license_evidence_ref": "s3://raw/x", "contract_id": None, "created": now,
        "published_at": now, "fetched_at": now, "run_id": "r", "raw_uri": "s3://raw/x", "raw_sha256": "d",
        "claims": [
            {"raw": PD_US, "expression": PD_US, "place": "record.license", "strength": "publisher", "part": ""}
        ],
        "optouts": [], "policy_version": POLICY.version, "n_tokens": 1, "media_seconds": None,
    }  # fmt: skip
    assert "was ruled by policy" in str(check.row(row))
    problem = check.row({**row, "policy_version": ruling.policy_version})
    assert problem == f"record.license: the policy does not allow {PD_US}"


def test_whoever_reads_the_policy_reads_it_with_the_setting() -> None:
    """One caller that forgets it would rule by another policy than the audit."""
    calls = [
        (path, call)
        for folder in ("include/rightful", "plugins", "dags")
        for path in (PROJECT_ROOT / folder).rglob("*.py")
        for call in re.findall(r"\bload_policy\(([^)]*)\)", path.read_text("utf-8"))
        if "path: Path" not in call
    ]
    assert len(calls) >= 5
    assert [str(path) for path, call in calls if "jurisdiction" not in call] == []
