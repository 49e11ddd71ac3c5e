"""What source files say of their own licence, in their heads and below."""

from __future__ import annotations

import pytest
from tests.unit.licensing.license_texts import APACHE_NOTICE, GPL_NOTICE, HOLDER, MIT, commented, filled

from rightful.licensing.code import read_header
from rightful.licensing.code.header import RESERVED

CODE = "\nimport os\n\nprint(os.name)\n"


def tags(text: str) -> list[str]:
    return [tag for _, tag in read_header(text).tags]


@pytest.mark.parametrize(
    "head",
    [
        "# SPDX-License-Identifier: MIT\n",
        "// SPDX-License-Identifier: MIT\n",
        "/* SPDX-License-Identifier: MIT */\n",
        "/*\n * SPDX-License-Identifier: MIT\n */\n",
        "<!-- SPDX-License-Identifier: MIT -->\n",
        "#!/bin/sh\n# SPDX-License-Identifier: MIT\n",
        '"""SPDX-License-Identifier: MIT"""\n',
        "-- spdx-license-identifier: MIT\n",
        "|* SPDX-License-Identifier: MIT            *|\n",
        "package main\n\n// SPDX-License-Identifier: MIT\n",
    ],
)
def test_spdx_tags_in_all_kinds_of_comments(head: str) -> None:
    assert tags(head + CODE) == ["MIT"]


def test_a_tag_stands_as_it_is_written() -> None:
    assert tags("// SPDX-License-Identifier: (MIT OR GPL-2.0-only) AND BSD-3-Clause\n") == [
        "(MIT OR GPL-2.0-only) AND BSD-3-Clause"
    ]
    assert tags("# SPDX-License-Identifier:\n") == [""]


def test_every_tag_of_a_file_binds() -> None:
    text = "# SPDX-License-Identifier: MIT\nx = 1\n# SPDX-SnippetBegin\n# SPDX-License-Identifier: GPL-3.0-only\n"
    assert tags(text) == ["MIT", "GPL-3.0-only"]


@pytest.mark.parametrize("mark", ["#", "//", " *", "--", ";", "%", ""])
def test_the_notice_of_apache(mark: str) -> None:
    notice = f"Copyright 2020 The Authors\n\n{APACHE_NOTICE}"
    head = f"/*\n{commented(notice, mark)} */\n" if mark in (" *", "") else commented(notice, mark)
    read = read_header(head + CODE)
    assert [tag for _, tag in read.tags] == ["Apache-2.0"]
    assert read.copyrights == ("Copyright 2020 The Authors",)


@pytest.mark.parametrize("spdx", ["MIT", "BSD-2-Clause", "BSD-3-Clause", "ISC"])
def test_a_whole_licence_at_the_head(spdx: str) -> None:
    assert tags(commented(f"{HOLDER}\n\n{filled(spdx)}", "//") + CODE) == [spdx]


def test_a_tag_and_its_own_notice_are_one() -> None:
    text = commented(f"SPDX-License-Identifier: Apache-2.0\n\n{APACHE_NOTICE}") + CODE
    assert tags(text) == ["Apache-2.0"]


def test_a_tag_and_another_notice_both_bind() -> None:
    text = commented(f"SPDX-License-Identifier: MIT\n\n{APACHE_NOTICE}") + CODE
    assert tags(text) == ["MIT", "Apache-2.0"]


@pytest.mark.parametrize(
    ("sentence", "tag"),
    [
        ("Licensed under the MIT License.", "mit"),
        ("This code is released under the terms of the MIT license: https://opensource.org/licenses/MIT", "mit"),
        ("@license MIT", "MIT"),
        ("License: Apache-2.0", "Apache-2.0"),
        ("Distributed under the Boost Software License, Version 1.0.", None),
    ],
)
def test_sentences_that_name_a_licence(sentence: str, tag: str | None) -> None:
    found = tags(f"# {sentence}\n{CODE}")
    assert [one.lower() for one in found] == [tag.lower()] if tag else len(found) == 1


@pytest.mark.parametrize(
    "sentence",
    [
        "See the LICENSE file for details.",
        "Use of this source code is governed by a BSD-style license that can be found in the LICENSE file.",
        "See LICENSE in the project root for license information.",
        ":license: BSD, see LICENSE for details.",
        "This file is licensed under the BSD-style license found in the LICENSE file in the root of this project.",
    ],
)
def test_heads_that_refer_to_the_repositorys_licence(sentence: str) -> None:
    read = read_header(f"// Copyright 2009 The Authors. All rights reserved.\n// {sentence}\n{CODE}")
    assert (read.tags, read.refers) == ((), True)


