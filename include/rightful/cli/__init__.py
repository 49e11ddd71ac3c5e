"""The command line: try a source, ask a question, without Airflow. One module a command.

Libraries that are slow to import are imported inside the commands, so that ``rightful --help`` answers at once.
"""

from __future__ import annotations

import click

from rightful import __version__
from rightful.cli.acquire import acquire
from rightful.cli.archive import archive
from rightful.cli.check import check
from rightful.cli.identify import identify
from rightful.cli.lookup import lookup
from rightful.cli.new_source import new_source
from rightful.cli.page import page
from rightful.cli.recheck import recheck
from rightful.cli.review import review
from rightful.cli.text import text
from rightful.cli.transcribe import transcribe


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
    epilog="Settings come from the environment (RIGHTFUL_…): `rightful check -v` shows them. "
    "With --json each command prints one JSON object a line on standard output; all else goes to standard error. "
    "Exit status: 0 done, 1 what was asked for failed, 2 wrong use.",
)
@click.version_option(__version__, prog_name="rightful")
def main() -> None:
    """Acquire text for training language models by right."""


for _command in (check, identify, page, text, archive, transcribe, acquire, lookup, review, recheck, new_source):
    main.add_command(_command)
