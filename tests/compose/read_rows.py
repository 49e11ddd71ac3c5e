"""Runs inside a container: what a reader of a source's table sees, as one line of JSON."""

import json
import re
import sys
from collections import Counter

import pyarrow.compute as pc

from rightful.settings import get_settings
from rightful.store.tables import Tables

FREE = re.compile(r"^(CC0-1\.0|CC-BY(-SA)?-[1-4]\.[05])$")

source = sys.argv[1]
tables = Tables(get_settings())
columns = ("id", "slice", "license_raw", "license_expression", "text", "asr_model")
rows = tables.corpus(source).scan(selected_fields=columns).to_arrow()
ledger = tables.ledger(source).scan(selected_fields=("outcome",)).to_arrow()
answer = {
    "rows": rows.num_rows,
    "ids": pc.count_distinct(rows["id"]).as_py(),
    "empty": pc.sum(pc.equal(pc.utf8_length(rows["text"]), 0)).as_py(),
    "slices": sorted({moment.isoformat() for moment in rows["slice"].to_pylist()}),
    "engines": Counter(model or "publisher" for model in rows["asr_model"].to_pylist()),
    "ledger": ledger.num_rows,
    "ledger_allowed": ledger["outcome"].to_pylist().count("allow"),
    "not_allowed": [text for text in rows["license_expression"].to_pylist() if not FREE.match(text or "")],
}
print(json.dumps(answer))
