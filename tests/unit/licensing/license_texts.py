"""Licence texts as repositories hold them: the package's templates, filled in."""

from __future__ import annotations

from identify.vendor.licenses import LICENSES

TEXTS = dict(LICENSES)
HOLDER = "Copyright (c) 2021-2024 Ada Byron <ada@example.org>"
_YEARS, _NAMES = (
    ("<year>", "[year]", "[yyyy]"),
    ("<copyright holders>", "[fullname]", "[name of copyright owner]", "<owner>"),
)


def filled(spdx: str) -> str:
    """The text of a licence with a name where the template has a blank."""
    text = TEXTS[spdx]
    for blank in _YEARS:
        text = text.replace(blank, "2021")
    for blank in _NAMES:
        text = text.replace(blank, "Ada Byron")
    return text


MIT = filled("MIT")

APACHE_NOTICE = """\
Licensed under the Apache License, Version 2.0 (the "License");
you may not use this file except in compliance with the License.
You may obtain a copy of the License at

    http://www.apache.org/licenses/LICENSE-2.0

Unless required by applicable law or agreed to in writing, software
distributed under the License is distributed on an "AS IS" BASIS,
WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
See the License for the specific language governing permissions and
limitations under the License.
"""

GPL_NOTICE = """\
This program is free software: you can redistribute it and/or modify it under the terms of the GNU General Public
License as published by the Free Software Foundation, either version 3 of the License, or (at your option) any later
version.
"""


def commented(text: str, mark: str = "#") -> str:
    """``text`` as a comment, line by line."""
    return "".join(f"{mark} {line}".rstrip() + "\n" for line in text.splitlines())
