"""The command line: short commands in `bioann.cli.main`, each longer one in a file of its own.

Modules that import Brian2 are imported inside the commands, because Brian2 loads slowly.
"""
