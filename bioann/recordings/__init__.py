"""Recordings: what a run leaves, how it is stored, and how its neurons are named."""
