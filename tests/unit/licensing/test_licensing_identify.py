"""A tag means exactly what the tables say, or nothing."""

from __future__ import annotations

from datetime import date

import pytest

from rightful.catalogue.models import DatedAlias
from rightful.licensing import register
from rightful.licensing.creative_commons import VERSIONS
from rightful.licensing.identify import MAX_TAG, identify
from rightful.licensing.tables import NAMES, OWN_IDS, RIGHTS_STATEMENTS, URLS
from rightful.model import Reason

CC = "https://creativecommons.org"

KNOWN = {
    # URLs of Creative Commons
    f"{CC}/licenses/by/4.0/": "CC-BY-4.0",
    f"{CC}/licenses/by/4.0": "CC-BY-4.0",
    f"{CC}/licenses/by/4.0///": "CC-BY-4.0",
    "http://www.creativecommons.org/licenses/by-sa/3.0/": "CC-BY-SA-3.0",
    "//creativecommons.org/licenses/by-sa/2.0/": "CC-BY-SA-2.0",
    "HTTPS://CreativeCommons.org/licenses/by/4.0/": "CC-BY-4.0",
    f"  {CC}/licenses/by/4.0/\n": "CC-BY-4.0",
    f"{CC}/licenses/by/4.0/?ref=chooser-v1#x": "CC-BY-4.0",
    f"{CC}/licenses/by-sa/4.0/deed.de": "CC-BY-SA-4.0",
    f"{CC}/licenses/by-sa/4.0/deed.zh-hant": "CC-BY-SA-4.0",
    f"{CC}/licenses/by-sa/4.0/deed": "CC-BY-SA-4.0",
    f"{CC}/licenses/by-sa/4.0/legalcode": "CC-BY-SA-4.0",
    f"{CC}/licenses/by/3.0/de/": "CC-BY-3.0-DE",
    f"{CC}/licenses/by/3.0/de/deed.en": "CC-BY-3.0-DE",
    f"{CC}/licenses/by-sa/2.5/se/": "LicenseRef-CC-BY-SA-2.5-SE",
    f"{CC}/licenses/by/2.5/scotland/": "LicenseRef-CC-BY-2.5-SCOTLAND",
    f"{CC}/licenses/by/3.0/igo/": "CC-BY-3.0-IGO",
    f"{CC}/licenses/by-nd-nc/1.0/": "CC-BY-NC-ND-1.0",
    f"{CC}/licenses/sa-nc-by/4.0/": "CC-BY-NC-SA-4.0",
    f"{CC}/licenses/sa/1.0/": "CC-SA-1.0",
    f"{CC}/licenses/by-sa/": "LicenseRef-CC-BY-SA-unversioned",
    f"{CC}/licenses/by-nc/": "LicenseRef-CC-BY-NC-unversioned",
    f"{CC}/publicdomain/zero/1.0/": "CC0-1.0",
    f"{CC}/publicdomain/zero/1.0/deed.fr": "CC0-1.0",
    f"{CC}/publicdomain/mark/1.0/": "CC-PDM-1.0",
    f"{CC}/licenses/publicdomain/": "CC-PDDC",
    f"{CC}/licenses/sampling+/1.0/br/": "LicenseRef-CC-sampling-plus-1.0-BR",
    f"{CC}/licenses/nc-sampling+/1.0/": "LicenseRef-CC-nc-sampling-plus-1.0",
    f"{CC}/licenses/devnations/2.0/": "LicenseRef-CC-devnations-2.0",
    # escapes and archives
    "https:\\/\\/creativecommons.org\\/licenses\\/by\\/4.0\\/": "CC-BY-4.0",
    "https%3A%2F%2Fcreativecommons.org%2Flicenses%2Fby-sa%2F4.0%2F": "CC-BY-SA-4.0",
    "%2f%2fcreativecommons.org%2flicenses%2fby%2f4.0": "CC-BY-4.0",
    f"{CC}/licenses/by%2Dsa/4.0/": "CC-BY-SA-4.0",
    "https:&#x2F;&#x2F;creativecommons.org&#47;licenses&#47;by&#47;4.0": "CC-BY-4.0",
    f"{CC}/licenses/by/4.0/?a=1&amp;b=2": "CC-BY-4.0",
    f"https://web.archive.org/web/20200101000000/{CC}/licenses/by/4.0/": "CC-BY-4.0",
    f"//web.archive.org/web/20200101if_/{CC}/licenses/by-nc/4.0/": "CC-BY-NC-4.0",
    # ids, in any case, and ids that SPDX does not list
    "mit": "MIT",
    "CC-BY-SA-4.0": "CC-BY-SA-4.0",
    "cc-by-sa-2.5-se": "LicenseRef-CC-BY-SA-2.5-SE",
    "LicenseRef-CC-BY-SA-2.5-SE": "LicenseRef-CC-BY-SA-2.5-SE",
    "cc-by": "LicenseRef-CC-BY-unversioned",
    "LicenseRef-CC-BY-unversioned": "LicenseRef-CC-BY-unversioned",
    "GPL-2.0": "GPL-2.0-only",
    "GPL-2.0+": "GPL-2.0-or-later",
    "Apache-2.0+": "Apache-2.0+",
    "GFDL-1.3-invariants-or-later": "GFDL-1.3-invariants-or-later",
    "GFDL-1.3-no-invariants-or-later": "GFDL-1.3-no-invariants-or-later",
    # names that sites really use
    "CC BY-SA 4.0": "CC-BY-SA-4.0",
    "CC BY-SA 3.0 de": "CC-BY-SA-3.0-DE",
    "CC-BY-SA 3.0": "CC-BY-SA-3.0",
    "CC BY": "LicenseRef-CC-BY-unversioned",
    "CC BY-SA": "LicenseRef-CC-BY-SA-unversioned",
    "CC BY-NC-ND": "LicenseRef-CC-BY-NC-ND-unversioned",
    "Creative Commons Attribution-ShareAlike 4.0": "CC-BY-SA-4.0",
    "Creative Commons Attribution-Share Alike 4.0 International": "CC-BY-SA-4.0",
    "Creative Commons Attribution Share Alike 4.0 International": "CC-BY-SA-4.0",
    "Creative Commons Attribution 3.0 Unported License": "CC-BY-3.0",
    "Creative Commons Attribution 3.0 Germany": "CC-BY-3.0-DE",
    "Creative Commons Attribution 2.5 Scotland": "LicenseRef-CC-BY-2.5-SCOTLAND",
    "Creative Commons Attribution Non Commercial No Derivatives 4.0 International": "CC-BY-NC-ND-4.0",
    "Creative Commons Attribution-NonCommercial-ShareAlike": "LicenseRef-CC-BY-NC-SA-unversioned",
    "Attribution-ShareAlike 4.0 International (CC BY-SA 4.0)": "CC-BY-SA-4.0",
    "Creative Commons Zero v1.0 Universal": "CC0-1.0",
    "CC0 1.0": "CC0-1.0",
    "CC0": "LicenseRef-CC0-unversioned",
    "GNU Free Documentation License 1.3 or later": "GFDL-1.3-or-later",
    "All rights reserved": "LicenseRef-all-rights-reserved",
    "Open Government Licence v3.0": "OGL-UK-3.0",
    "Open Parliament Licence v3.0": "LicenseRef-OPL-UK-3.0",
    # other exact URLs
    "http://arxiv.org/licenses/nonexclusive-distrib/1.0/": "LicenseRef-arXiv-nonexclusive-distrib-1.0",
    "http://rightsstatements.org/vocab/InC-OW-EU/1.0/": "LicenseRef-RS-InC-OW-EU-1.0",
    "https://rightsstatements.org/page/NoC-US/1.0/?language=en": "LicenseRef-RS-NoC-US-1.0",
    "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/": "OGL-UK-3.0",
    "https://open.canada.ca/en/open-government-licence-canada": "OGL-Canada-2.0",
    "https://www.gnu.org/copyleft/fdl.html": "LicenseRef-GFDL-unversioned",
    "https://spdx.org/licenses/MIT.html": "MIT",
    "https://opensource.org/licenses/MIT": "MIT",
    # expressions
    "MIT OR Apache-2.0": "MIT OR Apache-2.0",
    "mit or apache-2.0": "MIT OR Apache-2.0",
    "MIT AND (ISC OR 0BSD)": "MIT AND (ISC OR 0BSD)",
    "((MIT))": "MIT",
    "MIT OR MIT": "MIT",
    "MIT AND (ISC AND 0BSD)": "MIT AND ISC AND 0BSD",
    "gpl-2.0 with classpath-exception-2.0": "GPL-2.0-only WITH Classpath-exception-2.0",
    "CC-BY AND MIT": "LicenseRef-CC-BY-unversioned AND MIT",
}

