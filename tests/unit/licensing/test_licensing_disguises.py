"""No spelling hides a restriction from gate or audit, so that no person can allow it."""

from __future__ import annotations

import pytest
from tests.unit.licensing.cases import PLAIN, POLICY, TODAY, claim
from tests.unit.licensing.test_licensing_reviews import audited, believed, review, ruled

from rightful.licensing import lift
from rightful.licensing.identify import identify
from rightful.licensing.reviews import Reviews
from rightful.model import Decision

IN_DISGUISE = [
    "GPLv3", "GPL3", "gplv2+", "GPLv2-or-later", "gnu gpl 3", "GNU/GPL", "gpl_v3", "G.P.L.", "G P L 3", "GP\u200bL v3",
    "GPL\u20113", "\uff27\uff30\uff2c", "MIT/GPLv2", "AGPLv3", "Affero GPL", "GNU-General-Public-License",
    "GeneralPublicLicense v3", "GNU public licence", "Llama 3 Community License", "LLaMA2", "llama-3", "OpenRAIL",
    "bigscience-openrail-m", "Gemma Terms of Use", "Stability AI Community License", "copyrighted",
    "Copy\u00adrighted", "ALL-RIGHTS_RESERVED", "all rights\u00a0reserved", "All right reserved",
    "Alle Rechte sind vorbehalten", "by nc", "BY_NC", "by\u2013nc", "BY\u2011NC", "b\u200by\u200b-n\u200bc",
    "\uff42\uff59\uff0d\uff4e\uff43", "ccbyncsa40", "CC BY\u2212NC", "CC BY N\u0421", "\u039dC", "n.c.", "N C 4",
    "n\u200bd", "n-d", "by nd", "BYND", "&#78;C", "%4EC", "\U0001d40d\U0001d402", "non commercial",
    "non\u00adcommercial", "NON_COMMERCIAL", "noncommerc\u0456al", "nicht-kommerziell", "nicht\u2010kommerzielle",
    "noderivatives", "No-Derivs", "non derivative", "ohne Bearbeitung", "SSPLv1", "BUSL", "Commons Clause",
    "academic use only", "for research purposes", "do not train",
]  # fmt: skip


@pytest.mark.parametrize("tag", IN_DISGUISE)
@pytest.mark.parametrize("around", ["{}", "Our licence ({})", "CC BY 4.0 {}"])
def test_no_disguise_of_a_restriction_can_be_allowed(tag: str, around: str) -> None:
    stated = around.format(tag)
    reviews = Reviews([review(stated)])
    found = ruled(claim(stated), reviews=reviews)
    assert found.decision is not Decision.ALLOW
    assert audited(believed(found, "CC-BY-4.0", stated), (claim(stated),), reviews, PLAIN) is not None


@pytest.mark.parametrize(
    "tag",
    [
        "Newsroom Open Licence", "Community Data License Agreement", "Lesser General Public License", "a. b. c.",
        "Network Rail data", "Some rights reserved", "\u00a9 2020 Jo", "Ringplan licence", "Public Domain in Finland",
        "\u041e\u0442\u043a\u0440\u044b\u0442\u0430\u044f", "\u03bd\u03cc\u03bc\u03bf\u03c2",
    ],
)  # fmt: skip
def test_what_only_sounds_like_a_restriction_is_left_to_people(tag: str) -> None:
    assert ruled(claim(tag), reviews=Reviews([review(tag)])).decision is Decision.ALLOW


def test_a_policy_that_accepts_the_gpl_lets_a_person_say_which() -> None:
    denials = tuple(rule for rule in POLICY.deny if rule.id != "gpl")
    assert lift.obstacle("GPLv3", identify("GPLv3"), POLICY, TODAY) == (
        "rule deny:gpl denies LicenseRef-GPL-unversioned"
    )
    lenient = POLICY.model_copy(update={"deny": denials})
    assert lift.obstacle("GPLv3", identify("GPLv3"), lenient, TODAY) is None
