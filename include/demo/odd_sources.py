"""A source file for every odd list of the publisher."""

from __future__ import annotations

from demo.odd import MISHAPS

_CURSOR = frozenset({"endless_cursor", "endless_new"})


def source_yaml(name: str, address: str, *, instance: str = "") -> str:
    """A source file for an odd list of the publisher at ``address``; its id is ``odd_<name>[_<instance>]``.

    Limits are small, so that nothing takes long to fail. Raises :class:`KeyError` for an unknown name.
    """
    if name not in MISHAPS:
        raise KeyError(name)
    paginate = "{style: cursor, path: next_cursor}" if name in _CURSOR else "{style: page, more: has_more}"
    retries = 4 if name == "storm" else 1  # each try waits twice as long as the one before
    place, source = (f"{name}.{instance}", f"odd_{name}_{instance}") if instance else (name, f"odd_{name}")
    return f"""\
id: {source}
title: Odd list {place}
kind: rest
channel: other
owner: demo@example.org
homepage: https://odd.example
start_date: 2026-01-01
license:
  scope: record
  basis: every record names its licence
  claims: [{{from: record.license, strength: publisher}}]
pace: {{requests_per_second: 1000, max_connections: 2, pool: odd}}
limits: {{response_bytes: 1048576, read_seconds: 5, answer_seconds: 4, pages: 50, retries: {retries}}}
fetch:
  base_url: {address}/odd/{place}
  path: /items
  allow_private: true
  window:
    start: {{param: from, format: iso}}
    end: {{param: until, format: iso}}
  paginate: {paginate}
  records: items
  fields: {{id: id, version: published, url: url, title: title, text: text, published: published}}
"""