UNKNOWN = [
    # what neighbours let through
    "https://example.org/standby/4.0/",
    "https://example.org/licenses/by/4.0/",
    f"{CC}/publicdomain/anything",
    f"{CC}/publicdomain/",
    f"{CC}/licenses/GPL/2.0/",
    f"{CC}/licenses/",
    f"{CC}/",
    "https://creativecommons.org.evil.com/licenses/by/4.0/",
    "https://evil.com/?u=https://creativecommons.org/licenses/by/4.0/",
    "https://evil.com/https://creativecommons.org/licenses/by/4.0/",
    "https://creativecommons.org@evil.com/licenses/by/4.0/",
    "https://evil.com@creativecommons.org/licenses/by/4.0/",
    "https://evilcreativecommons.org/licenses/by/4.0/",
    "https://wiki.creativecommons.org/licenses/by/4.0/",
    "https://creativecommons.org:8443/licenses/by/4.0/",
    "https://creativecommons.org%2Flicenses%2Fby%2F4.0%2F%23.evil.com",
    "https://creative\ncommons.org/licenses/by/4.0/",
    "https://creativecommons.org\\.evil.com/licenses/by/4.0/",
    "https://сreativecommons.org/licenses/by/4.0/",  # a Cyrillic letter
    "ftp://creativecommons.org/licenses/by/4.0/",
    "javascript://creativecommons.org/licenses/by/4.0/",
    "creativecommons.org/licenses/by/4.0/",
    f"see {CC}/licenses/by/4.0/",
    f"{CC}/licenses/by/4.0/ and more",
    f"https://evil.com/web/20200101/{CC}/licenses/by/4.0/",
    # misspelt: not read as something near
    f"{CC}/licenses/by/4.0/nc",
    f"{CC}/licenses/by/4.0/nc/nd",
    f"{CC}/licenses/by/nc/4.0/",
    f"{CC}/licenses/by/5.0/",
    f"{CC}/licenses/by/4/",
    f"{CC}/licenses/by-by/4.0/",
    f"{CC}/licenses/by-xx/4.0/",
    f"{CC}/licenses/by/4.0/deu/",
    f"{CC}/licenses/by/4.0/../../by-nc/4.0",
    f"{CC}/licenses/by/4.0%3F",
    f"{CC}/licenses/by/4.0%00",
    "Creative Commons",
    "Creative Commons License",
    "CC",
    "CC BY 4.0 NC",
    "CC BY-4.0-NC",
    "CC BY 4.0 Unported",
    "CC BYSA 4.0",
    "Attribution",
    "Attribution 4.0",
    "Attribution 4.0 International (CC BY-NC 4.0)",
    "Creative Commons Attribution license (reuse allowed)",
    "Creative Commons Attribution 4.0 Unported",
    "other",
    "Other (Non-Commercial)",
    "public domain",
    "LicenseRef-CC-BY-4.0",
    "LicenseRef-contract-anything",
    "LicenseRef-foo",
    "BSD-2",
    "MIT AND foo-1.0",
    "MIT WITH MIT",
    "CC BY-SA 4.0 AND MIT",  # a name is no term
    "MIT And ISC",
    "ＭＩＴ",
    "MIT Licenſe",
]  # fmt: skip


