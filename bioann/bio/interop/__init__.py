"""Reads networks that are written in Brian2 as descriptions, where bioann knows their equations."""
