"""The command line, for ``python -m bioann.cli``."""

from bioann.cli.main import main

main(prog_name="bioann")
