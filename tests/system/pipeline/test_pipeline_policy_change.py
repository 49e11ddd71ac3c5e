"""What is told of a policy change before it is made is what happens when it is made."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from tests.system.pipeline.support import Nights, Site, night

from rightful.licensing.policy import load_policy
from rightful.pipeline.policy_change import explain
from rightful.settings import PROJECT_ROOT, Settings
from rightful.store.tables import Tables

pytestmark = pytest.mark.system


def test_what_is_foretold_is_what_happens(site: Site, settings: Settings, source_id: str, tmp_path: Path) -> None:
    nights, slice = Nights(site.demo_source("demo_open_news", tmp_path, source_id), settings), night()
    nights.run(slice)
    before, loaded = nights.outcomes(slice), {row["id"]: row for row in nights.corpus().iter_rows(named=True)}
    text = (PROJECT_ROOT / "include/policy.yaml").read_text("utf-8")
    path = tmp_path / "new.yaml"
    # Share-alike is no longer accepted, the Public Domain Mark is.
    for old, new in (
        ("share_alike: true", "share_alike: false"),
        ("    ids: [CC0-1.0, CC-PDDC]", "    ids: [CC0-1.0, CC-PDDC, CC-PDM-1.0]"),
        ("ids: [CC-PDM-1.0, ", "ids: ["),
    ):
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, "utf-8")

    table = Tables(settings).corpus(source_id)
    snapshot = table.current_snapshot()
    change = explain(nights.settings, load_policy(path), [nights.source])
    assert Tables(settings).corpus(source_id).current_snapshot() == snapshot
    assert (change.documents, change.refusals) == (
        len(loaded),
        sum(outcome in ("deny", "quarantine") for outcome in before.values()),
    )

    nights.with_policy(path)
    nights.run(slice, force_shrink=True)
    after = nights.outcomes(slice)
    happened = Counter(
        (was, after[name]) for name, was in before.items() if after[name] != was and after[name] != "duplicate"
    )
    foretold: Counter[tuple[str, str]] = Counter()
    for move in change.moves:
        foretold[move.before, move.after] += move.records
    assert foretold == happened
    assert happened["allow", "deny"] > 10
    gone = [row for name, row in loaded.items() if after[name] == "deny"]
    assert sum(move.tokens or 0 for move in change.moves) == sum(row["n_tokens"] for row in gone)
    assert {row["license_expression"] for row in gone} == {move.license for move in change.moves if move.landed}
    # Once it is in force, nothing is left to tell.
    assert explain(nights.settings, load_policy(path), [nights.source]).moves == ()
