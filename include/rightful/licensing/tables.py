"""Exact tables of licence names, ids of our own, and licence URLs that SPDX's list does not give.

Every entry is one spelling that publishers really use. Nothing here is a pattern: what is not listed is unknown.
"""

from __future__ import annotations

RIGHTS_STATEMENTS = (
    "InC", "InC-OW-EU", "InC-EDU", "InC-NC", "InC-RUU",
    "NoC-CR", "NoC-NC", "NoC-OKLR", "NoC-US",
    "CNE", "UND", "NKC",
)  # fmt: skip
"""The twelve terms of rightsstatements.org 1.0: statements about rights, not licences."""

OWN_IDS: dict[str, str] = {
    # id → category
    "LicenseRef-OPL-UK-3.0": "permissive",
    "LicenseRef-PD-US": "public_domain",
    "LicenseRef-US-Gov-Work": "public_domain",
    "LicenseRef-EU-Reuse-Policy": "permissive",
    "LicenseRef-arXiv-nonexclusive-distrib-1.0": "restricted",
    "LicenseRef-arXiv-assumed-1991-2003": "restricted",
    "LicenseRef-all-rights-reserved": "restricted",
    "LicenseRef-no-known-copyright": "statement",
    "LicenseRef-generator-terms": "restricted",
    "LicenseRef-CC0-unversioned": "public_domain",
    "LicenseRef-CC-PDM-unversioned": "public_domain",
    "LicenseRef-GFDL-unversioned": "weak_copyleft",
    "LicenseRef-GPL-unversioned": "copyleft",
    "LicenseRef-AGPL-unversioned": "copyleft",
    "LicenseRef-LGPL-unversioned": "weak_copyleft",
    **{f"LicenseRef-RS-{code}-1.0": "statement" for code in RIGHTS_STATEMENTS},
}