@pytest.mark.parametrize(("tag", "expression"), KNOWN.items())
def test_a_known_tag_becomes_its_expression(tag: str, expression: str) -> None:
    found = identify(tag)
    assert (found.expression, found.reason, found.tag) == (expression, None, tag)


@pytest.mark.parametrize("tag", UNKNOWN)
def test_what_no_table_holds_is_unknown(tag: str) -> None:
    found = identify(tag)
    assert found.expression is None
    assert found.reason in (Reason.UNKNOWN_ID, Reason.UNPARSABLE)


BROKEN = [
    *("MIT OR", "AND", "()", "(MIT", "MIT)", "MIT AND OR MIT", "MIT (ISC)"),
    "(" * 40 + "MIT" + ")" * 40,
    " OR ".join(["MIT"] * 100),
    "A" * (MAX_TAG + 1),
]


@pytest.mark.parametrize("tag", BROKEN)
def test_a_broken_expression_is_unparsable(tag: str) -> None:
    assert identify(tag).reason is Reason.UNPARSABLE


@pytest.mark.parametrize(
    "tag", [None, "", "   ", "[]", "{}", "null", "NOASSERTION", "NONE", "none", [], {}, (), set(), b""]
)
def test_nothing_said_is_no_tag(tag: object) -> None:
    assert identify(tag).reason is Reason.NO_TAG


