"""Recordings of runs: their schema, their files, and the names of their neurons."""
