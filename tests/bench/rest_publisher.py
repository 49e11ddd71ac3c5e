"""The demo publisher for the benchmark, on a free port; writes its address to a file.

``rest_publisher.py SCALE ADDRESS_FILE``
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from demo.publisher import Publisher

with Publisher(0, scale=int(sys.argv[1]), calm=True) as publisher:
    Path(sys.argv[2]).write_text(publisher.address, encoding="utf-8")
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
