"""Whole licence texts: recognised word for word, and by nothing less."""

from __future__ import annotations

import pytest
from tests.unit.licensing.license_texts import HOLDER, MIT, TEXTS, filled

from rightful.licensing.code import identify_text
from rightful.licensing.code.texts import LONGEST
from rightful.licensing.code.words import copyrights_in, holder_of

TERMS = MIT[MIT.index("Permission") :]


@pytest.mark.parametrize(
    "spdx",
    ["MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "0BSD", "Unlicense", "GPL-3.0", "MPL-2.0"],
)
def test_filled_in_texts_are_known(spdx: str) -> None:
    if spdx not in TEXTS:
        pytest.skip(f"the package has no {spdx}")
    assert identify_text(TEXTS[spdx] if spdx.startswith("GPL") else filled(spdx)) == spdx


@pytest.mark.parametrize(
    "text",
    [
        f"MIT License\n\n{HOLDER}\n\n{TERMS}",
        "The MIT License (MIT)\n\n"
        + HOLDER
        + "\n"
        + HOLDER.replace("Ada", "Lord")
        + "\n\n"
        + MIT[MIT.index("Permission") :],
        MIT.replace("\n", "\r\n"),
        "# " + MIT.replace("\n\n", "\n\n> ", 1).replace("> ", ""),
        MIT.replace('"', "“"),
        "SPDX-License-Identifier: MIT\n\n" + MIT,
    ],
    ids=["title", "two holders", "line ends", "markdown", "quotes", "tag"],
)
def test_what_only_looks_otherwise_is_the_same(text: str) -> None:
    assert identify_text(text) == "MIT"


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + "\nThe Software may not be used for commercial purposes.\n",
        lambda text: "The following applies to src/ only.\n\n" + text,
        lambda text: text.replace("without restriction", "with restriction"),
        lambda text: text.replace("to deal", "not to deal"),
        lambda text: text.replace("free of charge, ", ""),
        lambda text: text.replace("sublicense, ", ""),
        lambda text: text.replace("Copyright (c)", "Copyright (c), for research use only,"),
        lambda text: "SPDX-License-Identifier: GPL-3.0-only\n\n" + text,
        lambda text: text[: len(text) // 2],
        lambda text: f"Everything but enterprise is licensed under the MIT license.\n\n{text}",
        lambda text: text + "x" * LONGEST,
        lambda text: "",
    ],
)
def test_a_changed_text_is_unknown(change: object) -> None:
    assert callable(change)
    assert identify_text(change(MIT)) is None


@pytest.mark.parametrize(
    "line",
    [
        "Copyright (c) 2020 Acme. AI training excluded.",
        "Copyright (c) 2020 Acme, no AI",
        "Copyright 2020 Acme (NC)",
        "Copyright Acme; AGPL-3.0",
        "(c) Acme except a/ which is GPL",
        "Copyright 2020 Acme, evaluation purposes",
        "Copyright 2020 Acme 仅供学习",
        "(C) everything in a/ is (C) Acme, see EULA",
    ],
)
def test_a_copyright_line_is_a_name_and_nothing_else(line: str) -> None:
    assert identify_text(f"MIT License\n\n{line}\n\n{TERMS}") is None


@pytest.mark.parametrize(
    "name", ["the authors for non-commercial use only", "those who were given a license", "Ada; not for sale"]
)
def test_a_blank_takes_names_only(name: str) -> None:
    known = filled("BSD-3-Clause")
    assert identify_text(known.replace("THE COPYRIGHT HOLDERS AND CONTRIBUTORS", "GOOGLE INC.")) == "BSD-3-Clause"
    assert identify_text(known.replace("THE COPYRIGHT HOLDERS AND CONTRIBUTORS", name)) is None


def test_copyright_statements_are_told_from_sentences_about_copyright() -> None:
    text = """
    Copyright (c) 2020, Ada Byron. All rights reserved.
    © 2019-2021 Łukasz Żółć
    著作権 2020
    COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM
    Copyright 2020 Ada, who does not permit commercial use
    Copyright notice and this permission notice
    SPDX-FileCopyrightText: 2022 Grace Hopper
    Copyright [yyyy] [name of copyright owner]
    """
    found = copyrights_in(text)
    assert found == (
        "Copyright (c) 2020, Ada Byron. All rights reserved.",
        "© 2019-2021 Łukasz Żółć",
        "2022 Grace Hopper",
    )
    assert [holder_of(one) for one in found] == ["Ada Byron", "Łukasz Żółć", "Grace Hopper"]
