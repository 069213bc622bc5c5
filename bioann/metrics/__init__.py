"""Scores: pure functions of labelled arrays, with intervals from resampled trials."""
