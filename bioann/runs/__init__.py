"""Runs: what turns a pair and a stimulus into a recording."""
