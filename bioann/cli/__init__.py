"""Commands that are more than a few lines: one file each, added to `bioann.cli.main` by name.

As in `bioann.cli.main`, what waits for Brian2 is imported inside the command.
"""
