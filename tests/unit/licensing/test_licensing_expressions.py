"""An expression is whole or none."""

from __future__ import annotations

import pytest

from rightful.licensing.identify import identify
from rightful.model import Reason


@pytest.mark.parametrize(
    "text",
    [
        "GPL-3.0-only OR MIT OR", "MIT OR ISC OR", "MIT AND ISC AND", "mit or isc or", "GPL-3.0-only OR MIT OR  ",
        "MIT AND", "MIT WITH", "OR MIT", "AND", "(MIT", "MIT)", ")MIT(", "MIT)OR(ISC", "()", "MIT ()", "MIT OR ()",
        "MIT (ISC)", "(MIT)(ISC)", "MIT ISC OR 0BSD", "MIT OR ISC 0BSD", "MIT OR OR ISC", "MIT AND OR ISC",
        "(MIT OR ISC OR) AND 0BSD", "(MIT OR) ISC", "MIT WITH WITH Classpath-exception-2.0",
        "(MIT OR ISC) WITH Classpath-exception-2.0",
        "(" * 17 + "MIT" + ")" * 17, " OR ".join(["MIT"] * 65),
    ],
)  # fmt: skip
def test_an_expression_that_is_not_whole_is_none(text: str) -> None:
    found = identify(text)
    assert (found.expression, found.reason) == (None, Reason.UNPARSABLE)


@pytest.mark.parametrize(
    "text", ["MIT MIT", "MIT And ISC", "MIT WITH ISC", "Classpath-exception-2.0 OR MIT", "MIT OR +"]
)
def test_ids_in_the_wrong_place_are_unknown(text: str) -> None:
    assert identify(text).expression is None
