"""``python -m rightful.cli``: the command line where the ``rightful`` script is not installed."""

from rightful.cli import main

main(prog_name="rightful")
