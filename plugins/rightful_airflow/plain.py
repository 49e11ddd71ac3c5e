"""Values of the library as plain JSON, the only thing that XCom and task state carry safely."""

from __future__ import annotations

from typing import Any

import msgspec

JSONObject = dict[str, Any]


def to_json(value: msgspec.Struct) -> JSONObject:
    """A struct as JSON objects and lists.

    Through JSON on purpose: ``msgspec.to_builtins`` leaves tuples as they are, and Airflow's task state refuses them.
    """
    plain: JSONObject = msgspec.json.decode(msgspec.json.encode(value))
    return plain
