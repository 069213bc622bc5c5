"""Runs of several pairs: their reports in one folder, and the atlas of all claims."""
