"""Analyses that ship with bioann: one question per command, stated in its docstring."""
