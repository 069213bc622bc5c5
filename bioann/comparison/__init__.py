"""Comparison of the two models of a pair: scores, signs, verdicts."""
