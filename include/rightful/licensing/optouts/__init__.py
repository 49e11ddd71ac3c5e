"""Reservations against text and data mining, as observations: which signal, with what value, where, seen when.

Pure and offline: bytes, headers and times come in, :class:`~rightful.model.OptOut` values go out. What an observation
does is the policy's to say (``optouts`` in ``include/policy.yaml``); whatever nobody could look at is recorded as such.
"""

from __future__ import annotations

from rightful.licensing.optouts.combine import combined, of_site, timeless
from rightful.licensing.optouts.headers import from_headers, from_meta
from rightful.licensing.optouts.names import Fetched
from rightful.licensing.optouts.observe import observe

__all__ = ["Fetched", "combined", "from_headers", "from_meta", "observe", "of_site", "timeless"]
