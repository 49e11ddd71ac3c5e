"""Reading web archives: WARC, ARC, WET and WACZ, plain or compressed, with every kind of damage told and placed."""

from rightful.archive.model import ArchiveCounts, ArchiveFault, ArchiveRecord, FaultReason, Kind
from rightful.archive.read import MAX_BODY, read_archive

__all__ = ["MAX_BODY", "ArchiveCounts", "ArchiveFault", "ArchiveRecord", "FaultReason", "Kind", "read_archive"]
