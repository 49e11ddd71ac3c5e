"""What must hold for any input at all (hypothesis)."""

from __future__ import annotations

import re
import urllib.parse
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.licensing.cases import PLAIN, POLICY, TODAY, claim, contract, rule, source

from rightful.licensing import register
from rightful.licensing.creative_commons import VERSIONS
from rightful.licensing.decide import decide
from rightful.licensing.evaluate import SEVERITY
from rightful.licensing.identify import identify
from rightful.licensing.policy import DENY_REASONS
from rightful.licensing.recheck import may_load
from rightful.licensing.tables import NAMES, URLS
from rightful.model import Decision, LicenseClaim, OptOut, Reason, Ruling, Strength

TAGS = st.sampled_from([
    None, "", "[]", "MIT", "ISC", "CC0-1.0", "CC-BY-4.0", "CC BY 3.0", "CC-BY-3.0-DE", "CC BY", "CC-BY-SA-4.0",
    "CC-BY-SA-2.5-SE", "CC BY-NC 4.0", "CC-BY-ND-2.0", "GPL-3.0-only", "GPL-3.0-only OR MIT", "MIT AND CC-BY-NC-4.0",
    "MIT OR", "(MIT OR ISC) AND CC-BY-4.0", "All rights reserved", "gibberish", "GFDL-1.3-or-later", "CC-PDM-1.0",
    "https://creativecommons.org/licenses/by/4.0/", "https://creativecommons.org/licenses/by-nc-sa/4.0/", "Zlib",
    "LicenseRef-PD-US", "http://rightsstatements.org/vocab/NoC-US/1.0/", "flag", "BSD-2-Clause", "BSD-3-Clause",
])  # fmt: skip
CLAIMS = st.builds(
    LicenseClaim,
    raw=TAGS,
    place=st.sampled_from(["record.a", "record.b"]),
    strength=st.sampled_from(Strength),
    part=st.sampled_from(["", "a", "b"]),
    expression=st.sampled_from([None, "CC0-1.0"]),
)
STRONG = st.builds(claim, TAGS, st.sampled_from(["", "a", "b"]))
OPTOUTS = st.builds(
    OptOut,
    signal=st.sampled_from(["robots", "tdm-reservation", "noimageai", "new"]),
    value=st.sampled_from(["1", "0", "disallow", "allow", "unknown", ""]),
    place=st.just("header"),
)
SOURCES = st.sampled_from([
    PLAIN,
    source(trust="unreviewed"),
    source(weakest_strength="uploader", aliases={"flag": [{"expression": "CC-BY-3.0", "valid_until": "2020-01-01"}]}),
])  # fmt: skip
DAYS = st.sampled_from([None, date(2019, 1, 1), TODAY])


def weight(ruling: Ruling) -> int:
    return SEVERITY[ruling.decision]


@settings(max_examples=400, deadline=None)
@given(st.lists(CLAIMS, min_size=1, max_size=4), CLAIMS, SOURCES, DAYS, st.integers(0, 4))
def test_one_more_claim_never_makes_a_ruling_more_permissive(
    claims: list[LicenseClaim], more: LicenseClaim, of: Any, published: date | None, at: int
) -> None:
    before = rule(*claims, source=of, published=published)
    after = rule(*claims[:at], more, *claims[at:], source=of, published=published)
    assert weight(after) >= weight(before)


@settings(max_examples=200, deadline=None)
@given(st.lists(STRONG, min_size=1, max_size=3), st.lists(OPTOUTS, max_size=3), OPTOUTS)
def test_one_more_opt_out_never_makes_a_ruling_more_permissive(
    claims: list[LicenseClaim], optouts: list[OptOut], more: OptOut
) -> None:
    assert weight(rule(*claims, optouts=(*optouts, more))) >= weight(rule(*claims, optouts=tuple(optouts)))