NAMES: dict[str, str] = {
    # name (lower case, single spaces) → id. Names of Creative Commons licences are read by creative_commons.py.
    "mit license": "MIT",
    "the mit license": "MIT",
    "mit no attribution": "MIT-0",
    "bsd 2-clause license": "BSD-2-Clause",
    'bsd 2-clause "simplified" license': "BSD-2-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    'bsd 3-clause "new" or "revised" license': "BSD-3-Clause",
    "bsd zero clause license": "0BSD",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache license version 2.0": "Apache-2.0",
    "isc license": "ISC",
    "the unlicense": "Unlicense",
    "mozilla public license 2.0": "MPL-2.0",
    "gnu general public license v2.0": "GPL-2.0-only",
    "gnu general public license v2.0 only": "GPL-2.0-only",
    "gnu general public license v2.0 or later": "GPL-2.0-or-later",
    "gnu general public license v3.0": "GPL-3.0-only",
    "gnu general public license v3.0 only": "GPL-3.0-only",
    "gnu general public license v3.0 or later": "GPL-3.0-or-later",
    "gnu affero general public license v3.0": "AGPL-3.0-only",
    "gnu affero general public license v3.0 only": "AGPL-3.0-only",
    "gnu affero general public license v3.0 or later": "AGPL-3.0-or-later",
    "gnu lesser general public license v2.1": "LGPL-2.1-only",
    "gnu lesser general public license v3.0": "LGPL-3.0-only",
    "gpl": "LicenseRef-GPL-unversioned",
    "gnu gpl": "LicenseRef-GPL-unversioned",
    "gnu general public license": "LicenseRef-GPL-unversioned",
    "agpl": "LicenseRef-AGPL-unversioned",
    "lgpl": "LicenseRef-LGPL-unversioned",
    "gfdl": "LicenseRef-GFDL-unversioned",
    "gnu fdl": "LicenseRef-GFDL-unversioned",
    "gnu free documentation license": "LicenseRef-GFDL-unversioned",
    "gnu free documentation license 1.2": "GFDL-1.2-only",
    "gnu free documentation license 1.2 or later": "GFDL-1.2-or-later",
    "gnu free documentation license 1.3": "GFDL-1.3-only",
    "gnu free documentation license 1.3 or later": "GFDL-1.3-or-later",
    **{
        f"gnu free documentation license v{version} {spelt}": f"GFDL-{version}-{suffix}"
        for version in ("1.1", "1.2", "1.3")
        for spelt, suffix in (
            ("only", "only"),
            ("or later", "or-later"),
            ("only - invariants", "invariants-only"),
            ("or later - invariants", "invariants-or-later"),
            ("only - no invariants", "no-invariants-only"),
            ("or later - no invariants", "no-invariants-or-later"),
        )
    },
    "open government licence v1.0": "OGL-UK-1.0",
    "open government licence v2.0": "OGL-UK-2.0",
    "open government licence v3.0": "OGL-UK-3.0",
    "open parliament licence v3.0": "LicenseRef-OPL-UK-3.0",
    "united kingdom open parliament licence v3.0": "LicenseRef-OPL-UK-3.0",
    "open government licence - canada": "OGL-Canada-2.0",
    "open government licence - canada 2.0": "OGL-Canada-2.0",
    "open data commons attribution license v1.0": "ODC-By-1.0",
    "open data commons open database license v1.0": "ODbL-1.0",
    "open data commons public domain dedication & license 1.0": "PDDL-1.0",
    "community data license agreement permissive 1.0": "CDLA-Permissive-1.0",
    "community data license agreement permissive 2.0": "CDLA-Permissive-2.0",
    "community data license agreement sharing 1.0": "CDLA-Sharing-1.0",
    "cc0": "LicenseRef-CC0-unversioned",
    "cc-0": "LicenseRef-CC0-unversioned",
    "cc zero": "LicenseRef-CC0-unversioned",
    "cc-zero": "LicenseRef-CC0-unversioned",
    "creative commons zero": "LicenseRef-CC0-unversioned",
    "creative commons cc0": "LicenseRef-CC0-unversioned",
    "creative commons zero (public domain)": "LicenseRef-CC0-unversioned",
    "cc0 1.0": "CC0-1.0",
    "cc0 1.0 universal": "CC0-1.0",
    "creative commons zero v1.0 universal": "CC0-1.0",
    "creative commons zero 1.0 universal": "CC0-1.0",
    "creative commons cc0 1.0 universal": "CC0-1.0",
    "cc0 1.0 universal (cc0 1.0) public domain dedication": "CC0-1.0",
    "creative commons cc0 1.0 universal public domain dedication": "CC0-1.0",
    "public domain mark 1.0": "CC-PDM-1.0",
    "public domain mark 1.0 universal": "CC-PDM-1.0",
    "creative commons public domain mark 1.0": "CC-PDM-1.0",
    "creative commons public domain mark 1.0 universal": "CC-PDM-1.0",
    "public domain mark": "LicenseRef-CC-PDM-unversioned",
    "creative commons public domain mark": "LicenseRef-CC-PDM-unversioned",
    "creative commons public domain dedication and certification": "CC-PDDC",
    "all rights reserved": "LicenseRef-all-rights-reserved",
    "all rights reserved.": "LicenseRef-all-rights-reserved",
    "(c) all rights reserved": "LicenseRef-all-rights-reserved",
    "© all rights reserved": "LicenseRef-all-rights-reserved",
    "no known copyright": "LicenseRef-no-known-copyright",
    "no known copyright restrictions": "LicenseRef-no-known-copyright",
    "no known restrictions on publication": "LicenseRef-no-known-copyright",
    "no known restrictions on publication.": "LicenseRef-no-known-copyright",
    "public domain in the usa.": "LicenseRef-PD-US",
    "public domain in the usa": "LicenseRef-PD-US",
}

NOTHING = frozenset({"", "[]", "{}", '""', "null", "none", "noassertion", "-", "n/a"})
"""Spellings that say that there is no tag (SPDX: NONE, NOASSERTION)."""

STATEMENTS = frozenset({
    "CC-PDM-1.0", "LicenseRef-CC-PDM-unversioned", "LicenseRef-no-known-copyright", "LicenseRef-EU-Reuse-Policy",
})  # fmt: skip
"""Ids that say something about rights without being the work's licence: what they come to, a person may rule on."""

RESTRICTIVE_WORDS = frozenset({"nc", "nd", "ncsa", "ncnd", "proprietary", "sspl"})
"""Words of a tag that restrict use, compared in lower case. No person can make a tag that holds one load."""

