"""The table of all licence ids, what the shipped policy decides on each, and the duties that come with it.

Nothing is listed by hand: every id of the register is ruled by the policy, and ids with the same answer share a row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from rightful.licensing import register
from rightful.licensing.evaluate import Verdict, rule_expression
from rightful.licensing.policy import Policy, Rule, load_policy
from rightful.model import Decision, Reason
from rightful.settings import PROJECT_ROOT

POLICY = PROJECT_ROOT / "include/policy.yaml"
COLUMNS = ("licence ids", "decision", "duties", "why")

REST = "builtin:no_rule"
"""The rule of everything that no rule names; far too many to list."""

_TITLES = {
    "builtin:nc": "every id with NC: non-commercial use only",
    "builtin:nd": "every id with ND and without NC: no derivative works",
    "builtin:unversioned": "the version is missing: it is evidence, but of which licence?",
    REST: "a known licence, but nobody has decided to accept it",
}
_INDEX = "LicenseRef-scancode-"
_ORDER = (Decision.ALLOW, Decision.QUARANTINE, Decision.DENY)


class _Row(NamedTuple):
    decision: Decision
    rule: str
    ids: list[str]
    verdict: Verdict


def license_table(policy: Policy | None = None) -> str:
    """Markdown: one row for each rule with all ids it decides, allowed ones first; then those that no rule names."""
    given = policy or load_policy(POLICY, jurisdiction=())  # the file as it is shipped, wherever this machine stands
    rows: dict[str, _Row] = {}
    for spdx in register.all_ids():
        verdict = rule_expression(spdx, given, None)
        rows.setdefault(verdict.rule, _Row(verdict.decision, verdict.rule, [], verdict)).ids.append(spdx)
    by_id: dict[str, tuple[int, Rule]] = {
        f"{kind}:{rule.id}": (place, rule)
        for kind, rules in (("allow", given.allow), ("quarantine", given.quarantine), ("deny", given.deny))
        for place, rule in enumerate(rules)
    }

    # Rules whose ids no list has (retired ones) decide nevertheless.
    for name, (_, rule) in by_id.items():
        if name not in rows:
            decision = Decision(name.partition(":")[0])
            verdict = Verdict(decision, getattr(rule, "reason", Reason.ALLOWED), name)
            rows[name] = _Row(decision, name, [], verdict)

    def order(row: _Row) -> tuple[int, bool, int]:
        # As the policy has them; what the code itself rules comes after, and the rest last.
        place = by_id[row.rule][0] if row.rule in by_id else len(by_id)
        return _ORDER.index(row.decision), row.rule == REST, place

    lines = ["| " + " | ".join(COLUMNS) + " |", "| " + " | ".join("---" for _ in COLUMNS) + " |"]
    for row in sorted(rows.values(), key=order):
        names = by_id[row.rule][1] if row.rule in by_id else None
        cells = (_ids(row, names), row.decision.value, _duties(row.verdict), _why(row, names))
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    counts = ", ".join(
        f"{sum(len(row.ids) for row in rows.values() if row.decision is decision):,} {decision.value}"
        for decision in _ORDER
    )
    total = sum(len(row.ids) for row in rows.values())
    return f"Of {total:,} ids: {counts} (policy {given.edition}).\n\n" + "\n".join(lines)


def _ids(row: _Row, rule: Rule | None) -> str:
    if row.rule == REST:
        return f"every other id of SPDX's list and its index ({len(row.ids):,})"
    if not row.ids and rule is not None:
        return ", ".join((*(f"`{spdx}`" for spdx in rule.ids), *([f"`{rule.pattern}`"] if rule.pattern else [])))
    further = [spdx for spdx in row.ids if spdx.startswith(_INDEX)]
    shown = ", ".join(_short(spdx for spdx in row.ids if spdx not in further))
    if further:
        shown += f", and {len(further)} of the index beyond SPDX's list (`{_INDEX}…`)"
    if rule is not None and rule.pattern is not None and row.decision is Decision.ALLOW:
        shown += "; also ports that SPDX does not list, e.g. " + f"`{_unlisted(row.ids)}`"
    return shown


def _short(ids: Iterable[str]) -> list[str]:
    """``CC-BY-3.0``, ``CC-BY-4.0`` → ``CC-BY-3.0, 4.0``: what several ids begin with is written once."""
    stems: dict[str, list[str]] = {}
    for spdx in ids:
        found = re.fullmatch(r"(?P<stem>.*?)-(?P<rest>\d+\.\d.*)", spdx)
        stem, rest = (found["stem"], found["rest"]) if found else (spdx, "")
        stems.setdefault(stem, []).append(rest)
    return [
        f"`{stem}-{'`, `'.join([rests[0], *rests[1:]])}`" if any(rests) and all(rests) else f"`{stem}`"
        for stem, rests in stems.items()
    ]


def _unlisted(ids: list[str]) -> str:
    """A port of the same family that SPDX has no id for, and the policy allows all the same."""
    family = register.family_of(ids[0])
    return f"LicenseRef-{family}-2.5-SE"


def _duties(verdict: Verdict) -> str:
    return ", ".join(sorted({duty for _, rule in verdict.elected for duty in rule.duties})) or "–"


def _why(row: _Row, rule: Rule | None) -> str:
    parts = [_TITLES.get(row.rule, "")]
    if rule is not None:
        parts = [rule.note]
        places = getattr(rule, "jurisdiction", ())
        if places:
            parts.append(f"only where you work in {', '.join(places)} alone")
    reason = "" if row.decision is Decision.ALLOW else f"`{row.verdict.reason.value}`"
    told = "; ".join(part for part in parts if part)
    return ": ".join(part for part in (reason, told) if part) or f"rule `{row.rule.partition(':')[2]}`"


__all__ = ["license_table"]
