"""The licence of a web page: what its metadata, marked links, statements and footers say of its main text.

``read_page`` gives the answer with all its evidence; ``agreed_license`` weighs several pages of one domain.
"""

from __future__ import annotations

from rightful.licensing.page.agree import Agreement, agreed_license
from rightful.licensing.page.model import SURE, Attribution, Evidence, PageLicense
from rightful.licensing.page.prefilter import speaks_of_licenses
from rightful.licensing.page.read import read_page

__all__ = [
    "SURE",
    "Agreement",
    "Attribution",
    "Evidence",
    "PageLicense",
    "agreed_license",
    "read_page",
    "speaks_of_licenses",
]
