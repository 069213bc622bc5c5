"""Robustness of verdicts: the claims of a pair or study judged with other parameters."""