class _Nasty(str):
    __slots__ = ()

    def __hash__(self) -> int:
        raise RuntimeError("must not be asked")

    __eq__ = str.__eq__


@pytest.mark.parametrize(
    "tag", [0, 1.5, True, ["MIT"], {"id": "MIT"}, b"MIT", object(), _Nasty("nonsense"), "\ud800", "\x00"]
)
def test_anything_else_is_unknown_and_never_raises(tag: object) -> None:
    assert identify(tag).reason is Reason.UNKNOWN_ID


@pytest.mark.parametrize(
    "spdx", ["CC-BY-SA-4.0", "CC-BY-3.0-DE", "LicenseRef-CC-BY-SA-2.5-SE", "CC0-1.0", "MIT", *OWN_IDS]
)
def test_own_ids_read_as_themselves(spdx: str) -> None:
    assert identify(spdx).expression == spdx


def test_every_table_entry_leads_to_a_known_id() -> None:
    for spdx in {*NAMES.values(), *URLS.values()}:
        assert identify(spdx).expression == spdx
    for name, spdx in NAMES.items():
        assert identify(name).expression == spdx
    for place, spdx in URLS.items():
        assert identify(f"https://{place}/").expression == spdx


def test_all_twelve_rights_statements() -> None:
    read = {identify(f"http://rightsstatements.org/vocab/{code}/1.0/").expression for code in RIGHTS_STATEMENTS}
    assert read == {f"LicenseRef-RS-{code}-1.0" for code in RIGHTS_STATEMENTS}
    assert len(read) == 12


def test_id_to_url_to_id_is_the_identity() -> None:
    families = ["BY", "BY-NC", "BY-NC-ND", "BY-NC-SA", "BY-ND", "BY-SA"]
    ids = {"CC0-1.0", "CC-PDM-1.0", "CC-PDDC", "MIT", "OGL-UK-3.0", "GFDL-1.3-or-later", "LicenseRef-RS-InC-1.0"}
    ids |= {f"LicenseRef-CC-{family}-unversioned" for family in families}
    for family in families:
        for version in VERSIONS:
            for port in ("", "-DE", "-SE", "-IGO", "-SCOTLAND", "-UK"):
                found = identify(f"CC-{family}-{version}{port}").expression
                assert found is not None
                ids.add(found)
    for spdx in ids:
        url = register.url_of(spdx)
        assert url is not None, spdx
        assert identify(url).expression == spdx, url