@settings(max_examples=300, deadline=None)
@given(st.lists(CLAIMS, max_size=4), st.randoms(use_true_random=False), SOURCES)
def test_the_order_of_claims_changes_neither_decision_nor_licence(
    claims: list[LicenseClaim], random: Any, of: Any
) -> None:
    shuffled = random.sample(claims, len(claims))
    one, two = rule(*claims, source=of), rule(*shuffled, source=of)
    assert (one.decision, one.reason, one.duties, one.rule) == (two.decision, two.reason, two.duties, two.rule)
    if one.decision is Decision.ALLOW:
        assert (one.expression, one.elected) == (two.expression, two.elected)


@settings(max_examples=500, deadline=None)
@given(st.lists(STRONG | CLAIMS, max_size=4), st.lists(OPTOUTS, max_size=1), SOURCES, DAYS)
def test_gate_and_second_opinion_agree(
    claims: list[LicenseClaim], optouts: list[OptOut], of: Any, published: date | None
) -> None:
    ruling = rule(*claims, optouts=tuple(optouts), source=of, published=published)
    expression = ruling.expression or "CC0-1.0"
    raw = ruling.evidence if ruling.evidence is not None else next((c.raw for c in claims), None)
    problem = may_load(expression, raw, claims, optouts, None, TODAY, published, POLICY, {}, of)
    assert (problem is None) == (ruling.decision is Decision.ALLOW), problem


@settings(max_examples=200, deadline=None)
@given(
    st.lists(STRONG, min_size=1, max_size=3), st.sampled_from(["CC0-1.0", "CC-BY-4.0", "MIT", "MIT OR ISC", ""]), TAGS
)
def test_the_second_opinion_never_passes_what_the_gate_would_not(
    claims: list[LicenseClaim], expression: str, raw: str | None
) -> None:
    problem = may_load(expression, raw, claims, (), None, TODAY, TODAY, POLICY, {}, PLAIN)
    if problem is None:
        assert rule(*claims).decision is Decision.ALLOW
        assert rule(*claims).expression == expression


# --- nothing outside the tables ---------------------------------------------------------------------------------------

GOOD_URLS = [
    f"https://creativecommons.org/licenses/{family}/{version}/{port}"
    for family in ("by", "by-sa")
    for version in VERSIONS
    for port in ("", "de/", "igo/")
] + ["https://creativecommons.org/publicdomain/zero/1.0/"]
# Written without the code under test: every URL that may be allowed looks exactly like this.
ALLOWED_URL = re.compile(
    r"(?i)\s*(?:https?:)?//(?:www\.)?creativecommons\.org/"
    r"(?:licenses/(?:by|by-sa|sa-by)/(?:1\.0|2\.0|2\.1|2\.5|3\.0|4\.0)(?:/(?:[a-z]{2}|igo|scotland))?"
    r"|publicdomain/zero/1\.0|licenses/publicdomain)"
    r"(?:/(?:deed|legalcode)(?:\.[a-z]{2,3}(?:[-_][a-z]{2,4})?)?)?/*(?:[?#].*)?\s*",
    re.DOTALL,
)


@st.composite
def mutated_urls(draw: st.DrawFn) -> str:
    """A good licence URL with a few characters taken out, put in, or replaced."""
    url = draw(st.sampled_from(GOOD_URLS))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(url)))
        until = min(len(url), at + draw(st.integers(0, 3)))
        piece = draw(
            st.sampled_from(
                ["", "/", "-nc", "-nd", "nc", "nd", ".", "\\", "@", ":", "%2f", "?", "#", " ", "evil.com", "x"]
            )
            | st.text(max_size=2)
        )
        url = url[:at] + piece + url[until:]
    return url


@settings(max_examples=1500, deadline=None)
@given(mutated_urls())
def test_a_mutated_url_is_allowed_only_when_it_is_a_licence_url_still(url: str) -> None:
    if rule(claim(url)).decision is Decision.ALLOW:
        assert ALLOWED_URL.fullmatch(urllib.parse.unquote(url.replace("\\/", "/"))), url


