"""What a repository states for its files: LICENSE by folder, REUSE, companions, NOTICE."""

from __future__ import annotations

import pytest
from tests.unit.licensing.license_texts import HOLDER, MIT, filled

from rightful.licensing.code import LicenseFiles, is_license_file, is_read_for_licences

OWN = (("SPDX-License-Identifier", "ISC"),)


def tags(
    files: dict[str, str | None], path: str, own: tuple[tuple[str, str], ...] = (), refers: bool = False
) -> list[object]:
    found = LicenseFiles({name: None if text is None else text.encode() for name, text in files.items()})
    return [tag for _, tag in found.of(path, own, refers).tags]


@pytest.mark.parametrize(
    "name",
    [
        "LICENSE",
        "license.md",
        "LICENCE.txt",
        "COPYING",
        "LICENSE-MIT",
        "LICENSE.APACHE",
        "MIT-LICENSE.txt",
        "UNLICENSE",
    ],
)
def test_names_of_license_files(name: str) -> None:
    assert is_license_file(f"src/{name}")


@pytest.mark.parametrize("name", ["license.py", "licenses.json", "x.py.license", "unlicensed_users.go", "NOTICE"])
def test_other_names(name: str) -> None:
    assert not is_license_file(name)


def test_what_is_read() -> None:
    for path in ("LICENSE", "NOTICE", "REUSE.toml", "a/REUSE.toml", ".reuse/dep5", "logo.png.license"):
        assert is_read_for_licences(path)
    assert not is_read_for_licences("README.md")


def test_the_nearest_folder_counts() -> None:
    files = {"LICENSE": MIT, "lib/COPYING": filled("Apache-2.0")}
    assert tags(files, "src/a.py") == ["MIT"]
    assert tags(files, "lib/deep/a.py") == ["Apache-2.0"]
    assert tags(files, "library/a.py") == ["MIT"]


def test_a_files_own_word_comes_first() -> None:
    assert tags({"LICENSE": MIT}, "a.py", OWN) == ["ISC"]


def test_a_sentence_of_the_head_does_not_outweigh_the_repositorys_licence() -> None:
    said = (("header", "MIT"),)
    assert tags({"LICENSE": "GNU GENERAL PUBLIC LICENSE\nVersion 3"}, "a.py", said) == ["MIT", "GPL"]
    assert tags({"LICENSE": MIT}, "a.py", said) == ["MIT", "MIT"]
    assert tags({}, "a.py", said) == ["MIT", None]
    assert tags({"LICENSE": MIT}, "a.py", (("header, whole text", "ISC"),)) == ["ISC"]


def test_a_file_that_names_a_licence_and_refers_needs_both() -> None:
    assert tags({"LICENSE": MIT}, "a.py", OWN, refers=True) == ["ISC", "MIT"]
    assert tags({}, "a.py", (), refers=True) == [None]


def test_what_stands_below_the_header_adds_to_the_repositorys() -> None:
    assert tags({"LICENSE": MIT}, "a.py", (("below the header", "GPL"),)) == ["MIT", "GPL"]


def test_several_files_all_bind() -> None:
    assert tags({"LICENSE-MIT": MIT, "LICENSE-APACHE": filled("Apache-2.0")}, "a.rs") == ["Apache-2.0", "MIT"]


def test_nothing_stated() -> None:
    assert tags({}, "a.py") == [None]
    assert tags({"LICENSES/MIT.txt": MIT}, "a.py") == [None]


def test_an_unknown_text_is_a_tag_of_its_own() -> None:
    (tag,) = tags({"LICENSE": "Foo Corp Licence\n\nAsk us."}, "a.py")
    assert isinstance(tag, str)
    assert tag.startswith("text ")
    assert tag.endswith(": Foo Corp Licence")
    assert tags({"LICENSE": "Foo Corp Licence\n\nAsk me."}, "a.py") != [tag]
    assert str(tags({"LICENSE": None}, "a.py")[0]).endswith("not a text")
    assert tags({"LICENSE": "GNU GENERAL PUBLIC LICENSE\nVersion 2, changed"}, "a.c") == ["GPL"]


def test_a_companion_speaks_for_its_file() -> None:
    files = {"a.py.license": "SPDX-FileCopyrightText: 2020 Ada\nSPDX-License-Identifier: CC0-1.0\n", "LICENSE": MIT}
    assert tags(files, "a.py", OWN) == ["CC0-1.0", "ISC"]
    more = {"a.py.license": "SPDX-License-Identifier: MIT\nBut free for non-commercial use only.\n"}
    assert tags(more, "a.py") == ["MIT", "a.py.license says more than its tag"]
    assert tags(files, "b.py") == ["MIT"]
    assert str(tags({"a.py.license": "yes"}, "a.py", OWN)[0]).endswith("without SPDX-License-Identifier")


REUSE = """
version = 1
[[annotations]]
path = "**"
SPDX-License-Identifier = "MIT"
[[annotations]]
path = ["data/*.py", "docs/**"]
precedence = "{precedence}"
SPDX-FileCopyrightText = "2020 Ada"
SPDX-License-Identifier = "CC-BY-4.0"
"""


def test_reuse_annotations_by_path() -> None:
    files = {"REUSE.toml": REUSE.replace("{precedence}", "closest"), "LICENSE": filled("Apache-2.0")}
    assert tags(files, "src/a.py") == ["MIT"]
    assert tags(files, "data/a.py") == ["CC-BY-4.0"]
    assert tags(files, "data/deep/a.py") == ["MIT"]
    assert tags(files, "docs/deep/a.rst") == ["CC-BY-4.0"]
    assert tags(files, "data/a.py", OWN) == ["ISC"]