@pytest.mark.parametrize(
    ("term", "family", "version"),
    [
        ("CC-BY-SA-2.5", "CC-BY-SA", "2.5"),
        ("LicenseRef-CC-BY-SA-2.5-SE", "CC-BY-SA", "2.5"),
        ("LicenseRef-CC-BY-unversioned", "CC-BY", ""),
        ("CC0-1.0", "CC0", "1.0"),
        ("BSD-2-Clause", "BSD-2-Clause", ""),
        ("OGL-UK-3.0", "OGL-UK", "3.0"),
        ("GFDL-1.3-invariants-or-later", "GFDL-invariants", "1.3"),
        ("GFDL-1.3-or-later", "GFDL", "1.3"),
    ],
)
def test_family_and_version(term: str, family: str, version: str) -> None:
    assert (register.family_of(term), register.version_of(term)) == (family, version)


@pytest.mark.parametrize(
    ("tag", "category"),
    [
        ("CC0-1.0", "public_domain"),
        ("CC-BY-4.0", "permissive"),
        ("CC-BY-SA-4.0", "share_alike"),
        ("CC-BY-NC-SA-4.0", "noncommercial"),
        ("CC-BY-ND-4.0", "no_derivatives"),
        ("GPL-3.0-only", "copyleft"),
        ("MPL-2.0", "weak_copyleft"),
        ("MIT AND GPL-3.0-only", "copyleft"),
        ("LicenseRef-RS-InC-1.0", "statement"),
        ("All rights reserved", "restricted"),
        ("no idea", "unknown"),
    ],
)
def test_category_for_reports(tag: str, category: str) -> None:
    assert identify(tag).category == category


FLAG = "creativeCommon"
DATED = {
    FLAG: (
        DatedAlias(expression="CC-BY-3.0", valid_until=date(2025, 7, 31)),
        DatedAlias(expression="CC-BY-4.0", valid_from=date(2025, 8, 1)),
    )
}


@pytest.mark.parametrize(
    ("on", "expression"),
    [(date(2025, 7, 31), "CC-BY-3.0"), (date(2025, 8, 1), "CC-BY-4.0"), (None, None)],
)
def test_an_alias_means_what_it_meant_on_the_day(on: date | None, expression: str | None) -> None:
    assert identify(FLAG, aliases=DATED, on=on).expression == expression


def test_an_alias_holds_for_the_exact_tag_only() -> None:
    assert identify("creativecommon", aliases=DATED, on=date(2026, 1, 1)).expression is None
    assert identify(FLAG).expression is None


def test_two_meanings_on_one_day_are_none() -> None:
    twice = {FLAG: (DatedAlias(expression="CC-BY-3.0"), DatedAlias(expression="CC-BY-4.0"))}
    assert identify(FLAG, aliases=twice, on=date(2026, 1, 1)).expression is None


@pytest.mark.parametrize(
    ("tag", "alias", "expression"),
    [
        ("CC BY-SA", "CC-BY-SA-4.0", "CC-BY-SA-4.0"),  # adds the version
        ("CC BY-SA", "CC-BY-4.0", "LicenseRef-CC-BY-SA-unversioned"),  # another family
        ("CC BY-NC 4.0", "CC-BY-4.0", "CC-BY-NC-4.0"),  # contradicts what can be read
        ("All rights reserved", "CC0-1.0", "LicenseRef-all-rights-reserved"),
        ("pd", "CC-PDDC", "CC-PDDC"),
        ("pd", "no such thing", None),
        ("", "CC-BY-4.0", None),  # nothing said stays nothing
    ],
)
def test_an_alias_explains_but_never_contradicts(tag: str, alias: str, expression: str | None) -> None:
    assert identify(tag, aliases={tag: alias}).expression == expression
