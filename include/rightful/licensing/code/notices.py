"""Notices by which files are put under a licence whose text lies elsewhere, in the plain form (:mod:`words`)."""

from __future__ import annotations

import re

_COMPLIANCE = r"you may not use this file except in compliance with (?:the|that) license\."
_OBTAIN = (
    r" you may obtain a copy of the license(?: at)?:? ?"
    r"(?:https://(?:www\.)?apache\.org/licenses/(?:license-2\.0(?:\.txt|\.html)?)?)?\.?"
)
_AS_IS = (
    r" unless required by applicable law or agreed to in writing, software distributed under the license is "
    r'distributed on an? "as is" basis, without warranties or conditions of any kind, either express or implied\.'
    r"(?: see the license for the specific language governing permissions and limitations (?:under|of) the license\.)?"
)
_APACHE = r'licensed under the apache license,? (?:version |v)?2\.0 \(the "license"\)[;.,] ?'
_ASF = (
    r"licensed to the apache software foundation \(asf\) under one or more contributor license agreements\. see "
    r"the notice file distributed with this work for additional information regarding copyright ownership\. the asf "
    r'licenses this file to you under the apache license, version 2\.0 \(the "license"\); '
)
_AWS = (
    r" a copy of the license is located at https://(?:www\.)?aws\.amazon\.com/apache2\.0/? or in the "
    r'"license" file accompanying this file\. this file is distributed on an "as is" basis, without warranties or '
    r"conditions of any kind, either express or implied\. see the license for the specific language governing "
    r"permissions and limitations under the license\."
)
_OPENSSL = r" you can obtain a copy in the file license in the source distribution or at https://\S+"

NOTICES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    ("Apache-2.0", re.compile(pattern))
    for pattern in (
        f"{_ASF}{_COMPLIANCE}{_OBTAIN}{_AS_IS}",
        f"{_APACHE}{_COMPLIANCE}{_OBTAIN}{_AS_IS}",
        f"{_APACHE}{_COMPLIANCE}{_AWS}",
        f"{_APACHE}{_COMPLIANCE}{_OPENSSL}",
    )
)
"""SPDX id and what stands for it, word for word."""

__all__ = ["NOTICES"]