RESTRICTIVE_PHRASES = (
    "ccbync", "ccbynd", "noncommercial", "nocommercial", "notforcommercial", "noderiv", "personaluse", "privateuse",
    "researchonly", "educationaluse", "nichtkommerziell", "keinekommerziell", "keinebearbeitung", "nonopereder",
    "pasdutilisationcommercial", "pasdemodification", "nocomercial", "sinderiv", "sinobrasderiv", "sinobraderiv",
    "naocomercial", "semderiv", "semobrasderiv", "nietcommercieel", "geenafgeleide", "niekomercyjn",
    "bezutworowzaleznych", "非営利", "改変禁止", "非商业", "非商業", "禁止演绎", "禁止演繹",
    "allrightsreserved", "allerechtevorbehalten", "tousdroitsreserves", "todoslosderechosreservados",
    "tuttiidirittiriservati", "todososdireitosreservados", "allerechtenvoorbehouden", "prawazastrzezone",
    "無断転載禁止", "版权所有", "版權所有",
    "bync", "bynd", "noncomercial", "commercialuse", "notforsale", "nomodif", "verbatimonly", "kommersiell",
    "некоммерч", "noai", "aitraining", "nonexclusivedistrib",
)  # fmt: skip
"""The same as they are spelt in ten languages: lower case, without accents, spaces and punctuation."""

RESERVED_WORDS = frozenset({"openrail", "llama", "codellama", "busl", "eula"})
RESERVED_PHRASES = (
    "copyrighted", "allrightreserved", "allrightsarereserved", "allerechtesindvorbehalten", "confidential",
    "proprietar", "communitylicen", "bigsciencerail", "creativemlrail", "responsibleailicen", "gemmaterms",
    "gemmalicen", "falconllm", "researchlicen", "businesssource", "commonsclause", "elasticlicen", "polyform",
    "notcommercial", "notforprofit", "nonprofitonly", "nonprofituse", "nonderiv", "withoutderiv", "ohnebearbeitung",
    "academicuse", "academiconly", "researchuse", "researchpurpose", "scientificuse", "internaluse", "evaluationuse",
    "evaluationonly", "educationalpurpose", "subscriptiononly", "noredistribut", "donottrain", "notraining",
)  # fmt: skip
"""What a *tag* says that is no licence to train on, spelt as above: words and phrases that a page's prose may hold
about something else. Licences of models restrict use, whatever their name promises."""

GNU_PHRASES: dict[str, str] = {
    "affero": "LicenseRef-AGPL-unversioned",
    "gnupubliclicen": "LicenseRef-GPL-unversioned",
    "generalpubliclicen": "LicenseRef-GPL-unversioned",
    "licencepubliquegenerale": "LicenseRef-GPL-unversioned",
}
"""Phrases by which a tag names a GNU licence, spelt as above → id. The lesser licence has the long one in it."""

LOOKALIKES = str.maketrans(
    "\u0430\u0441\u0501\u0435\u04bb\u0456\u0458\u04cf\u043e\u0440\u051b\u0455"  # Cyrillic
    "\u0443\u051d\u0445"  # Cyrillic
    "\u03bd\u03b1\u03bf\u03c1"  # Greek
    "\u0251\u0299\u1d04\u1d05\u1d07\u0262\u026a\u1d0b\u029f\u1d0d\u0274\u1d0f"  # small capitals and IPA
    "\u1d18\u1d1b\u1d1c\u1d20\u1d21\u028f\u1d22\u0131",  # small capitals and IPA
    "acdehijlopqsywxnaopabcdegiklmnoptuvwyzi",
)
"""Letters of other alphabets (lower case) that look like a Latin one → that one."""

UNREAD_PAGES = frozenset({"page:too_large", "page:too_deep", "page:charset", "page:cut"})
"""What a page's claim says where the page was not read as a whole. No person can make it load: it may say anything."""