@pytest.mark.parametrize(
    ("precedence", "expected"), [("override", ["CC-BY-4.0", "ISC"]), ("aggregate", ["CC-BY-4.0", "ISC"])]
)
def test_reuse_precedence(precedence: str, expected: list[str]) -> None:
    assert tags({"REUSE.toml": REUSE.replace("{precedence}", precedence)}, "docs/a.py", OWN) == expected


def test_reuse_does_not_lift_what_stands_within_the_file() -> None:
    own = (*OWN, ("below the header", "GPL"))
    assert tags({"REUSE.toml": REUSE.replace("{precedence}", "override")}, "docs/a.py", own) == [
        "CC-BY-4.0",
        "ISC",
        "GPL",
    ]


@pytest.mark.parametrize(
    "text", ["not [ toml", "annotations = 3", '[[annotations]]\nSPDX-License-Identifier = "MIT"', None]
)
def test_a_broken_reuse_file_states_nothing(text: str | None) -> None:
    assert tags({"REUSE.toml": text, "LICENSE": MIT}, "a.py") == ["REUSE.toml can't be read"]


def test_an_annotation_without_licence() -> None:
    assert tags({"REUSE.toml": 'version = 1\n[[annotations]]\npath = "**"\n', "LICENSE": MIT}, "a.py") == [
        "REUSE.toml names no licence"
    ]


def test_dep5_is_not_passed_over() -> None:
    assert tags({".reuse/dep5": "Format: …", "LICENSE": MIT}, "a.py") == [
        ".reuse/dep5 is not read: it may say otherwise"
    ]
    assert tags({"lib/.reuse/dep5": "Format: …", "lib/LICENSE": MIT, "LICENSE": MIT}, "lib/a.py") != ["MIT"]
    assert tags({"lib/.reuse/dep5": "Format: …", "LICENSE": MIT}, "a.py") == ["MIT"]


def test_copyrights_and_the_notice_are_kept() -> None:
    files = {
        "LICENSE": f"{HOLDER}\n\n{MIT[MIT.index('Permission') :]}",
        "NOTICE": "This product includes software by Ada.\n",
    }
    found = LicenseFiles({name: text.encode() for name, text in files.items()})
    stated = found.of("src/a.py", (), False)
    assert stated.tags == (("LICENSE, whole text", "MIT"),)
    assert stated.copyrights == (HOLDER, "This product includes software by Ada.")
    assert stated.read == ("LICENSE", "NOTICE")
    assert b"=== NOTICE ===" in found.evidence(stated.read)


@pytest.mark.parametrize(
    "name",
    [
        "COPYING3.LIB",
        "COMMERCIAL-LICENSE.md",
        "MODEL_LICENSE",
        "foo.LICENSE",
        "LICENSE.html",
        "License Agreement.txt",
        "gpl-3.0.txt",
        "AGPL.txt",
        ".LICENSE",
        "LIZENZ",
        "TERMS",
        "third_party_licenses.txt",
        "LICENSE/Acme.txt",
        "legal/LICENSE",
    ],
)
def test_licence_files_by_other_names_bind_their_folder(name: str) -> None:
    files: dict[str, str | None] = {"LICENSE": MIT, f"sub/{name}": "Acme's own words"}
    (tag,) = tags(files, "sub/a.py")
    assert str(tag).startswith("text ")
    assert tags(files, "a.py") == ["MIT"]


def test_a_link_in_a_licences_place_is_no_licence() -> None:
    (tag,) = tags({"LICENSE": MIT, "sub/LICENSE": None}, "sub/a.py")
    assert str(tag).endswith("not a text")


def test_what_several_reuse_files_say_binds_together() -> None:
    entry = 'version = 1\n[[annotations]]\npath = "**"\nprecedence = "override"\nSPDX-License-Identifier = "{}"\n'
    files: dict[str, str | None] = {"REUSE.toml": entry.format("GPL-3.0-only"), "a/REUSE.toml": entry.format("MIT")}
    assert sorted(str(tag) for tag in tags(files, "a/x.py")) == ["GPL-3.0-only", "MIT"]
    nearer: dict[str, str | None] = {"REUSE.toml": entry.format("MIT"), "a/LICENSE": "GNU GENERAL PUBLIC LICENSE"}
    assert tags(nearer, "a/x.py") == ["MIT", "GPL"]


@pytest.mark.parametrize(
    "text",
    [
        '[[annotations]]\npath = "**"\nSPDX-License-Identifier = "MIT"',
        'version = 1\n[[Annotations]]\npath = "**"',
        'version = 1\n[[annotations]]\npath = "./a/**"\nSPDX-License-Identifier = "MIT"',
        'version = 1\n[[annotations]]\npath = "a/"\nSPDX-License-Identifier = "MIT"',
        'version = 1\n[[annotations]]\npath = "**"\nprecedence = "Override"\nSPDX-License-Identifier = "MIT"',
    ],
)
def test_a_reuse_file_that_is_not_as_the_specification_has_it_is_not_guessed_at(text: str) -> None:
    assert tags({"REUSE.toml": text, "LICENSE": MIT}, "b.py") == ["REUSE.toml can't be read"]


def test_a_notice_that_restricts_is_heard() -> None:
    found = tags({"LICENSE": MIT, "NOTICE": "Files in a/ may not be used for commercial purposes.\n"}, "a/x.py")
    assert found[0] == "MIT"
    assert str(found[1]).startswith("NOTICE: ")
    assert tags({"LICENSE": MIT, "NOTICE": "This product includes software developed by Ada.\n"}, "a.py") == ["MIT"]
