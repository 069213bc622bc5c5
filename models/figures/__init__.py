"""The figures that only one pair draws: one file per pair, beside the pair and under its name."""