def test_a_reference_that_names_the_licence_keeps_the_name() -> None:
    read = read_header("# This source code is licensed under the MIT license found in the LICENSE file.\n")
    assert ([tag.lower() for _, tag in read.tags], read.refers) == (["mit"], True)


@pytest.mark.parametrize(
    "sentence",
    [
        "Free for non-commercial use.",
        "See the LICENSE file. Not for commercial use.",
        "Confidential and proprietary.",
        "You may not be used to train machine learning models; text and data mining is reserved.",
        "Licensed under the Foo Corp Evaluation License.",
        "No part of this file may be reproduced.",
        "Permission is granted to read this file.",
        "Redistribution is forbidden.",
        "仅供学习，禁止商用。",
        "版权所有",
        "Nur für nichtkommerzielle Zwecke.",
        "Free for n\u200bon-commerc\u200bial use.",
        "Ｆree for ｎon-commercial use.",
        "Licensed under the MIT License, except in embedded devices.",
        "Released under the MIT license unless you are a company.",
    ],
)
@pytest.mark.parametrize("before", ["", "SPDX-License-Identifier: MIT\n# "])
def test_words_about_rights_that_nobody_understands_are_a_tag_that_nothing_knows(sentence: str, before: str) -> None:
    found = tags(f"# {before}{sentence}\n{CODE}")
    assert found[-1].startswith("terms ")
    assert len(found) == (2 if before else 1)


def test_the_same_words_are_the_same_tag() -> None:
    first = tags("# Part of Foo.\n# Free for non-commercial use.\n" + CODE)
    assert first == tags("// Another file.\n//  Free for non-commercial  use.\n" + CODE)
    assert first != tags("# Free for non-commercial use on Sundays.\n" + CODE)


def test_a_notice_with_a_word_changed_is_no_notice() -> None:
    changed = APACHE_NOTICE.replace("either express or implied", "neither express nor implied")
    assert tags(commented(changed) + CODE)[0].startswith("terms ")


def test_all_rights_reserved_alone_reserves_them() -> None:
    assert tags("# Copyright 2020 Foo Corp. All rights reserved.\n" + CODE) == [RESERVED]
    assert tags("# Copyright 2020 Foo Corp.\n" + CODE) == []


def test_the_gpl_is_known_by_its_notice() -> None:
    assert tags(commented(GPL_NOTICE) + CODE) == ["GPL"]
    assert tags(commented(GPL_NOTICE.replace("GNU General", "GNU Lesser General")) + CODE) == ["LGPL"]


def test_what_was_pasted_below_keeps_its_terms() -> None:
    head = "# SPDX-License-Identifier: MIT\n" + CODE
    assert tags(head + "\n" + commented(GPL_NOTICE)) == ["MIT", "GPL"]
    assert tags(head + "\n" + commented(filled("BSD-2-Clause"))) == ["MIT", "BSD-2-Clause"]
    assert tags(head + "\n" + commented(APACHE_NOTICE)) == ["MIT", "Apache-2.0"]
    below = read_header(CODE + "\n# (c) Foo. All rights reserved.\n" + CODE)
    assert below.tags == (("below the header", RESERVED),)
    other = read_header(CODE + "\n# Not licensed under what you think.\n" + CODE)
    assert other.tags[0][0] == "below the header"
    assert other.tags[0][1].startswith("terms ")


@pytest.mark.parametrize(
    "line",
    [
        "You may not be used for anything but research; it may not be used in products.",
        "For academic use only.",
        "Not to be copied without prior written permission.",
        "Must not be used to train models.",
        "版权所有，禁止商用。",
    ],
)
def test_restrictions_below_the_header_are_seen(line: str) -> None:
    found = tags(f"# SPDX-License-Identifier: MIT\n{CODE}\n# {line}\n{CODE}")
    assert len(found) == 2
    assert found[1].startswith("terms ")


@pytest.mark.parametrize("tail", [", non-commercial use only", "; see EULA", " */ // not for commercial use"])
def test_what_stands_behind_a_tag_is_read(tail: str) -> None:
    found = tags(f"// SPDX-License-Identifier: MIT{tail}\n{CODE}")
    assert found[0] == "MIT"
    assert found[1].startswith("terms ")


