"""Make Airflow ready for the catalogue: ``python -m rightful_airflow.setup`` creates or updates the pools.

A task whose pool does not exist waits for ever, so this belongs after every change of the catalogue. Slots that a
person changed in the UI are set back to what the source files say.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from rightful_airflow.catalogue import read_catalogue
from rightful_airflow.pools import pools_of


def main() -> int:
    """Run ``airflow pools import`` on the pools of the catalogue; its exit status."""
    pools = pools_of(read_catalogue().sources.values())
    if not pools:
        print("the catalogue has no enabled source: no pool is needed", file=sys.stderr)
        return 0
    with tempfile.TemporaryDirectory(prefix="rightful-pools-") as folder:
        file = Path(folder) / "pools.json"
        file.write_text(json.dumps(pools), encoding="utf-8")
        done = subprocess.run([sys.executable, "-m", "airflow", "pools", "import", str(file)], check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