@settings(max_examples=800, deadline=None)
@given(st.text(max_size=60) | st.from_regex(r"(?:CC|MIT|BY|NC|ND|SA|OR|AND|[-. ()0-9]){1,12}", fullmatch=True))
def test_no_text_outside_the_tables_is_allowed(text: str) -> None:
    ruling = rule(claim(text))
    if ruling.decision is Decision.ALLOW:
        assert ruling.elected is not None
        known = {term.lower() for term in re.split(r" (?:AND|OR) ", ruling.elected)}
        # Whatever was allowed is spelt out in the text itself: as an id, or as a short name of Creative Commons.
        said = re.sub(r"[ ]+", "-", text.strip().lower())
        assert all(term.removeprefix("licenseref-") in said for term in known), (text, ruling.elected)
    assert ruling.reason in DENY_REASONS or ruling.decision is not Decision.DENY


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(
        [*NAMES, *(f"https://{place}" for place in URLS), "cc by 4.0", "creative commons attribution 4.0 international"]
    ),
    st.data(),
)
def test_a_name_with_anything_more_is_another_name(name: str, data: st.DataObject) -> None:
    more = data.draw(st.sampled_from(["x", " nc", "-nc", " nd", " noncommercial", ", but ask us first", "*", "§"]))
    for text in (name + more, more + name):
        found = identify(text)
        assert found.expression is None or found.expression != identify(name).expression


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["BY", "BY-SA", "BY-NC", "BY-ND", "BY-NC-SA", "BY-NC-ND", "SA", "NC"]),
    st.sampled_from(VERSIONS),
    st.sampled_from(["", "-SCOTLAND", "-IGO"]) | st.from_regex(r"-[A-Z]{2}", fullmatch=True),
)
def test_id_to_url_to_id_is_the_identity(family: str, version: str, port: str) -> None:
    spdx = identify(f"CC-{family}-{version}{port}").expression
    if spdx is None:
        assert port in ("-BY", "-NC", "-ND", "-SA")
        return
    url = register.url_of(spdx)
    assert url is not None
    assert identify(url).expression == spdx
    assert identify(spdx).expression == spdx


@settings(max_examples=300, deadline=None)
@given(TAGS | st.text(max_size=40))
def test_reading_an_expression_again_changes_nothing(tag: str | None) -> None:
    found = identify(tag)
    if found.expression is not None:
        again = identify(found.expression)
        assert (again.expression, again.families) == (found.expression, found.families)
    else:
        assert found.reason in (Reason.NO_TAG, Reason.UNPARSABLE, Reason.UNKNOWN_ID)


GARBAGE: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(max_size=4) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
)
ODD_CLAIMS = st.lists(
    GARBAGE | CLAIMS | st.builds(LicenseClaim, raw=GARBAGE, place=GARBAGE, strength=GARBAGE, part=GARBAGE), max_size=3
)


@settings(max_examples=500, deadline=None)
@given(
    GARBAGE | ODD_CLAIMS | ODD_CLAIMS.map(tuple),
    GARBAGE | st.lists(GARBAGE | OPTOUTS, max_size=2),
    st.sampled_from([PLAIN, source(scope="contract", contract="demo_paper")]) | GARBAGE,
    st.just(POLICY) | GARBAGE,
    st.just({"demo_paper": contract(quota_tokens=9)}) | GARBAGE,
    st.just({"demo_paper": {"tokens": 1}}) | GARBAGE,
    st.just(()) | GARBAGE,
    GARBAGE,
    GARBAGE,
)
def test_the_gate_answers_anything(
    claims: Any, optouts: Any, of: Any, under: Any, contracts: Any, usage: Any, tombstones: Any, published: Any, on: Any
) -> None:
    ruling = decide(claims, optouts, of, under, contracts, usage, tombstones, published, on)
    assert isinstance(ruling, Ruling)
    reasons = {Decision.DENY: DENY_REASONS, Decision.ALLOW: {Reason.ALLOWED}}
    assert ruling.reason in reasons.get(ruling.decision, set(Reason) - DENY_REASONS - {Reason.ALLOWED})
    if ruling.decision is Decision.ALLOW:
        assert ruling.elected
        assert ruling.rule.startswith(("allow:", "contract:"))


@settings(max_examples=500, deadline=None)
@given(GARBAGE)
def test_identify_answers_anything(tag: Any) -> None:
    found = identify(tag)
    assert (found.expression is None) == (found.reason is not None)
