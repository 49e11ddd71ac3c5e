"""How the licence of a source file in a repository is found: ``docs/decisions/0012-licence-of-a-source-file.md``."""

from rightful.licensing.code.files import LicenseFiles, is_license_file, is_read_for_licences
from rightful.licensing.code.header import Header, read_header
from rightful.licensing.code.texts import identify_text

__all__ = ["Header", "LicenseFiles", "identify_text", "is_license_file", "is_read_for_licences", "read_header"]
