"""Pair files: find and load them, write a new one, write one from a translation."""