URLS: dict[str, str] = {
    # host without `www.` + path without trailing slashes → id. Compared in lower case.
    "opensource.org/licenses/mit": "MIT",
    "opensource.org/license/mit": "MIT",
    "opensource.org/licenses/isc": "ISC",
    "opensource.org/licenses/bsd-2-clause": "BSD-2-Clause",
    "opensource.org/licenses/bsd-3-clause": "BSD-3-Clause",
    "opensource.org/licenses/apache-2.0": "Apache-2.0",
    "apache.org/licenses/license-2.0": "Apache-2.0",
    "apache.org/licenses/license-2.0.txt": "Apache-2.0",
    "apache.org/licenses/license-2.0.html": "Apache-2.0",
    "unlicense.org": "Unlicense",
    "mozilla.org/mpl/2.0": "MPL-2.0",
    "mozilla.org/en-us/mpl/2.0": "MPL-2.0",
    "gnu.org/licenses/gpl-2.0.html": "GPL-2.0-only",
    "gnu.org/licenses/gpl-3.0.html": "GPL-3.0-only",
    "gnu.org/licenses/agpl-3.0.html": "AGPL-3.0-only",
    "gnu.org/licenses/lgpl-3.0.html": "LGPL-3.0-only",
    "gnu.org/copyleft/gpl.html": "LicenseRef-GPL-unversioned",
    "gnu.org/licenses/gpl.html": "LicenseRef-GPL-unversioned",
    "gnu.org/copyleft/fdl.html": "LicenseRef-GFDL-unversioned",
    "gnu.org/licenses/fdl.html": "LicenseRef-GFDL-unversioned",
    "gnu.org/licenses/fdl-1.2.html": "GFDL-1.2-only",
    "gnu.org/licenses/old-licenses/fdl-1.2.html": "GFDL-1.2-only",
    "gnu.org/licenses/fdl-1.3.html": "GFDL-1.3-only",
    "nationalarchives.gov.uk/doc/open-government-licence/version/1": "OGL-UK-1.0",
    "nationalarchives.gov.uk/doc/open-government-licence/version/2": "OGL-UK-2.0",
    "nationalarchives.gov.uk/doc/open-government-licence/version/3": "OGL-UK-3.0",
    "parliament.uk/site-information/copyright-parliament/open-parliament-licence": "LicenseRef-OPL-UK-3.0",
    "open.canada.ca/en/open-government-licence-canada": "OGL-Canada-2.0",
    "open.canada.ca/fr/licence-du-gouvernement-ouvert-canada": "OGL-Canada-2.0",
    "opendatacommons.org/licenses/by/1-0": "ODC-By-1.0",
    "opendatacommons.org/licenses/odbl/1-0": "ODbL-1.0",
    "opendatacommons.org/licenses/pddl/1-0": "PDDL-1.0",
    "cdla.dev/permissive-1-0": "CDLA-Permissive-1.0",
    "cdla.dev/permissive-2-0": "CDLA-Permissive-2.0",
    "cdla.dev/sharing-1-0": "CDLA-Sharing-1.0",
    "fandom.com/licensing": "CC-BY-SA-3.0",
    "usa.gov/publicdomain/label/1.0": "LicenseRef-US-Gov-Work",
    "eur-lex.europa.eu/eli/dec/2011/833/oj": "LicenseRef-EU-Reuse-Policy",
    "data.europa.eu/eli/dec/2011/833/oj": "LicenseRef-EU-Reuse-Policy",
    "arxiv.org/licenses/nonexclusive-distrib/1.0": "LicenseRef-arXiv-nonexclusive-distrib-1.0",
    "arxiv.org/licenses/nonexclusive-distrib/1.0/license.html": "LicenseRef-arXiv-nonexclusive-distrib-1.0",
    "arxiv.org/licenses/assumed-1991-2003": "LicenseRef-arXiv-assumed-1991-2003",
    **{
        f"rightsstatements.org/{form}/{code.lower()}/1.0": f"LicenseRef-RS-{code}-1.0"
        for code in RIGHTS_STATEMENTS
        for form in ("vocab", "page")
    },
}

CC_COUNTRIES: dict[str, str] = {
    # name of a Creative Commons jurisdiction, as in the licences' titles → code in the URL
    "argentina": "ar", "armenia": "am", "australia": "au", "austria": "at", "azerbaijan": "az", "belgium": "be",
    "brazil": "br", "bulgaria": "bg", "canada": "ca", "chile": "cl", "china mainland": "cn", "colombia": "co",
    "costa rica": "cr", "croatia": "hr", "czech republic": "cz", "denmark": "dk", "ecuador": "ec", "egypt": "eg",
    "england and wales": "uk", "estonia": "ee", "finland": "fi", "france": "fr", "georgia": "ge", "germany": "de",
    "greece": "gr", "guatemala": "gt", "hong kong": "hk", "hungary": "hu", "india": "in", "ireland": "ie",
    "israel": "il", "italy": "it", "japan": "jp", "luxembourg": "lu", "macedonia": "mk", "malaysia": "my",
    "malta": "mt", "mexico": "mx", "netherlands": "nl", "new zealand": "nz", "norway": "no", "peru": "pe",
    "philippines": "ph", "poland": "pl", "portugal": "pt", "puerto rico": "pr", "romania": "ro", "serbia": "rs",
    "singapore": "sg", "slovenia": "si", "south africa": "za", "south korea": "kr", "spain": "es", "sweden": "se",
    "switzerland": "ch", "taiwan": "tw", "thailand": "th", "uganda": "ug", "united states": "us",
    "venezuela": "ve", "vietnam": "vn", "igo": "igo", "scotland": "scotland",
}  # fmt: skip