def test_a_file_that_says_nothing() -> None:
    read = read_header('"""Reads numbers. 数を読む。 Читает числа."""\n' + CODE)
    assert (read.tags, read.refers, read.copyrights) == ((), False, ())
    assert read_header("").tags == ()


def test_hostile_files_take_no_time() -> None:
    pieces = ["# see the license file\n" * 40_000, "# " + "see license " * 80_000, "/*" * 50_000, '"""' * 100_001]
    pieces += ["# " + "*" * 500_000 + "x\n", "# licensed" + " " * 500_000 + "under\n"]
    for piece in [*pieces, "# " + "license " * 50_000, "SPDX-License-Identifier: " * 20_000]:
        read_header(piece)
        read_header(f"{MIT}\n{piece}\n")


@pytest.mark.parametrize(
    "said",
    [
        "CC BY-NC 4.0",
        "Business Source 1.1, change date 2030",
        "SSPL v1",
        "MIT + Commons Clause",
        "This code cannot be used, copied or modified by anyone but Acme staff.",
        "This code must not be used for AI.",
        "You may not use this code in any product.",
        "No AI training. Not for use in machine learning datasets.",
        "Machine learning on this file is prohibited.",
        "TDM opt-out: all text-and-data-mining rights are reserved",
        "Acme internal. Not to be shared outside Acme.",
        "Reproduction interdite sans autorisation",
        "Nur für den privaten Gebrauch",
        "Prohibida su reproducción. Sólo uso personal",
        "Uso não comercial",
        "Vietata la riproduzione",
        "niet-commercieel, alle rechten voorbehouden",
        "جميع الحقوق محفوظة",
        "仅供学习交流使用",
        "無断複製を禁ずる",
        "Free for n\u043en-\u0441\u043emmerci\u0430l us\u0435",
        "Free for non\ufe0f-comm\U000e0061ercial use",
        "PROPRIE-\n# TARY",
    ],
)
def test_headers_that_restrict_in_other_words_are_heard(said: str) -> None:
    found = tags(f"# {said}\n{CODE}")
    assert found
    assert found[0].startswith("terms ")


@pytest.mark.parametrize(
    "text",
    [
        'def gen():\n    return "# SPDX-License-Identifier: MIT"\n',
        "x = 1\n# SPDX-License-Identifier: MIT\n",
    ],
)
def test_a_tag_below_the_header_licenses_nothing_by_itself(text: str) -> None:
    assert all(place.startswith("below the header") for place, _ in read_header(text).tags)
    assert tags("# Copyright Acme. All rights reserved.\n" + text)[0] == RESERVED


@pytest.mark.parametrize(
    "line",
    [
        '__license__ = "CC-BY-NC-4.0"',
        '__license__ = "Proprietary"',
        "# License: Proprietary, Acme Corp.",
        "# Copied from the kernel, GPL-2.0-only",
        "# distributed under the terms of the GPL",
        'LICENSE = "Free for personal use"',
    ],
)
def test_fields_and_names_below_the_header_are_heard(line: str) -> None:
    assert len(tags(f"# SPDX-License-Identifier: MIT\n{CODE}\n{line}\n")) == 2


@pytest.mark.parametrize(
    "said", ["governed by LICENSE.acme", "see LICENSE-commercial", "see LICENSES/acme.txt", "see LICENSE there"]
)
def test_a_reference_to_another_licence_is_not_the_repositorys(said: str) -> None:
    found = read_header(f"# This file is {said}\n{CODE}")
    assert found.tags


@pytest.mark.parametrize(
    "said",
    [
        "licensed for noncommercial use under the MIT license",
        "Licensed, for academic use only, under the MIT license.",
        "Licensed to Acme staff alone under the MIT license.",
        "Use of this source code is governed by a noncommercial license that can be found in the LICENSE file.",
        "This file is licensed under a restrictive non-commercial license. See LICENSE",
        "Released under the MIT license, for students",
        "Released under the MIT license as long as you pay",
        "Released under the MIT license in the USA",
        "Released under the MIT license, with additions below",
        "Released under the MIT license. Not for companies.",
    ],
)
def test_restrictions_around_a_named_licence_are_not_swallowed(said: str) -> None:
    assert any(tag.startswith("terms ") for tag in tags(f"# {said}\n{CODE}"))
