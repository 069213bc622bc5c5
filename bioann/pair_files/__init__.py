"""Pair files: load one, start a new one, write one from a translation."""
